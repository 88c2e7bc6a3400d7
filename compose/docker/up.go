package docker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/moby/moby/api/types/container"
	"golang.org/x/sync/errgroup"

	"kconsole/compose"
	"kconsole/compose/apicurio"
	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	startLimit = 5 * time.Minute        // for the containers, once their images are there
	askAgain   = 100 * time.Millisecond // between two looks at containers
	sayEvery   = 15 * time.Second       // how long nothing may be heard of what is waited for
)

// Up brings the stack in a lab's directory up, all of it: it starts what is not
// there, lets go on what is paused, leaves alone what runs, and returns when
// every broker accepts clients and every container is healthy. It writes
// lab.yaml and the files for other clients. If it fails, what was not running
// before is taken down again.
func Up(ctx context.Context, o Options) (*Stack, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	e, err := connect(ctx)
	if err != nil {
		return nil, err
	}
	var s *Stack
	err = locked(ctx, o.Dir, func() (err error) {
		s, err = (&start{o: &o, engine: e}).up(ctx)
		return err
	})
	if err != nil {
		e.close()
		return nil, err
	}
	return s, nil
}

// locked runs fn while no other program brings the stack up or down.
func locked(ctx context.Context, dir string, fn func() error) error {
	// The files in it are readable by all, for the containers' users.
	if err := labdir.Make(Home(dir)); err != nil {
		return err
	}
	if err := os.Chmod(Home(dir), 0o700); err != nil {
		return err
	}
	return labdir.Locked(ctx, filepath.Join(Home(dir), "lock"), fn)
}

// start is one start of a stack.
type start struct {
	o        *Options
	engine   *engine
	now      layout
	users    []labdir.User
	exporter labdir.User
	tokens   string
	ca       *pki.CA
	program  string // checksum of the kconsole in the containers
}

// exporterUser may only look: it is the exporter's.
const exporterUser = "exporter"

func (st *start) up(ctx context.Context) (_ *Stack, err error) {
	cli, err := findCompose(ctx, st.engine)
	if err != nil {
		return nil, err
	}
	if err := st.secrets(); err != nil {
		return nil, err
	}
	before, err := st.plan(ctx)
	if err != nil {
		return nil, err
	}
	if err := st.installPrograms(ctx); err != nil {
		return nil, err
	}
	if err := st.writeFiles(); err != nil {
		return nil, fmt.Errorf("writing the lab's files: %w", err)
	}
	s := newStack(st.engine, st.o.Dir, st.now, st.adminCluster())
	if err = st.run(ctx, cli, s, before); err == nil {
		err = st.finish(ctx, s)
	}
	if err != nil {
		s.events.Close()
		if len(before) == 0 {
			// Not with the caller's context: that may be what ended.
			quit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
			defer cancel()
			err = errors.Join(err, st.engine.remove(quit, st.now.Project, false))
		}
		return nil, err
	}
	return s, nil
}

// secrets makes or reads passwords and certificates' authority.
func (st *start) secrets() (err error) {
	if st.users, err = labdir.Users(st.o.Dir); err != nil {
		return err
	}
	if st.ca, err = pki.Open(st.o.Dir); err != nil {
		return err
	}
	tls := filepath.Join(Home(st.o.Dir), "tls")
	if err := os.MkdirAll(tls, 0o700); err != nil {
		return err
	}
	if st.tokens, err = pki.EnsurePassword(filepath.Join(tls, "tokens.secret")); err != nil {
		return err
	}
	st.exporter.Name = exporterUser
	st.exporter.Password, err = pki.EnsurePassword(filepath.Join(tls, "exporter.secret"))
	return err
}

// plan decides on ports and on what is wanted. It returns the containers that
// there are.
func (st *start) plan(ctx context.Context) (map[string]container.InspectResponse, error) {
	was, err := readLayout(st.o.Dir)
	if err != nil {
		return nil, err
	}
	st.now = was
	st.now.Project = projectName(st.o.Dir)
	st.now.Profiles = st.o.profiles()
	if st.now.ClusterID == "" {
		st.now.ClusterID = kafkaconf.NewUUID()
	}
	there, err := st.engine.containers(ctx, st.now.Project)
	if err != nil {
		return nil, err
	}
	running := slices.ContainsFunc(slices.Collect(maps.Values(there)), func(c container.InspectResponse) bool { return c.State.Running })
	if !running || was.Ports == (ports{}) {
		if st.now.Ports, err = choosePorts(ctx, st.o.Dir, was.Ports, st.o.AnyPorts); err != nil {
			return nil, err
		}
	}
	return there, st.now.write(st.o.Dir)
}

// installPrograms puts what the containers run besides their images into place.
func (st *start) installPrograms(ctx context.Context) (err error) {
	if st.o.needsProgram() {
		if st.program, err = installProgram(Home(st.o.Dir), st.o.Program); err != nil {
			return err
		}
	}
	if err := st.installAgent(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		st.o.Progress("going on without the brokers' JMX metrics: " + err.Error())
	}
	return nil
}

// run starts the containers and waits until all of them are ready.
func (st *start) run(ctx context.Context, cli *composeCLI, s *Stack, before map[string]container.InspectResponse) error {
	began := time.Now()
	for service, c := range before {
		if c.State.Paused {
			if err := st.engine.unpause(ctx, c.ID); err != nil {
				return fmt.Errorf("letting %s go on: %w", service, err)
			}
		}
	}
	if err := cli.run(ctx, st.now, Home(st.o.Dir), st.o.Progress, "up", "--detach", "--remove-orphans"); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	group, gctx := errgroup.WithContext(ctx)
	for id := int32(1); id <= brokerCount; id++ {
		group.Go(func() error { return s.awaitBroker(gctx, id, 1, 2, 3) })
	}
	group.Go(func() error { return st.awaitAll(gctx) })
	if err := group.Wait(); err != nil {
		return err
	}
	st.o.Progress(fmt.Sprintf("all containers are ready after %.1f s", time.Since(began).Seconds()))
	return nil
}

// awaitAll returns when every container of the stack is healthy.
func (st *start) awaitAll(ctx context.Context) error {
	tick := time.NewTicker(askAgain)
	defer tick.Stop()
	said := time.Now()
	ready := make(map[string]bool)
	for {
		all, err := st.engine.containers(ctx, st.now.Project)
		if err != nil {
			return err
		}
		var waiting []string
		for _, service := range slices.Sorted(maps.Keys(all)) {
			c := all[service]
			switch {
			case !c.State.Running:
				return fmt.Errorf("%s ended while it was starting: %s", service, st.engine.lastWords(ctx, c.ID))
			case c.State.Health == nil || c.State.Health.Status == container.Healthy:
				if !ready[service] {
					ready[service] = true
					st.o.Progress(service + " is ready")
				}
			default:
				waiting = append(waiting, service)
			}
		}
		if len(waiting) == 0 && len(all) > 0 {
			return nil
		}
		if time.Since(said) > sayEvery {
			st.o.Progress("waiting for " + strings.Join(waiting, ", "))
			said = time.Now()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s did not become ready: %w; look into docker compose logs in %s", strings.Join(waiting, ", "), ctx.Err(), Home(st.o.Dir))
		}
	}
}

// finish does what needs a running cluster: the users' rights, the registry's
// level, and the files that tell clients where everything is.
func (st *start) finish(ctx context.Context, s *Stack) (err error) {
	at := labdir.Endpoints{Runtime: compose.Docker, Brokers: s.admin.Brokers}
	if st.o.Registry != NoRegistry {
		at.Registry = "https://" + loopback(st.now.Ports.Registry)
	}
	if !st.o.NoPrometheus {
		at.Prometheus = "http://" + loopback(st.now.Ports.Prometheus)
	}
	if !st.now.Prepared {
		if err := labdir.GrantApp(ctx, s.admin); err != nil {
			return err
		}
		if err := labdir.GrantView(ctx, s.admin, exporterUser); err != nil {
			return err
		}
		if st.o.Registry == Apicurio {
			trans := apicurio.Transport(apicurio.Verify(st.ca))
			defer trans.CloseIdleConnections()
			if err := apicurio.SetDefaultLevel(ctx, httpClient(trans), at.Registry, st.users[0]); err != nil {
				return err
			}
		}
		st.now.Prepared = true
		if err := st.now.write(st.o.Dir); err != nil {
			return err
		}
		s.layout = st.now
	}
	s.conf, err = labdir.Write(ctx, st.o.Dir, at)
	return err
}
