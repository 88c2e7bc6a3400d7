package bench

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose/embedded/registry"
	"kconsole/compose/kafkaconf"
)

// work is the set that reading and writing are measured on: real Apache Kafka,
// one broker without TLS, and a registry with the schema.
type work struct {
	brokers, registry string
	topic             string
	schemaID          int // of workSchema
	arrivals          int // topics that hits arrived in so far
}

// The records of the work set: ten fields with a nested record, an array and
// unions.
const workSchema = `{"type":"record","name":"Order","namespace":"shop","fields":[
 {"name":"id","type":"string"},
 {"name":"customer","type":{"type":"record","name":"Customer","fields":[
   {"name":"id","type":"string"},{"name":"country","type":"string"}]}},
 {"name":"placed","type":"long"},
 {"name":"status","type":{"type":"enum","name":"Status","symbols":["NEW","PAID","SENT"]}},
 {"name":"total","type":"double"},
 {"name":"items","type":{"type":"array","items":"string"}},
 {"name":"coupon","type":["null","string"]},
 {"name":"quantity","type":"int"},
 {"name":"gift","type":"boolean"},
 {"name":"note","type":["null","string"]}]}`

const workTopic = "orders"

// realWork starts the work set, or says why it cannot. It ends with the
// benchmark.
func realWork(b *testing.B) (w *work, err error) {
	b.Helper()
	tools, err := javaTools()
	if err != nil {
		return nil, err
	}
	dir := b.TempDir()
	client, controller := freePort(b), freePort(b)
	properties := filepath.Join(dir, "server.properties")
	text := fmt.Sprintf(`process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:%[2]d
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
listeners=PLAINTEXT://127.0.0.1:%[1]d,CONTROLLER://127.0.0.1:%[2]d
log.dirs=%[3]s
num.partitions=6
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
`, client, controller, filepath.Join(dir, "data"))
	if err := os.WriteFile(properties, []byte(text), 0o600); err != nil {
		return nil, err
	}
	args := kafkaconf.FormatArgs(kafkaconf.NewUUID(), properties, nil)
	if _, err := java(b, args[0], args[1:]...); err != nil {
		return nil, err
	}
	broker, err := tools.Command(context.Background(), dir, "kafka.Kafka", properties)
	if err != nil {
		return nil, err
	}
	for i, arg := range broker.Args { // the tools' heap is too small for a broker
		if strings.HasPrefix(arg, "-Xmx") {
			broker.Args[i] = "-Xmx512m"
		}
	}
	var said bytes.Buffer
	broker.Stdout, broker.Stderr = &said, &said
	if err := broker.Start(); err != nil {
		return nil, err
	}
	b.Cleanup(func() {
		_ = broker.Process.Kill()
		_ = broker.Wait()
		if b.Failed() || w == nil {
			b.Logf("the broker said: %s", said.String())
		}
	})
	w = &work{brokers: fmt.Sprintf("127.0.0.1:%d", client), topic: workTopic}
	server, err := registry.Start(context.Background(), registry.Config{})
	if err != nil {
		return nil, err
	}
	b.Cleanup(func() { _ = server.Close() })
	w.registry = server.URL()
	schemas, err := sr.NewClient(sr.URLs(w.registry))
	if err != nil {
		return nil, err
	}
	schema, err := schemas.CreateSchema(b.Context(), workTopic+"-value", sr.Schema{Schema: workSchema})
	if err != nil {
		return nil, err
	}
	w.schemaID = schema.ID
	if err := w.ready(b); err != nil {
		return nil, err
	}
	return w, nil
}

// ready waits for the broker and creates the topic.
func (w *work) ready(b *testing.B) error {
	b.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(w.brokers), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	adm := kadm.NewClient(client)
	for deadline := time.Now().Add(waitLimit); ; time.Sleep(100 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(b.Context(), 5*time.Second)
		_, err := adm.CreateTopic(ctx, 6, 1, nil, w.topic)
		cancel()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the broker is not ready: %w", err)
		}
	}
}

func freePort(b *testing.B) int {
	b.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
