package check

import (
	"context"

	"kconsole/labs"
)

// Newest reads the newest records of a topic, up to n of each partition, oldest
// first in each; see [Records].
func Newest(ctx context.Context, env *labs.Env, topic string, n int64) ([]Record, error) {
	ends, err := Ends(ctx, env, topic)
	if err != nil {
		return nil, err
	}
	for p := range ends {
		ends[p] = max(0, ends[p]-n)
	}
	return Records(ctx, env, topic, ends)
}
