package embedded

import (
	"context"
	"fmt"
	"log/slog"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/shape"
)

// reconcile makes the shape know exactly the topics that the engine has.
func (c *Cluster) reconcile(ctx context.Context) error {
	conn, err := c.eng.DialInternal(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	req := kmsg.NewPtrMetadataRequest()
	req.Version = 12
	resp, err := engine.Do[*kmsg.MetadataResponse](conn, req, "")
	if err != nil {
		return fmt.Errorf("embedded cluster: listing topics: %w", err)
	}
	var found []shape.Found
	for _, t := range resp.Topics {
		if t.Topic == nil {
			continue
		}
		f := shape.Found{Name: *t.Topic, ID: t.TopicID, Internal: t.IsInternal}
		for _, p := range c.eng.Partitions(f.Name) {
			f.Epochs = append(f.Epochs, p.Epoch)
		}
		found = append(found, f)
	}
	return c.shape.Reconcile(found)
}

// engineLogger passes the engine's log on, without its chatter.
type engineLogger struct{ log *slog.Logger }

func (l engineLogger) Logf(level kfake.LogLevel, format string, args ...any) {
	if l.log == nil || level > kfake.LogLevelInfo {
		return
	}
	l.log.Debug("log engine: " + fmt.Sprintf(format, args...))
}
