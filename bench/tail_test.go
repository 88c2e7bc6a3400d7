package bench

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// BenchmarkTail reads 2,000,000 Confluent-framed Avro records out of real Kafka:
// all of them, and those that a filter lets through.
func BenchmarkTail(b *testing.B) {
	w, made, err := filled(b)
	race := func(name string, number int, title, line string, all func(*testing.B, *report, *work, *orders)) {
		b.Run(name, func(b *testing.B) {
			r := newReport(number, title, line) // of those that run: others keep their results
			if err != nil {
				r.row("all", "").missing = firstLine(err.Error())
			} else {
				all(b, r, w, made)
			}
			r.print(b)
		})
	}
	race("Decode", 1, "Tail of 2,000,000 Avro records as JSON to /dev/null, each decoded",
		"at least 0.85 of bare kgo, twice kcat, 80 times Python; at most 0.6 s of CPU a million", decodeAll)
	race("Filter", 2, "Filters over 2,000,000 Avro records, and their first hit on the screen",
		"at least 0.95 of bare kgo; the first hit within 50 ms of its arrival", filterAll)
}

const perSecond = "k/s"

// Those that decode slowly read no more than these.
const (
	pythonRecords  = 100_000
	goavroRecords  = 300_000
	sampledRecords = 2000
)

func decodeAll(b *testing.B, r *report, w *work, made *orders) {
	ours := &contestant{name: "kconsole tail -o json", run: func(b *testing.B) (map[string]float64, error) {
		return consumed(w.tail(b), tailRecords)
	}}
	bare := w.bareKgo()
	raw := &contestant{name: "kcat, raw bytes", missing: found("kcat"), run: func(b *testing.B) (map[string]float64, error) {
		return consumed(w.kcat(b), tailRecords)
	}}
	text := &contestant{name: fmt.Sprintf("kgo with goavro, %dk of them", goavroRecords/1000), run: func(b *testing.B) (map[string]float64, error) {
		return consumed(mustRole(b, "goavro", w.brokers, w.topic, strconv.Itoa(goavroRecords)), goavroRecords)
	}}
	snake := &contestant{name: fmt.Sprintf("Python confluent-kafka AvroDeserializer, %dk of them", pythonRecords/1000), run: func(b *testing.B) (map[string]float64, error) {
		rate, err := w.python(b, pythonRecords, "")
		return map[string]float64{perSecond: rate / 1e3}, err
	}}
	if _, err := python(); err != nil {
		snake.missing = firstLine(err.Error())
	}
	for b.Loop() {
		shown, err := w.checkOurs(b, made)
		if err != nil {
			b.Fatal(err)
		}
		check(b, raw, func() error { return w.checkRaw(b, made) })
		check(b, text, func() error {
			return shown.compare(b, func(path string) error {
				_, err := command(mustRole(b, "goavro", w.brokers, w.topic, strconv.Itoa(sampledRecords), path))
				return err
			})
		})
		check(b, snake, func() error {
			return shown.compare(b, func(path string) error {
				_, err := w.python(b, sampledRecords, path)
				return err
			})
		})
		r.race(b, *rounds, ours, bare, raw, text, snake)
	}
	for _, c := range []*contestant{ours, raw, text, snake} {
		r.row(c.name, perSecond).beside(r.row(bare.name, perSecond))
	}
	for _, c := range []*contestant{raw, text, snake} {
		r.faster(ours, c)
	}
	r.note("Of batches of %d records in %d partitions, %d bytes a record on average. A whole process counts, from its start to its end; of Python without the start of the interpreter.",
		tailBatch, tailPartitions, made.size/made.made)
	r.note("Before the race: every record is in kconsole's output, once and in the order of its partition; kcat's output has all of the bytes; of %d records each, the JSON of goavro and of Python has the same values as kconsole's.", sampledRecords)
}

// faster notes how many times as much one does as another.
func (r *report) faster(one, other *contestant) {
	a, b := r.row(one.name, perSecond).values, r.row(other.name, perSecond).values
	if len(a) > 0 && len(b) > 0 {
		r.note("%s does %s times as much as %s.", one.name, figure(median(a)/median(b)), other.name)
	}
}

// check lets a contestant take part only if it does what it should.
func check(b *testing.B, c *contestant, ok func() error) {
	b.Helper()
	if c.missing != "" {
		return
	}
	if err := ok(); err != nil {
		c.missing = "failed: " + firstLine(err.Error())
		b.Logf("%s: %v", c.name, err)
	}
}

// consumed runs a program that reads n records to its end: thousands a second,
// and seconds of CPU for a million.
func consumed(cmd *exec.Cmd, n int) (map[string]float64, error) {
	took, err := command(cmd)
	if err != nil {
		return nil, err
	}
	used := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	return map[string]float64{perSecond: float64(n) / took, "CPU s a million": used.Seconds() * 1e6 / float64(n)}, nil
}

// tail is kconsole reading all of the topic.
func (w *work) tail(b *testing.B, args ...string) *exec.Cmd {
	b.Helper()
	return program(b, w.brokers, w.registry, append([]string{"tail", w.topic, "--from", "start", "--until", "end", "-o", "json"}, args...)...)
}

// kcat is kcat doing it.
func (w *work) kcat(b *testing.B) *exec.Cmd {
	b.Helper()
	return exec.CommandContext(b.Context(), "kcat", "-b", w.brokers, "-C", "-t", w.topic, "-o", "beginning", "-e", "-q")
}

// bareKgo is the shortest program with kgo that does.
func (w *work) bareKgo() *contestant {
	return &contestant{name: "bare kgo, not decoded", run: func(b *testing.B) (map[string]float64, error) {
		return consumed(mustRole(b, "consume", w.brokers, w.topic, strconv.Itoa(tailRecords)), tailRecords)
	}}
}

// python reads n records and returns how many a second. With a path their JSON
// goes there.
func (w *work) python(b *testing.B, n int, path string) (float64, error) {
	b.Helper()
	bin, err := python()
	if err != nil {
		return 0, err
	}
	args := []string{filepath.Join("clients", "avro_consumer.py"), w.brokers, w.registry, w.topic, strconv.Itoa(n)}
	if path != "" {
		args = append(args, path)
	}
	cmd := exec.CommandContext(b.Context(), filepath.Join(bin, "python"), args...)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, said.String())
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// checkRaw tells whether kcat writes all records.
func (w *work) checkRaw(b *testing.B, made *orders) error {
	b.Helper()
	var n counter
	cmd := w.kcat(b)
	cmd.Stdout = &n
	if _, err := command(cmd); err != nil {
		return err
	}
	if want := made.size + made.made; int(n) != want { // each ends with a line feed
		return fmt.Errorf("kcat wrote %d bytes, not %d", n, want)
	}
	return nil
}

// counter counts bytes.
type counter int

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// filterAll races the filters.
func filterAll(b *testing.B, r *report, w *work, made *orders) {
	filtering := func(name, filter string) *contestant {
		return &contestant{name: "kconsole tail --filter, " + name, run: func(b *testing.B) (map[string]float64, error) {
			var out bytes.Buffer
			cmd := w.tail(b, "--filter", filter)
			cmd.Stdout = &out
			values, err := consumed(cmd, tailRecords)
			if err != nil {
				return nil, err
			}
			if n := bytes.Count(out.Bytes(), []byte("\n")); n != made.sought {
				return nil, fmt.Errorf("it found %d records, not %d", n, made.sought)
			}
			return values, nil
		}}
	}
	one := filtering("an expression", fmt.Sprintf("value.customer.id == %q", soughtText))
	two := filtering("a text", soughtText)
	bare := w.bareKgo()
	grep := &contestant{name: "kcat, raw bytes, piped to grep -c", missing: found("kcat"), run: func(b *testing.B) (map[string]float64, error) {
		from := w.kcat(b)
		pipe, err := from.StdoutPipe()
		if err != nil {
			return nil, err
		}
		grep := exec.CommandContext(b.Context(), "grep", "-a", "-c", "-F", soughtText)
		grep.Env = append(os.Environ(), "LC_ALL=C")
		grep.Stdin = pipe
		var out bytes.Buffer
		grep.Stdout = &out
		began := time.Now()
		if err := from.Start(); err != nil {
			return nil, err
		}
		err = grep.Run()
		_, _ = io.Copy(io.Discard, pipe)
		if ended := from.Wait(); err == nil {
			err = ended
		}
		if err != nil {
			return nil, err
		}
		took := time.Since(began)
		if n := strings.TrimSpace(out.String()); n != strconv.Itoa(made.sought) {
			return nil, fmt.Errorf("it found %s records, not %d", n, made.sought)
		}
		return map[string]float64{perSecond: tailRecords / took.Seconds() / 1e3}, nil
	}}
	if grep.missing == "" {
		grep.missing = found("grep")
	}
	hit := &contestant{name: "kconsole, from before a record is sent to its line on the screen", run: w.firstHits}
	for b.Loop() {
		r.race(b, *rounds, one, two, bare, grep)
		r.race(b, *rounds, hit)
	}
	for _, c := range []*contestant{one, two, grep} {
		r.row(c.name, perSecond).beside(r.row(bare.name, perSecond))
	}
	r.note("%d of the records match, and each contestant finds all of them in each round.", made.sought)
	r.note("The first hit: a tail with the filter %s in a terminal of %dx%d, while %d records a second that do not match arrive; %d hits a round.",
		soughtText, terminalWidth, terminalHeight, hitNoise, hitsPerRound)
}
