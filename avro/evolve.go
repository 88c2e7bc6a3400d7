package avro

import (
	"errors"
	"iter"
)

// Sample is one record of a topic, for a trial of a schema.
type Sample struct {
	Partition int32
	Offset    int64
	// Writer is the schema that the record was written with, Data its Avro
	// binary encoding.
	Writer *Schema
	Data   []byte
	// Err says why the record could not be had (an unknown schema id, not
	// Avro); Writer is then nil.
	Err error
}

// Trial is what came of reading records with a schema that is only proposed.
type Trial struct {
	// Readable, Unreadable and Skipped count the records: Skipped ones could
	// not be read with their own schema either, so they say nothing.
	Readable, Unreadable, Skipped int
	// Failures lists the first unreadable records, at most 100.
	Failures []TrialFailure
	// Reasons counts unreadable records by field and problem.
	Reasons []TrialReason
}

// TrialFailure is one record that the proposed schema cannot read.
type TrialFailure struct {
	Partition int32
	Offset    int64
	Err       *DecodeError
}

// TrialReason is one cause of failures, such as note: no place for a string.
type TrialReason struct {
	Path, Detail string
	Records      int
}

const (
	maxTrialFailures = 100
	maxTrialReasons  = 100
)

// TryRecords reads records as reader sees them: whether a change of schema
// that looks compatible, or does not, breaks what is really in the topic.
func TryRecords(reader *Schema, samples iter.Seq[Sample]) (Trial, error) {
	var t Trial
	as := map[*Schema]*Resolution{}
	reasons := map[[2]string]int{}
	var out []byte
	for s := range samples {
		if s.Err != nil || s.Writer == nil {
			t.Skipped++
			continue
		}
		r := as[s.Writer]
		if r == nil {
			var err error
			if r, err = s.Writer.ReadAs(reader); err != nil {
				return t, err
			}
			as[s.Writer] = r
		}
		var err error
		if out, err = r.AppendJSON(out[:0], s.Data, Limits{}); err == nil {
			t.Readable++
			continue
		}
		if s.Writer.Check(s.Data, Limits{}) != nil {
			t.Skipped++
			continue
		}
		t.Unreadable++
		var e *DecodeError
		if !errors.As(err, &e) {
			return t, err
		}
		if len(t.Failures) < maxTrialFailures {
			t.Failures = append(t.Failures, TrialFailure{s.Partition, s.Offset, e})
		}
		t.count(reasons, e)
	}
	return t, nil
}

func (t *Trial) count(at map[[2]string]int, e *DecodeError) {
	k := [2]string{withoutIndexes(e.Path), e.Detail}
	i, known := at[k]
	if !known {
		if len(t.Reasons) >= maxTrialReasons {
			return
		}
		i = len(t.Reasons)
		at[k] = i
		t.Reasons = append(t.Reasons, TrialReason{Path: k[0], Detail: k[1]})
	}
	t.Reasons[i].Records++
}

// withoutIndexes makes lines[3].sku and lines[7].sku the same place.
func withoutIndexes(path string) string {
	out := make([]byte, 0, len(path))
	for i := 0; i < len(path); i++ {
		out = append(out, path[i])
		if path[i] != '[' {
			continue
		}
		for i+1 < len(path) && path[i+1] != ']' {
			i++
		}
	}
	return string(out)
}
