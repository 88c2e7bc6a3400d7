package process

import (
	"context"
	"net/http"

	"kconsole/compose"
	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
)

// finish does what needs a running cluster: the users' rights, the door of the
// registry, and the files that tell clients where everything is.
func (st *start) finish(ctx context.Context, s *Stack) error {
	if !st.now.Prepared {
		if err := labdir.GrantApp(ctx, s.admin); err != nil {
			return err
		}
		st.now.Prepared = true
		if err := st.now.write(st.o.Dir); err != nil {
			return err
		}
		s.layout = st.now
	}
	at := labdir.Endpoints{Runtime: compose.Process, Brokers: s.admin.Brokers}
	if s.registry != nil {
		key, err := apicurio.TokenKey(s.registry.file(tokenKeyFile))
		if err != nil {
			return err
		}
		if err := st.openDoor(ctx, s, func() (err error) {
			s.front, err = openFront(ctx, st.now.Ports, st.ca, st.users, key)
			return err
		}); err != nil {
			return err
		}
		at.Registry = "https://" + loopback(st.now.Ports.Registry)
	}
	var err error
	s.conf, err = labdir.Write(ctx, st.o.Dir, at)
	return err
}

// openDoor opens the registry's front unless another program, which holds the
// same stack, has it open.
func (st *start) openDoor(ctx context.Context, s *Stack, open func() error) error {
	if !labdir.PortFree(ctx, st.now.Ports.Registry) {
		return nil
	}
	if err := open(); err != nil {
		return err
	}
	return st.defaultLevel(ctx, s)
}

// defaultLevel gives the registry the compatibility level that Confluent's has
// from the start, once: Apicurio's is none.
func (st *start) defaultLevel(ctx context.Context, s *Stack) error {
	done := s.registry.file("level-set")
	if there(done) {
		return nil
	}
	trans := backend(st.ca)
	defer trans.CloseIdleConnections()
	err := apicurio.SetDefaultLevel(ctx, &http.Client{Transport: trans}, "https://"+loopback(st.now.Ports.Registry), st.users[0])
	if err != nil {
		return err
	}
	return writeJSON(done, true)
}
