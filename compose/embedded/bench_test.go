package embedded_test

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// bare is the engine without anything in front of it, with the same TLS,
// sign-in and persistence.
type bare struct{ *kfake.Cluster }

func (b bare) Addrs() []string { return b.ListenAddrs() }

func bareKfake(b *testing.B) target {
	k, err := kfake.NewCluster(
		kfake.NumBrokers(3), kfake.TLS(certificate().server()), kfake.EnableSASL(), kfake.EnableACLs(),
		kfake.Superuser("SCRAM-SHA-512", "admin", adminPassword), kfake.DataDir(b.TempDir()),
	)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(k.Close)
	return bare{k}
}

func benchTargets(b *testing.B, run func(b *testing.B, c target)) {
	b.Run("bare", func(b *testing.B) { run(b, bareKfake(b)) })
	b.Run("embedded", func(b *testing.B) { run(b, start(b, inDir(b.TempDir()))) })
}

func benchClient(b *testing.B, c target, more ...kgo.Opt) *kgo.Client {
	b.Helper()
	opts := append([]kgo.Opt{
		kgo.SeedBrokers(c.Addrs()...), kgo.DialTLSConfig(certificate().client()),
		kgo.SASL(scram.Auth{User: "admin", Pass: adminPassword}.AsSha512Mechanism()),
		kgo.MaxBufferedRecords(50_000),
	}, more...)
	cl, err := kgo.NewClient(opts...)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(cl.Close)
	return cl
}

var payload = make([]byte, 100)

func fill(b *testing.B, cl *kgo.Client, n int) {
	b.Helper()
	for range n {
		cl.Produce(b.Context(), &kgo.Record{Topic: "bench", Value: payload}, func(_ *kgo.Record, err error) {
			if err != nil {
				b.Error(err)
			}
		})
	}
	if err := cl.Flush(b.Context()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkProduce is one operation a record of 100 bytes, acks=all.
func BenchmarkProduce(b *testing.B) {
	benchTargets(b, func(b *testing.B, c target) {
		cl := benchClient(b, c, kgo.ProducerBatchCompression(kgo.NoCompression()))
		createTopic(b, kadmOf(cl), "bench", 6, 1, nil)
		fill(b, cl, 1000)
		b.SetBytes(int64(len(payload)))
		b.ResetTimer()
		fill(b, cl, b.N)
	})
}

// BenchmarkConsume is one operation a record of 100 bytes.
func BenchmarkConsume(b *testing.B) {
	benchTargets(b, func(b *testing.B, c target) {
		cl := benchClient(b, c, kgo.ProducerBatchCompression(kgo.NoCompression()))
		createTopic(b, kadmOf(cl), "bench", 6, 1, nil)
		fill(b, cl, b.N)
		reader := benchClient(b, c, kgo.ConsumeTopics("bench"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		b.SetBytes(int64(len(payload)))
		b.ResetTimer()
		for got := 0; got < b.N; {
			got += reader.PollFetches(b.Context()).NumRecords()
		}
	})
}
