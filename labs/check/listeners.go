package check

import (
	"context"
	"errors"

	"kconsole/kafka"
	"kconsole/labs"
)

// Advertised tries the address that the cluster tells to clients for each of its
// brokers, up to the sign-in, as a client would that was sent there. The answer
// is by broker id; a broker that is not in the cluster now is not in it.
func Advertised(ctx context.Context, env *labs.Env) (map[int32]kafka.Probe, error) {
	out := map[int32]kafka.Probe{}
	for _, p := range env.Cluster.Probe(ctx) {
		if p.Broker != kafka.NoLeader {
			out[p.Broker] = p
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("the cluster does not tell the addresses of its brokers now")
	}
	return out, nil
}
