package process

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sync/errgroup"

	"kconsole/compose"
	"kconsole/compose/apicurio"
	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
	"kconsole/kafka/config"
)

// Up brings the stack in a lab's directory up, all of it: it starts what is not
// there, lets go on what is frozen, leaves alone what runs (also when another
// program started it), and returns when every broker and the registry accept
// clients. It writes lab.yaml and the files for other clients. If it fails, what
// it started is ended again.
func Up(ctx context.Context, o Options) (*Stack, error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	var s *Stack
	err := labdir.Locked(ctx, filepath.Join(Home(o.Dir), "lock"), func() (err error) {
		s, err = up(ctx, &o)
		return err
	})
	if err != nil {
		return nil, err
	}
	return s, nil
}

// start is one start of a stack: what was there, and what it takes.
type start struct {
	o     *Options
	kafka kafka
	users []labdir.User
	ca    *pki.CA
	was   layout
	now   layout

	tokens string // delegation.token.secret.key, of all nodes
}

func up(ctx context.Context, o *Options) (_ *Stack, err error) {
	st := start{o: o}
	if st.was, err = readLayout(o.Dir); err != nil {
		return nil, err
	}
	if st.users, err = labdir.Users(o.Dir); err != nil {
		return nil, err
	}
	if st.ca, err = pki.Open(o.Dir); err != nil {
		return nil, err
	}
	if err := st.plan(ctx); err != nil {
		return nil, err
	}
	s := newStack(o.Dir, st.now, adminOf(st.now.Ports, st.ca.File(), st.users[0]))
	ours, err := st.run(ctx, s)
	if err == nil {
		err = st.finish(ctx, s)
	}
	if err != nil {
		// Not with the caller's context: that may be what ended.
		quit, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Minute)
		defer cancel()
		return nil, errors.Join(err, s.Close(), endAll(quit, sigKill, ours...))
	}
	return s, nil
}

// plan decides on ports and programs, and writes every file that the processes
// read. What runs already keeps what it has.
func (st *start) plan(ctx context.Context) (err error) {
	o := st.o
	if st.kafka, err = o.install(ctx); err != nil {
		return err
	}
	st.now = st.was
	st.now.Registry = !o.NoRegistry
	st.now.Java = st.kafka.java.bin
	if st.now.ClusterID == "" {
		st.now.ClusterID = kafkaconf.NewUUID()
	}
	running, err := st.running(ctx)
	if err != nil {
		return err
	}
	if !running {
		if err := st.choosePorts(ctx); err != nil {
			return err
		}
	}
	if st.now.Kafka != "" && st.now.Kafka != st.version() {
		o.Progress("the data were written by Kafka " + st.now.Kafka + "; now it is " + st.version())
	}
	st.now.Kafka = st.version()
	return st.now.write(o.Dir)
}

func (st *start) version() string {
	if st.o.KafkaHome != "" {
		return st.o.KafkaHome
	}
	return KafkaVersion
}

// running tells whether any process of the stack is alive.
func (st *start) running(ctx context.Context) (bool, error) {
	if st.was.ClusterID == "" {
		return false, nil
	}
	for _, u := range newStack(st.o.Dir, st.was, config.Cluster{}).units() {
		if !there(u.dir) {
			continue
		}
		var state compose.State
		err := u.locked(ctx, func() (err error) {
			state, _, err = u.settle(ctx)
			return err
		})
		if err != nil || state != compose.Stopped {
			return true, err
		}
	}
	return false, nil
}

func (st *start) choosePorts(ctx context.Context) error {
	ports := st.o.Ports
	if port := ports.firstTaken(ctx); port != 0 {
		return fmt.Errorf("another program listens on 127.0.0.1:%d; end it, or choose another port", port)
	}
	// The ones from last time, where they are not given and still free.
	had := st.was.Ports
	for i, port := range ports.all() {
		if before := *had.all()[i]; *port == 0 && before != 0 && labdir.PortFree(ctx, before) {
			*port = before
		}
	}
	usual := !st.o.AnyPorts && st.was.Ports == Ports{}
	if err := ports.choose(ctx, st.o.Dir, usual); err != nil {
		return err
	}
	st.now.Ports = ports
	return nil
}

// run starts what does not run and waits until it is ready. It returns the
// processes that it started, also with an error.
func (st *start) run(ctx context.Context, s *Stack) (ours []*unit, err error) {
	secrets := filepath.Join(Home(st.o.Dir), "tls")
	if err := labdir.Make(secrets); err != nil {
		return nil, err
	}
	if err := writeLogging(Home(st.o.Dir)); err != nil {
		return nil, err
	}
	// Once for all nodes, which are prepared at the same time: with keys of their
	// own, each would know a delegation token by another HMAC, and the controller
	// none of them.
	if st.tokens, err = pki.EnsurePassword(filepath.Join(secrets, "tokens.secret")); err != nil {
		return nil, err
	}
	began := time.Now()
	group, gctx := errgroup.WithContext(ctx)
	started := make(chan *unit, len(s.units()))
	if s.registry != nil {
		group.Go(func() error { return st.one(gctx, s.registry, started, st.prepareRegistry, st.awaitRegistry) })
	}
	group.Go(func() error {
		return st.one(gctx, s.controller, started, st.prepareNode(controllerID), func(context.Context, *unit) error { return nil })
	})
	for i, u := range s.brokers {
		id := int32(i + 1)
		group.Go(func() error {
			return st.one(gctx, u, started, st.prepareNode(id), func(ctx context.Context, u *unit) error {
				return awaitBroker(ctx, u, id, s.admin, []int32{1, 2, 3})
			})
		})
	}
	err = group.Wait()
	close(started)
	for u := range started {
		ours = append(ours, u)
	}
	if err == nil && len(ours) == 0 {
		st.o.Progress("the stack was running already")
	} else if err == nil {
		st.o.Progress(fmt.Sprintf("%d processes are ready after %.1f s", len(ours), time.Since(began).Seconds()))
	}
	return ours, err
}

// one brings one process up.
func (st *start) one(ctx context.Context, u *unit, started chan<- *unit, prepare, await func(context.Context, *unit) error) error {
	return u.locked(ctx, func() error {
		state, _, err := u.settle(ctx)
		if err != nil {
			return err
		}
		switch state {
		case compose.Stopped:
			if err := os.RemoveAll(u.file(tmpDir)); err != nil {
				return err
			}
			if err := prepare(ctx, u); err != nil {
				return err
			}
			st.o.Progress("starting " + u.name)
			launched, err := u.launch(ctx)
			if launched {
				started <- u
			}
			if err != nil {
				return err
			}
		case compose.Paused:
			if err := u.thaw(); err != nil {
				return err
			}
		}
		if err := await(ctx, u); err != nil {
			return err
		}
		if state != compose.Running {
			st.o.Progress(u.name + " is ready")
		}
		return u.ready()
	})
}

// prepareNode writes a node's files and formats its storage.
func (st *start) prepareNode(id int32) func(context.Context, *unit) error {
	return func(ctx context.Context, u *unit) error {
		leaf, err := st.ca.Ensure(filepath.Join(labdir.DataDir, subDir, "tls", u.name), pki.Server(u.name))
		if err != nil {
			return err
		}
		n := node{
			id: id, voter: controllerID, roles: "broker", ports: st.now.Ports,
			ca: st.ca.File(), store: leaf.KeystoreFile, data: u.file("data"),
			users: st.users, tokens: st.tokens, session: st.o.SessionTimeout,
		}
		if id == controllerID {
			n.roles = "controller"
		}
		if err := n.write(u.file(serverFile)); err != nil {
			return err
		}
		if err := st.kafka.machine(u, st.o.HeapMiB).writeArgs(u); err != nil {
			return err
		}
		if id == controllerID {
			return st.kafka.format(ctx, u, n.data, st.now.ClusterID, st.users)
		}
		return formatBroker(id, n.data, st.now.ClusterID)
	}
}

func (st *start) prepareRegistry(_ context.Context, u *unit) error {
	leaf, err := st.ca.Ensure(filepath.Join(labdir.DataDir, subDir, "tls", u.name), pki.Server(u.name))
	if err != nil {
		return err
	}
	key, err := apicurio.TokenKey(u.file(tokenKeyFile))
	if err != nil {
		return err
	}
	machine, err := st.kafka.registryMachine(u, st.now.Ports.Backend, st.o.HeapMiB, leaf, &key.PublicKey)
	if err != nil {
		return err
	}
	return machine.writeArgs(u)
}

func (st *start) awaitRegistry(ctx context.Context, u *unit) error {
	trans := backend(st.ca)
	defer trans.CloseIdleConnections()
	return awaitRegistry(ctx, u, &http.Client{Transport: trans}, st.now.Ports.Backend)
}
