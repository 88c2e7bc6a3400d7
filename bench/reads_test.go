package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// BenchmarkReads reads the counts, offsets and configurations of all topics of
// the large cluster; and how long frames of a console take meanwhile.
func BenchmarkReads(b *testing.B) {
	r := newReport(4, "Counts, offsets and configurations of 10,000 topics", "at most 1.2 of bare kadm, 4 times as fast as the JVM pair, no frame over 16 ms meanwhile")
	at := cluster(b, largeCluster)
	reading := func(name string) func(b *testing.B) (map[string]float64, error) {
		return func(b *testing.B) (map[string]float64, error) {
			out, err := mustRole(b, name, at).Output()
			if err != nil {
				return nil, err
			}
			var got measured
			err = json.Unmarshal(out, &got)
			return map[string]float64{"ms": got.Ms}, err
		}
	}
	ours := &contestant{name: "kconsole's reads", run: reading("reads")}
	bare := &contestant{name: "bare kadm", run: reading("kadm")}
	command := &contestant{name: "kconsole get topics (no configurations), process", run: func(b *testing.B) (map[string]float64, error) {
		ms, err := command(program(b, at, "", "get", "topics", "-o", "json"))
		return map[string]float64{"ms": ms}, err
	}}
	pair := &contestant{name: "TopicCommand --describe and GetOffsetShell, processes", missing: javaMissing(), run: func(b *testing.B) (map[string]float64, error) {
		ms, err := timed(func() error {
			out, err := java(b, "org.apache.kafka.tools.TopicCommand", "--bootstrap-server", at, "--describe")
			if err != nil {
				return err
			}
			if n := strings.Count(out, "ReplicationFactor:"); n < kafkatest.LargeTopicCount {
				return fmt.Errorf("TopicCommand printed %d topics", n)
			}
			out, err = java(b, "org.apache.kafka.tools.GetOffsetShell", "--bootstrap-server", at)
			if n := strings.Count(out, "\n"); err == nil && n < kafkatest.LargePartitionCount {
				return fmt.Errorf("GetOffsetShell printed %d lines", n)
			}
			return err
		})
		return map[string]float64{"ms": ms}, err
	}}
	for b.Loop() {
		r.race(b, *rounds, ours, bare, command)
		r.race(b, min(*rounds, 3), ours, pair)
		for range *rounds {
			watchFrames(b, r, at)
		}
	}
	r.row(ours.name, "ms").beside(r.row(bare.name, "ms"))
	r.row(pair.name, "ms").beside(r.row(ours.name, "ms"))
	r.note("Frames are all of a console's, from its start on; each round is a new one, which reads everything once a second while a key is pressed every 30 ms. The bare loop shows what the machine does to any program meanwhile.")
	r.print(b)
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1e3 }

// measured is what the roles that read print.
type measured struct {
	Ms      float64
	Topics  int
	Configs int
}

func printMeasured(began time.Time, topics, configs int) error {
	return json.NewEncoder(os.Stdout).Encode(measured{ms(time.Since(began)), topics, configs})
}

// ownReads is the role of kconsole's own reads.
func ownReads(ctx context.Context, args []string) error {
	c, err := kafka.Connect(config.Cluster{Name: "bench", Brokers: strings.Split(args[0], ",")})
	if err != nil {
		return err
	}
	defer c.Close()
	began := time.Now()
	_, topics, err := c.Metadata(ctx)
	if err != nil {
		return err
	}
	if err := c.Offsets(ctx, topics, kafka.StartOffset, kafka.EndOffset); err != nil {
		return err
	}
	names := make([]string, len(topics))
	for i := range topics {
		names[i] = topics[i].Name
	}
	configs, err := c.TopicConfigs(ctx, names...)
	if err != nil {
		return err
	}
	return printMeasured(began, len(topics), len(configs))
}

// bareKadm is the role of the shortest program with kadm that reads the same.
func bareKadm(ctx context.Context, args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(args[0], ",")...))
	if err != nil {
		return err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	began := time.Now()
	topics, err := adm.ListTopics(ctx)
	if err != nil {
		return err
	}
	names := topics.Names()
	if _, err := adm.ListStartOffsets(ctx, names...); err != nil {
		return err
	}
	if _, err := adm.ListEndOffsets(ctx, names...); err != nil {
		return err
	}
	configs, err := adm.DescribeTopicConfigs(ctx, names...)
	if err != nil {
		return err
	}
	return printMeasured(began, len(topics), len(configs))
}

// BenchmarkLag reads the lag of all 2,000 groups.
func BenchmarkLag(b *testing.B) {
	r := newReport(5, "Lag of 2,000 groups", "30 times as fast as ConsumerGroupCommand; at most 1.3 of kadm")
	at := cluster(b, largeCluster)
	ours := &contestant{name: "kconsole get lag", run: func(b *testing.B) (map[string]float64, error) {
		ms, err := command(program(b, at, "", "get", "lag", "-o", "json"))
		return map[string]float64{"ms": ms}, err
	}}
	bare := &contestant{name: "kadm.Lag", run: func(b *testing.B) (map[string]float64, error) {
		ms, err := command(mustRole(b, "kadm-lag", at))
		return map[string]float64{"ms": ms}, err
	}}
	theirs := &contestant{name: "ConsumerGroupCommand --all-groups --describe", missing: javaMissing(), run: func(b *testing.B) (map[string]float64, error) {
		ms, err := timed(func() error {
			out, err := java(b, "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server", at, "--all-groups", "--describe", "--timeout", "120000")
			if err == nil && !strings.Contains(out, fmt.Sprintf("group-%04d", kafkatest.LargeGroupCount-1)) {
				return fmt.Errorf("ConsumerGroupCommand did not print the groups: %s", firstLine(strings.TrimSpace(out)))
			}
			return err
		})
		return map[string]float64{"ms": ms}, err
	}}
	for b.Loop() {
		r.race(b, *rounds, ours, bare)
		r.race(b, 1, theirs)
	}
	r.row(ours.name, "ms").beside(r.row(bare.name, "ms"))
	r.row(theirs.name, "ms").beside(r.row(ours.name, "ms"))
	r.print(b)
}

// bareLag is the role of the shortest program with kadm that reads all lags.
func bareLag(ctx context.Context, args []string) error {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(args[0], ",")...))
	if err != nil {
		return err
	}
	defer client.Close()
	lags, err := kadm.NewClient(client).Lag(ctx)
	if err != nil {
		return err
	}
	n := 0
	lags.Each(func(g kadm.DescribedGroupLag) {
		for _, partitions := range g.Lag {
			for range partitions {
				n++
			}
		}
	})
	_, err = fmt.Println(n)
	return err
}
