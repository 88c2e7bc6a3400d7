package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"kconsole/kafka/kafkatest"
)

// The clusters that can be had, in processes of their own.
const (
	largeCluster = "large" // three brokers, 10,000 topics, 2,000 groups
	smallCluster = "small" // three brokers, a handful of topics
	// endlessCluster is one broker that answers each fetch of ringTopic with the
	// same batch of the work set's records, for ever.
	endlessCluster = "endless"
)

// serveCluster is the role of a cluster. It says where it listens and ends when
// its standard input does, with whoever started it.
func serveCluster(ctx context.Context, args []string) error {
	// Kafka's own tools do not get along with kfake's answer to the newest request
	// about topics; they fall back to the one before.
	versions := kversion.Stable()
	versions.SetMaxKeyVersion(int16(kmsg.DescribeTopicPartitions), -1)
	opts := []kfake.Opt{kfake.NumBrokers(3), kfake.MaxVersions(versions)}
	switch args[0] {
	case largeCluster:
		yield()
		for parts, names := range kafkatest.LargeTopics() {
			opts = append(opts, kfake.SeedTopics(parts, names...))
		}
	case endlessCluster:
		opts = append(opts, kfake.NumBrokers(1), kfake.SeedTopics(tailPartitions, ringTopic),
			kfake.SyntheticFetch(kfake.SyntheticBatch{Batch: newOrders(ringSchemaID).batch(tailBatch)}))
	}
	opts = append(opts, kfake.SeedTopics(6, floodTopic, "orders", "payments", "users"))
	fake, err := kfake.NewCluster(opts...)
	if err != nil {
		return err
	}
	defer fake.Close()
	if args[0] == largeCluster {
		client, err := kgo.NewClient(kgo.SeedBrokers(fake.ListenAddrs()...))
		if err != nil {
			return err
		}
		err = kafkatest.CommitLarge(ctx, client)
		client.Close()
		if err != nil {
			return err
		}
	}
	fmt.Println(strings.Join(fake.ListenAddrs(), ","))
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// clusters are those that run, by kind. They end with this program.
var clusters struct {
	mu    sync.Mutex
	at    map[string]string
	stops []func()
}

// stopClusters ends them.
func stopClusters() {
	for _, stop := range clusters.stops {
		stop()
	}
}

// cluster is the address of a cluster, which is started when first asked for.
func cluster(b *testing.B, kind string) string {
	b.Helper()
	clusters.mu.Lock()
	defer clusters.mu.Unlock()
	if at := clusters.at[kind]; at != "" {
		return at
	}
	cmd, err := role(context.Background(), "cluster", kind)
	if err != nil {
		b.Fatal(err)
	}
	if kind == largeCluster {
		yielding(cmd)
	}
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	clusters.stops = append(clusters.stops, func() {
		_ = in.Close()
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatalf("the %s cluster does not start: %v", kind, err)
	}
	if clusters.at == nil {
		clusters.at = map[string]string{}
	}
	clusters.at[kind] = strings.TrimSpace(line)
	return clusters.at[kind]
}

// yielding has a program take only what processors others leave, where there are
// nice(1) and setsid(1): brokers are other machines, which take nothing from a
// console. Linux shares processors out between sessions first, and by priority
// only within one (autogroup, sched(7)), so it gets one of its own; see yield.
func yielding(cmd *exec.Cmd) {
	for _, wrap := range [][]string{{"nice", "-n", yieldBy}, {"setsid"}} {
		path, err := exec.LookPath(wrap[0])
		if err != nil {
			return
		}
		cmd.Args = slices.Concat([]string{path}, wrap[1:], []string{cmd.Path}, cmd.Args[1:])
		cmd.Path = path
	}
}

// yieldBy is a nice value.
const yieldBy = "10"

// yield is the part of yielding that the program itself does: for its session.
func yield() {
	_ = os.WriteFile("/proc/self/autogroup", []byte(yieldBy), 0) // not there: sessions have no share
}

// timed is how long f took, in milliseconds.
func timed(f func() error) (float64, error) {
	began := time.Now()
	err := f()
	return float64(time.Since(began).Microseconds()) / 1e3, err
}
