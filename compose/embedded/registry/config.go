package registry

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config says how a registry runs. The zero value is a registry in memory on a
// free loopback port, over plain HTTP, open to everybody who can reach it.
type Config struct {
	// Addr is the address to listen on; "" means "127.0.0.1:0". Only [Start]
	// uses it.
	Addr string
	// TLS makes the listener speak HTTPS; nil is plain HTTP. It needs a
	// certificate, or GetCertificate, which is asked anew for each connection.
	TLS *tls.Config
	// Dir holds the log. It is made when missing and belongs to one registry at
	// a time, which a lock file enforces. "" keeps everything in memory.
	Dir string
	// Users may sign in with basic authentication. With none the registry is
	// open: nobody is asked for a name.
	Users []User
	// Level is the compatibility level of a registry whose level was never set;
	// "" means BACKWARD, as in Confluent's.
	Level Level
	// Mode is the mode of a registry whose mode was never set; "" means READWRITE.
	Mode Mode
	// ClusterID is what GET /v1/metadata/id reports as the Kafka cluster.
	ClusterID string
	// Logger gets one line for each change and each server fault; nil is silent.
	// Schema text, passwords and request bodies are never logged.
	Logger *slog.Logger
	// Limits bound what clients can make the registry hold or do.
	Limits Limits
}

// Limits bound memory and time. A zero field takes its default.
type Limits struct {
	// MaxBodyBytes is the largest request body; 1 MiB. More is answered with 413.
	MaxBodyBytes int64
	// MaxSchemaBytes is the longest schema text; 128 KiB. More is answered with
	// 422 and error code 42209. Parsing takes up to about 200 times this
	// in memory, most of it for a moment.
	MaxSchemaBytes int
	// MaxDepth is how deep a schema's brackets may nest; 256.
	MaxDepth int
	// MaxStoreBytes bounds the text of everything stored; 24 MiB. Beyond it
	// changes are answered with 500 and error code 50001.
	MaxStoreBytes int64
	// MaxConns is the number of connections served at once; 256. Further ones
	// wait in the listener's queue.
	MaxConns int
	// RequestTimeout bounds the work on one request, waiting included; 10 s.
	// What takes longer is answered with 500 and error code 50002.
	RequestTimeout time.Duration
}

func (l Limits) withDefaults() Limits {
	setDefault(&l.MaxBodyBytes, 1<<20)
	setDefault(&l.MaxSchemaBytes, 128<<10)
	setDefault(&l.MaxDepth, 256)
	setDefault(&l.MaxStoreBytes, 24<<20)
	setDefault(&l.MaxConns, 256)
	setDefault(&l.RequestTimeout, 10*time.Second)
	return l
}

func setDefault[T int | int64 | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// withDefaults fills what was left out and refuses what cannot work.
func (c Config) withDefaults() (Config, error) {
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	if c.Level == "" {
		c.Level = Backward
	}
	if _, ok := parseLevel(string(c.Level)); !ok {
		return c, fmt.Errorf("registry: unknown compatibility level %q: use one of %s", c.Level, levelNames)
	}
	if c.Mode == "" {
		c.Mode = ReadWrite
	}
	if _, ok := parseMode(string(c.Mode)); !ok {
		return c, fmt.Errorf("registry: unknown mode %q: use one of %s", c.Mode, modeNames)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.ClusterID == "" {
		c.ClusterID = "embedded"
	}
	seen := map[string]bool{}
	for _, u := range c.Users {
		if u.Name == "" {
			return c, errors.New("registry: a user without a name: give each user one")
		}
		if seen[u.Name] {
			return c, fmt.Errorf("registry: user %q is listed twice", u.Name)
		}
		seen[u.Name] = true
	}
	c.Limits = c.Limits.withDefaults()
	return c, nil
}
