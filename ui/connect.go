package ui

import (
	"context"
	"sync"

	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/ui/events"
	"kconsole/ui/page"
	"kconsole/ui/session"
)

// connection is the session of the cluster that is shown.
type connection struct {
	session *session.Session // nil until it is made
	cancel  context.CancelFunc
	scope   poll.Scope
	release func() // of the scope that is watched
}

// close ends the connection. What the poller had under way ends with its context.
func (c *connection) close() {
	if c.cancel != nil {
		c.cancel()
	}
	if c.release != nil {
		c.release()
	}
	*c = connection{}
}

// use changes to a cluster, by its name in the configuration. Nothing waits
// for the network: screens say that they are reading until an answer comes.
func (s *shell) use(name string) {
	s.closeLab()
	s.conn.close()
	cl, err := s.options.Config.Cluster(name)
	if err != nil && cl.Name == "" {
		cl.Name = name
	}
	s.cluster = cl
	s.loadSettings()
	s.log.Forget()
	s.state = page.State{Config: s.options.Config, Events: &s.log, Cart: &s.cart, Cluster: cl.Name, Snap: &poll.Snapshot{}, Err: err, Now: s.options.Now(), UTC: s.options.Config.UI.UTC}
	if err != nil {
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.conn.cancel = cancel
	s.loop.Go(func() { s.connect(ctx, cl) })
}

// connect makes the session. It runs beside the event loop.
func (s *shell) connect(ctx context.Context, cl config.Cluster) {
	made, err := s.options.Connect(ctx, cl)
	// It is closed when the context is left, after the poller has ended.
	if made != nil && !s.loop.Background(func() { s.poll(ctx, made) }) {
		made.Close()
		return
	}
	s.loop.Post(func() {
		if ctx.Err() != nil {
			return // another cluster was chosen meanwhile
		}
		if err != nil {
			s.publish(nil, err)
			return
		}
		s.conn.session = made
		s.watch()
		s.update()
	})
}

// poll runs a session's poller and shows its snapshots until ctx ends, then
// closes the session.
func (s *shell) poll(ctx context.Context, made *session.Session) {
	defer made.Close()
	if made.Stack != nil {
		var following sync.WaitGroup
		following.Go(func() { s.loop.Guard(func() { s.followStack(ctx, made) }) })
		following.Go(func() { s.loop.Guard(func() { s.measureStack(ctx, made.Stack) }) })
		defer following.Wait()
	}
	if made.Poller == nil {
		<-ctx.Done()
		return
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.loop.Guard(func() { made.Poller.Run(ctx) })
	}()
	defer func() { <-done }()
	var last *poll.Snapshot
	for {
		select {
		case <-ctx.Done():
			return
		case <-made.Poller.Notify():
			snap := made.Poller.Latest()
			news := events.Compare(last, snap)
			last = snap
			s.loop.Post(func() {
				if ctx.Err() == nil {
					s.hear(snap, news, nil)
				}
			})
		}
	}
}

// watch tells the poller what the page that is seen needs. The header always
// needs brokers and topics.
func (s *shell) watch() {
	if s.conn.session == nil || s.conn.session.Poller == nil {
		return
	}
	scope := poll.Topics
	if p := s.top(); p != nil {
		scope |= p.Scope()
	}
	if scope == s.conn.scope {
		return
	}
	release := s.conn.session.Poller.Watch(scope)
	if s.conn.release != nil {
		s.conn.release()
	}
	s.conn.scope, s.conn.release = scope, release
}

// focus tells the poller what is on the screen.
func (s *shell) focus() {
	if s.conn.session == nil || s.conn.session.Poller == nil {
		return
	}
	var topics []string
	if p, ok := s.top().(page.TopicShower); ok {
		topics = p.TopicsShown()
	}
	s.conn.session.Poller.Focus(topics)
}

// touch tells the poller that somebody is at it.
func (s *shell) touch() {
	if s.conn.session != nil && s.conn.session.Poller != nil {
		s.conn.session.Poller.Touch()
	}
}
