package bench

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kconsole/compose/embedded"
	"kconsole/compose/pki"
)

const (
	embeddedRounds  = 7
	embeddedRecords = 200_000 // a round
	embeddedSize    = 100     // bytes a record
)

// BenchmarkEmbedded compares the embedded cluster with bare kfake, which is
// inside of it, with the same TLS, sign-in, ACLs and persistence: records of 100
// bytes, 6 partitions, acks=all, no compression. The two take turns, round by
// round, on a topic of their own each time. It prints medians, and reports the
// ratios as metrics; it fails for no number.
func BenchmarkEmbedded(b *testing.B) {
	authority, err := pki.New()
	if err != nil {
		b.Fatal(err)
	}
	leaf, err := authority.Issue(pki.Server("localhost"))
	if err != nil {
		b.Fatal(err)
	}
	server := &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
	sides := []*side{
		{name: "bare kfake", pool: authority.Pool(), addrs: bareKfake(b, server)},
		{name: "embedded", pool: authority.Pool(), addrs: embeddedCluster(b, server)},
	}
	for b.Loop() {
		for round := range embeddedRounds + 1 {
			for _, s := range sides {
				s.round(b, round)
			}
		}
	}
	for _, s := range sides {
		b.Logf("%-10s  produce %s  consume %s", s.name, spread(s.produced), spread(s.consumed))
	}
	produce := median(sides[1].produced) / median(sides[0].produced)
	consume := median(sides[1].consumed) / median(sides[0].consumed)
	b.Logf("embedded to bare: produce %.2f, consume %.2f", produce, consume)
	b.ReportMetric(produce, "produce-ratio")
	b.ReportMetric(consume, "consume-ratio")
}

const password = "bench"

func bareKfake(b *testing.B, server *tls.Config) []string {
	b.Helper()
	k, err := kfake.NewCluster(
		kfake.NumBrokers(3), kfake.TLS(server), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("SCRAM-SHA-512", "admin", password), kfake.DataDir(b.TempDir()),
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(k.Close)
	return k.ListenAddrs()
}

func embeddedCluster(b *testing.B, server *tls.Config) []string {
	b.Helper()
	c, err := embedded.Start(b.Context(), embedded.Config{
		Dir: b.TempDir(), TLS: server, ACLs: true,
		Users: []embedded.User{{Name: "admin", Password: password, Super: true}},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := c.Close(); err != nil {
			b.Error(err)
		}
	})
	return c.Addrs()
}

// side is one of the clusters, with what it did a second in each round.
type side struct {
	name               string
	pool               *x509.CertPool
	addrs              []string
	produced, consumed []float64
}

func (s *side) client(b *testing.B, opts ...kgo.Opt) *kgo.Client {
	b.Helper()
	client, err := kgo.NewClient(append(opts,
		kgo.SeedBrokers(s.addrs...), kgo.DialTLSConfig(&tls.Config{RootCAs: s.pool, MinVersion: tls.VersionTLS12}),
		kgo.SASL(scram.Auth{User: "admin", Pass: password}.AsSha512Mechanism()), kgo.DisableClientMetrics(),
	)...)
	if err != nil {
		b.Fatal(err)
	}
	return client
}

// round produces and consumes one topic. Round 0 warms up and does not count.
func (s *side) round(b *testing.B, round int) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 2*time.Minute)
	defer cancel()
	topic := fmt.Sprintf("bench-%d", round)
	writer := s.client(b, kgo.DefaultProduceTopic(topic), kgo.MaxBufferedRecords(50_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	defer writer.Close()
	admin := kadm.NewClient(writer)
	if _, err := admin.CreateTopic(ctx, 6, 1, nil, topic); err != nil {
		b.Fatal(err)
	}
	value := make([]byte, embeddedSize)
	began := time.Now()
	for range embeddedRecords {
		writer.Produce(ctx, kgo.SliceRecord(value), func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := writer.Flush(ctx); err != nil {
		b.Fatal(err)
	}
	produced := time.Since(began)

	reader := s.client(b, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	defer reader.Close()
	began = time.Now()
	for n := 0; n < embeddedRecords; {
		fetches := reader.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			b.Fatal(err)
		}
		n += fetches.NumRecords()
	}
	consumed := time.Since(began)
	if round > 0 {
		s.produced = append(s.produced, embeddedRecords/produced.Seconds())
		s.consumed = append(s.consumed, embeddedRecords/consumed.Seconds())
	}
	if _, err := admin.DeleteTopics(ctx, topic); err != nil {
		b.Fatal(err)
	}
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[len(sorted)/2]
}

// spread is the median with the lowest and the highest, in thousands.
func spread(values []float64) string {
	return fmt.Sprintf("%.0fk/s (%.0f to %.0f)", median(values)/1e3, slices.Min(values)/1e3, slices.Max(values)/1e3)
}
