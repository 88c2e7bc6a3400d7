package process

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kconsole/compose"
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
		key, err := tokenKey(s.registry.file(tokenKeyFile))
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
	if !portFree(ctx, st.now.Ports.Registry) {
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
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, "https://"+loopback(st.now.Ports.Registry)+"/config",
		strings.NewReader(`{"compatibility":"BACKWARD"}`))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/vnd.schemaregistry.v1+json")
	req.SetBasicAuth(st.users[0].Name, st.users[0].Password)
	trans := backend(st.ca)
	defer trans.CloseIdleConnections()
	res, err := (&http.Client{Transport: trans}).Do(req)
	if err != nil {
		return fmt.Errorf("setting the registry's compatibility level: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("setting the registry's compatibility level: %s", res.Status)
	}
	return writeJSON(done, true)
}
