package lessons

import (
	"context"
	"crypto/tls"
	"errors"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/labs"
)

func TestW02(t *testing.T) {
	// A client that verifies nothing gets an order through to every partition.
	proveEmbedded(t, "w02", nearly(func(ctx context.Context, env *labs.Env) error {
		blind := kgo.Dialer((&tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true}}).DialContext) //nolint:gosec // what must not count as a repair
		p, err := env.Cluster.Producer(kafka.ProducerOptions{Client: []kgo.Opt{blind}})
		if err != nil {
			return err
		}
		defer p.Close()
		var errs []error
		for partition := range int32(w02Partitions) {
			order := labs.Record(env.Name("orders"), "", "an order")
			order.Partition = partition
			errs = append(errs, p.Produce(ctx, order)[0].Err)
		}
		return errors.Join(errs...)
	}))
}
