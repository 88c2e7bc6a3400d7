package registry

import (
	"bytes"
	"crypto/md5" // the GUID of a schema is an MD5 by definition of the API; it protects nothing
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"sort"
)

// Type is the language that a schema is written in.
type Type string

// The schema types of the API. A request without one means AVRO.
const (
	Avro     Type = "AVRO"
	Protobuf Type = "PROTOBUF"
	JSON     Type = "JSON"
)

// Reference makes the types of another registered schema known to this one.
// Name is how the schema's text refers to it: a full name in Avro, an import
// path in Protobuf, a URL in JSON Schema.
type Reference struct {
	Name    string `json:"name"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
}

// content is a schema as such: what an id stands for within one context. It is
// immutable but for uses.
type content struct {
	id       int
	kind     Type
	text     string
	refs     []Reference
	metadata json.RawMessage // canonical JSON, nil when absent
	ruleSet  json.RawMessage // canonical JSON, nil when absent
	guid     string
	key      contentKey
	uses     int // versions, deleted ones included, that hold this content
}

// contentKey identifies equal contents. Its hash cannot be steered into a
// collision, unlike the GUID's.
type contentKey [sha256.Size]byte

func newContent(kind Type, text string, refs []Reference, metadata, ruleSet json.RawMessage) *content {
	c := &content{kind: kind, text: text, refs: refs, metadata: metadata, ruleSet: ruleSet}
	h := sha256.New()
	for _, part := range []any{kind, text, refs, metadata, ruleSet} {
		b, _ := json.Marshal(part) // strings, ints and valid JSON: it cannot fail
		var size [8]byte
		binary.LittleEndian.PutUint64(size[:], uint64(len(b)))
		h.Write(size[:])
		h.Write(b)
	}
	h.Sum(c.key[:0])
	c.guid = guidOf(c)
	return c
}

// size is what the content counts against the store's limit, in bytes.
func (c *content) size() int64 { return contentSize(c.text, c.refs, c.metadata, c.ruleSet) }

func contentSize(text string, refs []Reference, metadata, ruleSet json.RawMessage) int64 {
	n := len(text) + len(metadata) + len(ruleSet) + 256
	for _, r := range refs {
		n += len(r.Name) + len(r.Subject) + 48
	}
	return int64(n)
}

// guidOf computes the schema's GUID as Confluent's server does (a UUID made of
// the MD5 of text, references and metadata), so that the same schema has the
// same GUID in both. For rule sets only the text of the JSON is hashed, so
// there the two differ.
func guidOf(c *content) string {
	h := md5.New()
	h.Write([]byte(c.text))
	for _, r := range c.refs {
		h.Write([]byte(r.Name))
		h.Write([]byte(r.Subject))
		_ = binary.Write(h, binary.BigEndian, int32(r.Version))
	}
	if c.metadata != nil {
		h.Write([]byte{1})
		var m metadata
		_ = json.Unmarshal(c.metadata, &m) // it was checked when it came in
		m.hash(h.Write)
	}
	if c.ruleSet != nil {
		h.Write([]byte{1})
		h.Write(c.ruleSet)
	}
	b := h.Sum(nil)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// metadata is the user's own description of a schema; the registry keeps it
// and finds schemas by its properties.
type metadata struct {
	Tags       map[string][]string `json:"tags,omitempty"`
	Properties map[string]string   `json:"properties,omitempty"`
	Sensitive  []string            `json:"sensitive,omitempty"`
}

func (m *metadata) hash(write func([]byte) (int, error)) {
	for _, k := range sortedKeys(m.Tags) {
		_, _ = write([]byte(k))
		tags := append([]string(nil), m.Tags[k]...)
		sort.Strings(tags)
		for _, t := range tags {
			_, _ = write([]byte(t))
		}
	}
	for _, k := range sortedKeys(m.Properties) {
		_, _ = write([]byte(k + m.Properties[k]))
	}
	sensitive := append([]string(nil), m.Sensitive...)
	sort.Strings(sensitive)
	for _, s := range sensitive {
		_, _ = write([]byte(s))
	}
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

// version is one version of a subject.
type version struct {
	n       int
	c       *content
	deleted bool  // soft-deleted: hidden, but its number and schema remain
	ts      int64 // when it was registered, Unix milliseconds
}

// settings is what PUT /config stores for the registry, a context or a subject.
// A nil or empty field was never set.
type settings struct {
	Level     Level  `json:"compatibilityLevel,omitempty"`
	Normalize *bool  `json:"normalize,omitempty"`
	Alias     string `json:"alias,omitempty"`
	Group     string `json:"compatibilityGroup,omitempty"`
}

func (s settings) size() int64 { return int64(len(s.Alias)+len(s.Group)) + 64 }

// schemaJSON is a schema as the API answers it. Which fields are set depends
// on the endpoint; empty ones are left out.
type schemaJSON struct {
	Subject    string          `json:"subject,omitempty"`
	Version    int             `json:"version,omitempty"`
	ID         int             `json:"id,omitempty"`
	GUID       string          `json:"guid,omitempty"`
	SchemaType Type            `json:"schemaType,omitempty"`
	References []Reference     `json:"references,omitempty"`
	Metadata   json.RawMessage `json:"metadata,omitempty"`
	RuleSet    json.RawMessage `json:"ruleSet,omitempty"`
	Schema     string          `json:"schema"`
	MaxID      int             `json:"maxId,omitempty"`
	TS         int64           `json:"ts,omitempty"`
	Deleted    bool            `json:"deleted,omitempty"`
}

func contentJSON(c *content) schemaJSON {
	return schemaJSON{
		GUID: c.guid, SchemaType: c.kind, References: c.refs,
		Metadata: c.metadata, RuleSet: c.ruleSet, Schema: c.text,
	}
}

func versionJSON(n name, v *version) schemaJSON {
	s := contentJSON(v.c)
	s.Subject, s.Version, s.ID, s.TS, s.Deleted = n.String(), v.n, v.c.id, v.ts, v.deleted
	return s
}

// compactJSON is raw with its keys sorted and its spaces gone, or nil when raw
// is absent or null. Numbers keep their digits.
func compactJSON(raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 || bytes.Equal(raw, []byte("null")) {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}
