// Package lab is the embedded lab stack: three virtual brokers, a schema
// registry, their certificates, users and files, in one process and one
// directory. `kconsole lab up` runs it.
package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/embedded"
	"kconsole/compose/embedded/registry"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
	"kconsole/kafka/config"
)

// Options configures [Up].
type Options struct {
	// Dir holds everything: files for clients, certificates, passwords, data.
	Dir string
	// Brokers is how many there are; 0 means 3.
	Brokers int
	// Timing is how fast failures are seen and replicas catch up; zero is realistic.
	Timing embedded.Timing
	// FreePorts takes whatever ports are free instead of the lab's usual ones.
	FreePorts bool
	// Progress hears what is being done; nil: nobody.
	Progress compose.Progress
	// Log gets what goes wrong inside; nil: nobody.
	Log *slog.Logger
}

// Lab is a running embedded lab. It is a [compose.Stack].
type Lab struct {
	dir      string
	cluster  *embedded.Cluster
	registry *registry.Server
	control  *control.Server
	conf     config.Config
	unlock   func() error
	history  *history

	shut sync.Once
	err  error // of the shutdown
}

// Up starts the lab in opts.Dir, or says who runs it already. The caller ends
// it with [Lab.Shutdown]; cancelling ctx ends only the start.
func Up(ctx context.Context, opts Options) (_ *Lab, err error) {
	say := opts.Progress
	if say == nil {
		say = func(string) {}
	}
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, err
	}
	if opts.Brokers == 0 {
		opts.Brokers = 3
	}
	users, err := labdir.Users(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	l := &Lab{dir: opts.Dir}
	if l.unlock, err = control.Lock(opts.Dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.Shutdown(context.WithoutCancel(ctx)))
		}
	}()
	say("Certificates and passwords ...")
	cert, err := certificate(opts.Dir)
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	ports := labdir.Ports{Brokers: make([]int, opts.Brokers)}
	if !opts.FreePorts {
		if ports, err = labdir.ChoosePorts(ctx, opts.Dir, opts.Brokers); err != nil {
			return nil, fmt.Errorf("lab: %w", err)
		}
	}
	_, statErr := os.Stat(filepath.Join(opts.Dir, labdir.DataDir))
	fresh := errors.Is(statErr, fs.ErrNotExist)
	say("Three brokers and a schema registry ...")
	if err := l.startServers(ctx, opts, ports, users, cert); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	l.conf, err = labdir.Write(ctx, opts.Dir, labdir.Endpoints{
		Runtime: compose.Embedded, Brokers: l.cluster.Addrs(), Registry: l.registry.URL(),
	})
	if err != nil {
		return nil, err
	}
	if fresh { // later on the rights are the learner's to change
		if err := labdir.GrantApp(ctx, l.Cluster()); err != nil {
			return nil, fmt.Errorf("lab: %w", err)
		}
	}
	return l, nil
}

// Serve lets other processes find and steer the lab. It returns a channel that
// is closed when one of them asks that the lab be taken down; the owner then
// calls [Lab.Shutdown].
func (l *Lab) Serve() (<-chan struct{}, error) {
	var err error
	if l.control, err = control.Serve(l.dir, l); err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	return l.control.Down(), nil
}

func certificate(dir string) (tls.Certificate, error) {
	ca, err := pki.Open(dir)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := ca.Ensure("server", pki.Server("localhost"))
	if err != nil {
		return tls.Certificate{}, err
	}
	return leaf.TLS(), nil
}

func (l *Lab) startServers(ctx context.Context, opts Options, ports labdir.Ports, users []labdir.User, cert tls.Certificate) (err error) {
	server := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	conf := embedded.Config{
		Brokers: opts.Brokers,
		Dir:     filepath.Join(opts.Dir, labdir.DataDir, "kafka"),
		Ports:   ports.Brokers,
		TLS:     server,
		ACLs:    true,
		Timing:  opts.Timing,
		Logger:  opts.Log,
	}
	reg := registry.Config{
		TLS:    server.Clone(),
		Dir:    filepath.Join(opts.Dir, labdir.DataDir, "registry"),
		Logger: opts.Log,
	}
	if ports.Registry != 0 {
		reg.Addr = ports.RegistryAddr()
	}
	rights := map[string]registry.Rights{labdir.Admin: registry.Admin, labdir.App: registry.Write, labdir.Guest: registry.NoRights}
	for _, u := range users {
		conf.Users = append(conf.Users, embedded.User{Name: u.Name, Password: u.Password, Super: u.Super})
		reg.Users = append(reg.Users, registry.User{Name: u.Name, Password: u.Password, Rights: rights[u.Name]})
	}
	if l.cluster, err = embedded.Start(ctx, conf); err != nil {
		return err
	}
	l.history = watch(l.cluster)
	l.registry, err = registry.Start(ctx, reg)
	return err
}

// Cluster is how to connect as the lab's administrator.
func (l *Lab) Cluster() config.Cluster { return l.conf.Clusters["lab"] }

// As is how to connect as another user of the lab.
func (l *Lab) As(user string) config.Cluster {
	if user == labdir.Admin {
		return l.Cluster()
	}
	return l.conf.Clusters[user]
}

// Embedded is the cluster itself, for faults that are not in [compose.Stack].
func (l *Lab) Embedded() *embedded.Cluster { return l.cluster }

// Registry is the lab's schema registry, for faults.
func (l *Lab) Registry() *registry.Server { return l.registry }

// Shutdown ends everything and leaves the data. It is safe to call twice.
func (l *Lab) Shutdown(context.Context) error {
	l.shut.Do(func() {
		var errs []error
		if l.control != nil {
			errs = append(errs, l.control.Close())
		}
		if l.registry != nil {
			errs = append(errs, l.registry.Close())
		}
		if l.cluster != nil {
			errs = append(errs, l.cluster.Close())
		}
		if l.history != nil {
			l.history.wait()
		}
		if l.unlock != nil {
			errs = append(errs, l.unlock())
		}
		l.err = errors.Join(errs...)
	})
	return l.err
}

// startLimit is how long a broker may take to be counted in again.
const startLimit = time.Minute
