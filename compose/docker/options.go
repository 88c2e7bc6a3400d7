package docker

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"time"

	"github.com/adrg/xdg"

	"kconsole/compose"
	"kconsole/compose/labdir"
)

// Registry names what serves schemas.
type Registry string

// The registries.
const (
	Apicurio   Registry = "apicurio"  // Apicurio Registry behind kconsole's door
	Confluent  Registry = "confluent" // Confluent's own
	NoRegistry Registry = "none"
)

// Options say how a stack is run. Only Dir is needed.
type Options struct {
	Dir string // the lab's directory; created if it is not there

	Registry     Registry // empty: Apicurio
	NoPrometheus bool     // neither Prometheus nor the exporter
	NoGrafana    bool

	// AnyPorts takes random ports instead of the usual ones, for stacks that
	// are many or short-lived. What a stack had before it keeps if it can.
	AnyPorts bool
	// SessionTimeout is how long a broker may be silent before the controller
	// fences it; 0: 3 s. (Kafka's own default of 9 s is long in a lab.)
	SessionTimeout time.Duration
	// Program is a kconsole for Linux, linked statically, that the exporter and
	// the registry's door run; empty: see [ErrNoProgram].
	Program string
	// CacheDir is where the JMX exporter's jar is kept; empty: the user's cache
	// directory.
	CacheDir string

	Progress compose.Progress // nil: nobody listens
}

func (o *Options) defaults() error {
	if o.Dir == "" {
		return fmt.Errorf("a lab stack needs a directory")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	o.Dir = dir
	switch o.Registry {
	case "":
		o.Registry = Apicurio
	case Apicurio, Confluent, NoRegistry:
	default:
		return fmt.Errorf("there is no registry %q: use %s, %s or %s", o.Registry, Apicurio, Confluent, NoRegistry)
	}
	if o.SessionTimeout == 0 {
		o.SessionTimeout = 3 * time.Second
	}
	if o.CacheDir == "" {
		o.CacheDir = filepath.Join(xdg.CacheHome, "kconsole")
	}
	say := o.Progress
	var mu sync.Mutex // things happen side by side, their news come one by one
	o.Progress = func(line string) {
		mu.Lock()
		defer mu.Unlock()
		if say != nil {
			say(line)
		}
	}
	return nil
}

// profiles are compose's, for what is wanted.
func (o *Options) profiles() []string {
	var list []string
	if o.Registry != NoRegistry {
		list = append(list, string(o.Registry))
	}
	if !o.NoPrometheus {
		list = append(list, "prometheus")
	}
	if !o.NoGrafana {
		list = append(list, "grafana")
	}
	return list
}

// needsProgram tells whether a container runs kconsole itself.
func (o *Options) needsProgram() bool { return o.Registry == Apicurio || !o.NoPrometheus }

// Available tells, without an error, that a stack can be started here: there is
// an engine that answers, and a compose. It starts and fetches nothing.
func Available(ctx context.Context) error {
	e, err := connect(ctx)
	if err != nil {
		return err
	}
	defer e.close()
	_, err = findCompose(ctx, e)
	return err
}

// Home is where the lab in dir has compose.yaml and its files.
func Home(dir string) string { return filepath.Join(dir, labdir.DockerDir) }
