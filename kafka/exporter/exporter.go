package exporter

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// The bounds where [Options] give none.
const (
	DefaultMaxPartitions      = 20_000
	DefaultMaxGroups          = 2_000
	DefaultMaxGroupPartitions = 20_000
	DefaultMaxAge             = time.Minute
)

// The limits of the HTTP side.
const (
	inFlight      = 4                // scrapes at a time: more are refused with 503
	scrapeLimit   = 20 * time.Second // for one
	headerLimit   = 5 * time.Second
	idleLimit     = time.Minute
	maxHeader     = 16 << 10
	shutdownGrace = 5 * time.Second // for scrapes that run when the server ends
)

// Options bound what is shown. The zero value is fine.
type Options struct {
	// Topics and Groups are the names that get series of their own; nil: all.
	// The sums for the cluster count everything all the same.
	Topics, Groups *regexp.Regexp

	MaxPartitions      int // partitions with series; 0: [DefaultMaxPartitions]
	MaxGroups          int // groups with series; 0: [DefaultMaxGroups]
	MaxGroupPartitions int // pairs of group and partition with series; 0: [DefaultMaxGroupPartitions]

	// MaxAge is how old a read may be that is shown, and with which the
	// exporter counts as healthy; 0: [DefaultMaxAge].
	MaxAge time.Duration
	Clock  func() time.Time // nil: time.Now
}

func shows(only *regexp.Regexp, name string) bool {
	return only == nil || only.MatchString(name)
}

// Exporter serves one cluster's metrics.
type Exporter struct {
	collector *collector
	registry  *prometheus.Registry
}

// New makes an exporter of what source has. It reads nothing itself: whoever
// runs the poller has it watch [Scopes].
func New(source Source, opts Options) *Exporter {
	opts.MaxPartitions = cmp.Or(opts.MaxPartitions, DefaultMaxPartitions)
	opts.MaxGroups = cmp.Or(opts.MaxGroups, DefaultMaxGroups)
	opts.MaxGroupPartitions = cmp.Or(opts.MaxGroupPartitions, DefaultMaxGroupPartitions)
	opts.MaxAge = cmp.Or(opts.MaxAge, DefaultMaxAge)
	if opts.Clock == nil {
		opts.Clock = time.Now
	}
	e := &Exporter{collector: &collector{source, opts}, registry: prometheus.NewRegistry()}
	e.registry.MustRegister(e.collector, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return e
}

// Collector is the part that knows the cluster, for a registry of the caller's.
func (e *Exporter) Collector() prometheus.Collector { return e.collector }

// Handler serves /metrics, /healthz, and at / a line about the two.
func (e *Exporter) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(e.registry, promhttp.HandlerOpts{
		// One group with an impossible name must not hide all others.
		ErrorHandling:       promhttp.ContinueOnError,
		MaxRequestsInFlight: inFlight,
		Timeout:             scrapeLimit,
	}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := e.Healthy(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		fmt.Fprintln(w, "kconsole exporter: /metrics for Prometheus, /healthz")
	})
	return mux
}

// Healthy is nil while the cluster can be read; else it says why not.
func (e *Exporter) Healthy() error {
	topics := e.collector.source.Latest().Topics
	old := e.collector.opts.Clock().Sub(topics.At)
	switch {
	case topics.Ready() && old <= e.collector.opts.MaxAge:
		return nil
	case topics.Err != nil:
		return topics.Err
	case !topics.Ready():
		return errors.New("the cluster has not been read yet")
	default:
		return fmt.Errorf("the cluster was last read %s ago", old.Round(time.Second))
	}
}

// Serve answers on ln until ctx ends, lets scrapes that run come to their end,
// and closes ln.
func (e *Exporter) Serve(ctx context.Context, ln net.Listener) error {
	server := &http.Server{
		Handler:           e.Handler(),
		ReadHeaderTimeout: headerLimit,
		WriteTimeout:      scrapeLimit + headerLimit,
		IdleTimeout:       idleLimit,
		MaxHeaderBytes:    maxHeader,
		ErrorLog:          log.New(io.Discard, "", 0), // a scraper that went away is no news
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ln) }()
	select {
	case err := <-ended:
		return fmt.Errorf("the exporter cannot go on answering on %s: %w", ln.Addr(), err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownGrace)
	defer cancel()
	err := server.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = server.Close()
	}
	if ending := <-ended; !errors.Is(ending, http.ErrServerClosed) {
		err = errors.Join(err, ending)
	}
	return err
}
