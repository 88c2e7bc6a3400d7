package process

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kconsole/compose"
)

// Options say how a stack is run. Only Dir is needed.
type Options struct {
	Dir string // the lab's directory; created if it is not there

	KafkaHome string // an unpacked Kafka 4; empty: fetched by Maven
	JavaHome  string // a Java 17 or newer; empty: found
	CacheDir  string // for jars and class-data archives; empty: the user's cache directory

	// Ports that are zero are chosen; what a stack had before it keeps if it
	// can. With AnyPorts the clients' are not the usual ones from 19092 up but
	// random, for stacks that are many or short-lived.
	Ports    Ports
	AnyPorts bool

	NoRegistry bool
	HeapMiB    int // of each Java machine; 0: 256
	// SessionTimeout is how long a broker may be silent before the controller
	// fences it; 0: 3 s. (Kafka's own default of 9 s is long in a lab.)
	SessionTimeout time.Duration

	Progress compose.Progress // nil: nobody listens
}

func (o *Options) defaults() error {
	if err := supported(); err != nil {
		return err
	}
	if o.Dir == "" {
		return fmt.Errorf("a lab stack needs a directory")
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return err
	}
	o.Dir = dir
	if strings.ContainsAny(dir, ",;") { // log.dirs is a list, and H2's URL has parameters
		return fmt.Errorf("the lab's directory must not have a comma or a semicolon in its path: %s", dir)
	}
	if o.CacheDir == "" {
		o.CacheDir = defaultCache()
	}
	if o.HeapMiB == 0 {
		o.HeapMiB = 256
	}
	if o.SessionTimeout == 0 {
		o.SessionTimeout = 3 * time.Second
	}
	if say := o.Progress; say != nil {
		var mu sync.Mutex // processes start side by side, their news come one by one
		o.Progress = func(line string) {
			mu.Lock()
			defer mu.Unlock()
			say(line)
		}
	} else {
		o.Progress = func(string) {}
	}
	return nil
}

// kafka is an installed Kafka with what runs it.
type kafka struct {
	java      java
	libs      string
	classpath []string
	archive   string // class-data archive; empty: none could be made
	registry  string // Apicurio's directory; empty: no registry is wanted
	regArch   string // the registry's class-data archive
}

// Available tells, without an error, that a stack can be started here: there is
// a Java, and either Kafka's jars are there or Maven can fetch them. It fetches
// nothing. The error says what is missing: [ErrNoJava], [ErrNoMaven].
func Available(ctx context.Context, o Options) error {
	o.Dir = "." // not used
	if err := o.defaults(); err != nil {
		return err
	}
	if _, err := findJava(ctx, o.JavaHome); err != nil {
		return err
	}
	if o.KafkaHome != "" {
		_, err := kafkaLibs(ctx, o.KafkaHome, "", nil)
		return err
	}
	if there(filepath.Join(o.CacheDir, kafkaCache)) && (o.NoRegistry || there(filepath.Join(o.CacheDir, apicurioCache))) {
		return nil
	}
	_, err := findMaven()
	return err
}

// Prepare finds Java, fetches what is not in the cache yet and makes the
// class-data archives, so that a later [Up] is quick.
func Prepare(ctx context.Context, o Options) error {
	o.Dir = "."
	if err := o.defaults(); err != nil {
		return err
	}
	_, err := o.install(ctx)
	return err
}

func (o *Options) install(ctx context.Context) (kafka, error) {
	var k kafka
	var err error
	if k.java, err = findJava(ctx, o.JavaHome); err != nil {
		return k, err
	}
	group, ctx := errgroup.WithContext(ctx)
	brokers, registry := k, k // each works on its own, side by side
	group.Go(func() (err error) {
		if brokers.libs, err = kafkaLibs(ctx, o.KafkaHome, o.CacheDir, o.Progress); err != nil {
			return err
		}
		if brokers.classpath, err = jars(brokers.libs); err != nil {
			return err
		}
		brokers.archive = brokers.kafkaArchive(ctx, o)
		return ctx.Err()
	})
	if !o.NoRegistry {
		group.Go(func() (err error) {
			if registry.registry, err = apicurioHome(ctx, o.CacheDir, o.Progress); err != nil {
				return err
			}
			registry.regArch = registry.registryArchive(ctx, o)
			return ctx.Err()
		})
	}
	err = group.Wait()
	brokers.registry, brokers.regArch = registry.registry, registry.regArch
	return brokers, err
}
