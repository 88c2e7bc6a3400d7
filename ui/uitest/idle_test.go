package uitest_test

import (
	"context"
	"testing"

	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// TestAnIdleConsoleDrawsNothing polls a cluster in which nothing happens: once
// the first reads are in, round after round goes by without a frame.
func TestAnIdleConsoleDrawsNothing(t *testing.T) {
	const quietRounds = 5
	cl := kafkatest.Embedded(t).Config
	cl.Name = "lab"
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	made := make(chan *session.Session, 1)
	d := uitest.StartBusy(t, uitest.Options{
		Width: 120, Height: 40, Config: conf, // its clock stands still, so that is no reason to draw
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			s, err := session.Open(cl, session.Options{Refresh: conf.UI.Refresh / 20})
			if err == nil {
				made <- s
			}
			return s, err
		},
	})
	d.WaitFor("3/3 brokers")
	s := <-made
	var seq uint64
	begin := func() {
		seq = s.Poller.Latest().Seq
		d.App.Loop().ResetFrames()
	}
	begin()
	kafkatest.Eventually(t, func() string {
		if d.App.Loop().Frames().Drawn > 0 {
			begin()
			return "the console draws although nothing changes"
		}
		if s.Poller.Latest().Seq < seq+quietRounds {
			return "the poller does not go on"
		}
		return ""
	})
}
