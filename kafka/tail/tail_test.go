package tail_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/tail"
)

func fake(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, *kafka.Cluster) {
	t.Helper()
	f, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3)}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.Close)
	c, err := kafka.Connect(config.Cluster{Name: "fake", Brokers: f.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return f, c
}

func client(t testing.TB, c *kafka.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	cl, err := c.NewClient(append([]kgo.Opt{kgo.RecordPartitioner(kgo.ManualPartitioner())}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(cl.Close)
	return cl
}

// produce appends the values from to to-1 to one partition, each with a
// timestamp of that many seconds, in batches of up to 10.
func produce(t testing.TB, cl *kgo.Client, topic string, partition int32, from, to int) {
	t.Helper()
	for ; from < to; from += 10 {
		var rs []*kgo.Record
		for i := from; i < min(from+10, to); i++ {
			rs = append(rs, &kgo.Record{
				Topic: topic, Partition: partition, Timestamp: time.Unix(int64(i), 0),
				Key: fmt.Appendf(nil, "k%d", i), Value: fmt.Appendf(nil, "v%d", i),
				Headers: []kgo.RecordHeader{{Key: "n", Value: fmt.Append(nil, i)}, {Key: "n"}},
			})
		}
		if err := cl.ProduceSync(context.Background(), rs...).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

func open(t testing.TB, c *kafka.Cluster, opts tail.Options) *tail.Reader {
	t.Helper()
	r, err := tail.Open(context.Background(), c, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

// all reads to the end and returns the values of each partition. Any trouble fails the test.
func all(t testing.TB, r *tail.Reader) map[int32][]string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	out := make(map[int32][]string)
	for {
		rs, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, rec := range rs {
			out[rec.Partition] = append(out[rec.Partition], string(rec.Value))
		}
	}
}

// next reads at least n more values of all partitions.
func next(t testing.TB, r *tail.Reader, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var out []string
	for len(out) < n {
		rs, err := r.Next(ctx)
		if err != nil {
			t.Fatalf("after %v: %v", out, err)
		}
		for _, rec := range rs {
			out = append(out, string(rec.Value))
		}
	}
	return out
}

func values(from, to int) (out []string) {
	for i := from; i < to; i++ {
		out = append(out, fmt.Sprintf("v%d", i))
	}
	return out
}

func position(t testing.TB, s string) tail.Position {
	t.Helper()
	p, err := tail.ParsePosition(s)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPositions(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(2, "orders"))
	cl := client(t, c)
	produce(t, cl, "orders", 0, 0, 25) // offsets 0 to 24
	produce(t, cl, "orders", 1, 0, 8)
	tests := []struct {
		from, until string
		want        [2][2]int // values from, to of each partition
	}{
		{"start", "end", [2][2]int{{0, 25}, {0, 8}}},
		{"end", "end", [2][2]int{}},
		{"-3", "end", [2][2]int{{22, 25}, {5, 8}}},
		{"-100", "end", [2][2]int{{0, 25}, {0, 8}}},
		{"offset:5", "end", [2][2]int{{5, 25}, {5, 8}}},
		{"offset:10", "end", [2][2]int{{10, 25}, {}}},
		{"start", "offset:7", [2][2]int{{0, 7}, {0, 7}}},
		{"start", "-5", [2][2]int{{0, 20}, {0, 3}}},
		{"time:" + time.Unix(6, 0).Format(time.RFC3339), "end", [2][2]int{{6, 25}, {6, 8}}},
		{"start", "time:" + time.Unix(6, 0).Format(time.RFC3339), [2][2]int{{0, 6}, {0, 6}}},
		{"since:5m", "end", [2][2]int{}},
		{"start", "since:5m", [2][2]int{{0, 25}, {0, 8}}},
	}
	for _, test := range tests {
		t.Run(test.from+" until "+test.until, func(t *testing.T) {
			r := open(t, c, tail.Options{Topic: "orders", From: position(t, test.from), Until: position(t, test.until)})
			got := all(t, r)
			for p, want := range test.want {
				if !slices.Equal(got[int32(p)], values(want[0], want[1])) {
					t.Errorf("partition %d: %v, want %v", p, got[int32(p)], values(want[0], want[1]))
				}
			}
			if _, err := r.Next(context.Background()); !errors.Is(err, io.EOF) {
				t.Errorf("after the end: %v, want EOF again", err)
			}
		})
	}
}

func TestRecordsAreWhole(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	cl := client(t, c)
	in := []*kgo.Record{
		{Topic: "orders", Value: []byte("v"), Timestamp: time.UnixMilli(1795442530412)},
		{Topic: "orders", Key: []byte{}, Timestamp: time.UnixMilli(1), Headers: []kgo.RecordHeader{{Key: "a", Value: []byte("1")}, {Key: "a"}, {Key: "", Value: []byte{}}}},
	}
	if err := cl.ProduceSync(context.Background(), in...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	r := open(t, c, tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
	rs, err := r.Next(context.Background())
	if err != nil || len(rs) != 2 {
		t.Fatalf("%d records, %v", len(rs), err)
	}
	if rs[0].Key != nil || string(rs[0].Value) != "v" || rs[0].Timestamp.UnixMilli() != 1795442530412 || rs[0].Headers != nil || rs[0].Topic != "orders" {
		t.Errorf("first: %+v", rs[0])
	}
	h := rs[1].Headers
	if rs[1].Key == nil || rs[1].Value != nil || rs[1].Offset != 1 || len(h) != 3 || h[0].Key != "a" || string(h[0].Value) != "1" ||
		h[1].Key != "a" || h[1].Value != nil || h[2].Value == nil {
		t.Errorf("second: %+v", rs[1])
	}
	if rs[0].ProducerID < 0 {
		t.Error("an idempotent producer's id is missing")
	}
}

func TestCompression(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	n := 0
	for _, codec := range []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	} {
		produce(t, client(t, c, kgo.ProducerBatchCompression(codec)), "orders", 0, n, n+10)
		n += 10
	}
	r := open(t, c, tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
	if got := all(t, r)[0]; !slices.Equal(got, values(0, n)) {
		t.Errorf("got %v, want %d values", got, n)
	}
}

func TestLimit(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	produce(t, client(t, c), "orders", 0, 0, 30)
	start := tail.Position{Kind: tail.Start}
	if got := all(t, open(t, c, tail.Options{Topic: "orders", From: start, Limit: 13}))[0]; !slices.Equal(got, values(0, 13)) {
		t.Errorf("got %v, want 13 values", got)
	}
	var each []string
	r := open(t, c, tail.Options{Topic: "orders", From: start, Limit: 13})
	if err := r.Each(context.Background(), func(rec *kafka.Record) error {
		each = append(each, string(rec.Value))
		return nil
	}, nil); err != nil || !slices.Equal(each, values(0, 13)) {
		t.Errorf("Each: %v, %v", each, err)
	}
	if s := r.Stats(); s.Records != 13 || s.Bytes == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestEachStopsWithItsError(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	produce(t, client(t, c), "orders", 0, 0, 30)
	enough := errors.New("enough")
	n := 0
	err := open(t, c, tail.Options{Topic: "orders", From: tail.Position{Kind: tail.Start}}).Each(context.Background(), func(*kafka.Record) error {
		if n++; n == 15 {
			return enough
		}
		return nil
	}, nil)
	if !errors.Is(err, enough) || n != 15 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestFollowsLiveAcrossLeadersAndNewPartitions(t *testing.T) {
	f, c := fake(t, kfake.SeedTopics(1, "orders"))
	cl := client(t, c)
	produce(t, cl, "orders", 0, 0, 5)
	r := open(t, c, tail.Options{Topic: "orders"})
	produce(t, cl, "orders", 0, 5, 8)
	if got := next(t, r, 3); !slices.Equal(got, values(5, 8)) {
		t.Fatalf("live: %v", got)
	}
	for i := range 3 {
		if err := f.MoveTopicPartition("orders", 0, (f.LeaderFor("orders", 0)+1)%3); err != nil {
			t.Fatal(err)
		}
		produce(t, cl, "orders", 0, 10*(i+1), 10*(i+1)+4)
		if got := next(t, r, 4); !slices.Equal(got, values(10*(i+1), 10*(i+1)+4)) {
			t.Fatalf("after move %d: %v", i, got)
		}
	}
	req := kmsg.NewPtrCreatePartitionsRequest()
	rt := kmsg.NewCreatePartitionsRequestTopic()
	rt.Topic, rt.Count = "orders", 2
	req.Topics = append(req.Topics, rt)
	if _, err := req.RequestWith(context.Background(), c.Client()); err != nil {
		t.Fatal(err)
	}
	produce(t, client(t, c), "orders", 1, 100, 103)
	if got := next(t, r, 3); !slices.Equal(got, values(100, 103)) {
		t.Fatalf("new partition: %v", got)
	}
}

func TestAbortedTransactionsAreLeftOut(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	cl := client(t, c, kgo.TransactionalID("tx"), kgo.ProducerBatchCompression(kgo.NoCompression()))
	ctx := context.Background()
	for i, end := range []kgo.TransactionEndTry{kgo.TryCommit, kgo.TryAbort, kgo.TryCommit, kgo.TryAbort} {
		if err := cl.BeginTransaction(); err != nil {
			t.Fatal(err)
		}
		produce(t, cl, "orders", 0, 10*i, 10*i+5)
		if err := cl.EndTransaction(ctx, end); err != nil {
			t.Fatal(err)
		}
	}
	start, end := tail.Position{Kind: tail.Start}, tail.Position{Kind: tail.End}
	got := all(t, open(t, c, tail.Options{Topic: "orders", From: start, Until: end}))[0]
	if want := append(values(0, 5), values(20, 25)...); !slices.Equal(got, want) {
		t.Errorf("read committed: %v, want %v", got, want)
	}
	got = all(t, open(t, c, tail.Options{Topic: "orders", From: start, Until: end, ReadUncommitted: true}))[0]
	if len(got) != 20 {
		t.Errorf("read uncommitted: %d records, want 20", len(got))
	}
	// An open transaction holds back what is behind it, and does not let a
	// reader that goes to the end wait for it.
	if err := cl.BeginTransaction(); err != nil {
		t.Fatal(err)
	}
	produce(t, cl, "orders", 0, 90, 93)
	if got = all(t, open(t, c, tail.Options{Topic: "orders", From: start, Until: end}))[0]; len(got) != 10 {
		t.Errorf("with an open transaction: %d records, want 10", len(got))
	}
	if err := cl.EndTransaction(ctx, kgo.TryAbort); err != nil {
		t.Fatal(err)
	}
}

func TestDeletedRecordsAreReported(t *testing.T) {
	f, c := fake(t, kfake.SeedTopics(1, "orders"))
	cl := client(t, c)
	produce(t, cl, "orders", 0, 0, 30)
	// The broker answers once as if retention had been faster than the reader.
	r := open(t, c, tail.Options{Topic: "orders", Offsets: map[int32]int64{0: 0}, Until: tail.Position{Kind: tail.End}, FetchBytes: 1})
	first := next(t, r, 1)
	if err := f.DeleteRecords("orders", 0, 28); err != nil {
		t.Fatal(err)
	}
	var got []string
	var faults []error
	for {
		rs, err := r.Next(context.Background())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			faults = append(faults, err)
		}
		for _, rec := range rs {
			got = append(got, string(rec.Value))
		}
	}
	if first[0] != "v0" || got[len(got)-1] != "v29" {
		t.Errorf("read %v, then %v", first, got)
	}
	if len(got)+len(first) < 30 && len(faults) == 0 {
		t.Errorf("%d of 30 records, and nothing said that the others were deleted", len(got)+len(first))
	}
	t.Log(faults)
}

func TestOpenErrors(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(2, "orders"))
	for name, opts := range map[string]tail.Options{
		"topic":     {Topic: "nope"},
		"partition": {Topic: "orders", Partitions: []int32{1, 7}},
	} {
		if r, err := tail.Open(context.Background(), c, opts); kafka.KindOf(err) != kafka.NotFound {
			t.Errorf("unknown %s: %v, want not found", name, err)
			if r != nil {
				r.Close()
			}
		}
	}
}

func TestCloseEndsNext(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(2, "orders"))
	r := open(t, c, tail.Options{Topic: "orders"})
	done := make(chan error)
	go func() {
		_, err := r.Next(context.Background())
		done <- err
	}()
	r.Close()
	r.Close()
	if err := <-done; !errors.Is(err, tail.ErrClosed) || kafka.KindOf(err) != kafka.Canceled {
		t.Errorf("%v, want that the reader is closed", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := open(t, c, tail.Options{Topic: "orders"}).Next(ctx); kafka.KindOf(err) != kafka.Canceled {
		t.Errorf("%v, want canceled", err)
	}
}

func TestDeletedTopicIsAnError(t *testing.T) {
	f, c := fake(t, kfake.SeedTopics(1, "orders"))
	r := open(t, c, tail.Options{Topic: "orders"})
	if err := f.DeleteTopic("orders"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	if _, err := r.Next(ctx); kafka.KindOf(err) != kafka.NotFound {
		t.Fatalf("%v, want not found", err)
	}
	if err := f.CreateTopic("orders", 1, nil); err != nil {
		t.Fatal(err)
	}
	produce(t, client(t, c), "orders", 0, 0, 3)
	var got []string
	for len(got) < 3 {
		rs, err := r.Next(ctx)
		if ctx.Err() != nil {
			t.Fatal(err)
		}
		for _, rec := range rs {
			got = append(got, string(rec.Value))
		}
	}
	if !slices.Equal(got, values(0, 3)) {
		t.Errorf("the new topic: %v", got)
	}
}
