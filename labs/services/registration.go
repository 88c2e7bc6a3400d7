package services

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"time"

	"kconsole/kafka"
)

// User is who registers.
type User struct {
	ID         string    `json:"id"`
	Email      string    `json:"email"`
	Name       string    `json:"name"`
	Country    string    `json:"country"`
	Newsletter bool      `json:"newsletter"`
	Referrer   *string   `json:"referrer"`
	Registered time.Time `json:"registered"`
}

// NewUsers makes up users. The same seed gives the same ones, but for the time.
func NewUsers(seed uint64, n int) []User {
	shop, out := newShop(seed), make([]User, n)
	for i := range out {
		r := shop.registration(time.Now().UTC().Truncate(time.Millisecond))
		out[i] = User(r)
	}
	return out
}

// RegistrationConfig says what a [Registration] is called.
type RegistrationConfig struct {
	// Name makes the names of the topic user-registered, of the services and
	// their groups mail, profile and audit, and of the synchronous door web.
	Name       func(string) string
	Partitions int32 // of the topic, if it is missing; default 3
}

// Registration is the registration of users, built twice over the same three
// services: the form that calls one after the other over HTTP and then replies,
// and the form that publishes an event and replies. A slow or paused service is
// slow or paused for both.
type Registration struct {
	Mail, Profile, Audit *Service
	// Topic has the events, with the schema of subject Topic-value.
	Topic string
	// Database has a table for each effect: users, mail, profile, audit; a user
	// that was registered has one row in each, sooner or later.
	Database *Database

	m      *Manager
	web    *Service
	addr   string
	client *http.Client
	once   sync.Once
}

// Reply is how long a registration took until the user had an answer.
type Reply struct {
	Took  time.Duration `json:"took_ns"`
	Calls []Call        `json:"calls"` // what the user waited for, in order
}

// Call is one thing that a registration waited for.
type Call struct {
	Name string        `json:"name"` // save, mail, profile, audit, publish
	Took time.Duration `json:"took_ns"`
}

// callTimeout is how long the synchronous form waits for a service.
const callTimeout = 10 * time.Second

// StartRegistration makes the topic, registers its schema, and starts the
// services. [Registration.Close] ends them.
func (m *Manager) StartRegistration(ctx context.Context, cfg RegistrationConfig) (*Registration, error) {
	r := &Registration{m: m, Topic: cfg.Name("user-registered"), client: &http.Client{Timeout: callTimeout, Transport: &http.Transport{}}}
	if err := m.Agree(ctx, Contract{Topic: r.Topic, Partitions: cfg.Partitions, Schema: registrationSchema}); err != nil {
		return nil, err
	}
	var err error
	if r.Database, err = OpenDatabase(ctx, ""); err != nil {
		return nil, err
	}
	m.own(r)
	if err := r.start(ctx, cfg); err != nil {
		r.Close(ctx)
		return nil, err
	}
	return r, nil
}

func (r *Registration) start(ctx context.Context, cfg RegistrationConfig) error {
	door := http.NewServeMux()
	for _, one := range []struct {
		name, about string
		into        **Service
	}{
		{"mail", "welcomes a new user by mail", &r.Mail},
		{"profile", "makes a new user's profile", &r.Profile},
		{"audit", "keeps a record of who registered", &r.Audit},
	} {
		s, err := r.m.StartSink(ctx, Sink{
			Consumer: Consumer{
				Name: cfg.Name(one.name), About: one.about, Topics: []string{r.Topic}, MaxPollRecords: 1, Idempotent: true,
			},
			Database: r.Database, Table: one.name,
		})
		if err != nil {
			return err
		}
		*one.into = s
		door.HandleFunc("POST /"+one.name, r.serve(s, one.name))
	}
	if err := r.Database.Table(ctx, "users"); err != nil {
		return err
	}
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("the door of the registration services: %w", err)
	}
	r.addr = "http://" + l.Addr().String()
	r.web, err = r.m.StartTask(cfg.Name("web"), "lets mail, profile and audit be called over HTTP", func(ctx context.Context) error {
		return serve(ctx, l, door)
	})
	if err != nil {
		l.Close()
	}
	return err
}

// serve answers until ctx ends.
func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	server := &http.Server{Handler: h, ReadHeaderTimeout: callTimeout, BaseContext: func(net.Listener) context.Context { return ctx }}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// serve is a service's work for the synchronous form: the same that it does for
// an event, as slow, and not while it is paused.
func (r *Registration) serve(s *Service, table string) http.HandlerFunc {
	return func(w http.ResponseWriter, req *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, 1<<20))
		if err == nil {
			err = s.Wait(req.Context(), func(st Status) bool { return !st.Switches.Paused })
		}
		if err == nil && !sleep(req.Context(), s.switches().Slow) {
			err = req.Context().Err()
		}
		if err == nil {
			err = r.Database.Insert(req.Context(), table, req.Header.Get("Event-Id"), "http", string(body), true)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	}
}

// RegisterSync saves the user and calls mail, profile and audit, each when the
// one before has answered. The reply counts what was done, also if one fails.
func (r *Registration) RegisterSync(ctx context.Context, u User) (Reply, error) {
	return r.timed(ctx, u, "mail", "profile", "audit")
}

// RegisterEvent saves the user and publishes UserRegistered, keyed by the user's
// id; mail, profile and audit take it from the topic when they come to it.
func (r *Registration) RegisterEvent(ctx context.Context, u User) (Reply, error) {
	return r.timed(ctx, u, "publish")
}

func (r *Registration) timed(ctx context.Context, u User, calls ...string) (reply Reply, err error) {
	start := time.Now()
	defer func() { reply.Took = time.Since(start) }()
	text, err := json.Marshal(u)
	if err != nil {
		return reply, fmt.Errorf("register %s: %w", u.ID, err)
	}
	for _, name := range append([]string{"save"}, calls...) {
		begin := time.Now()
		switch name {
		case "save":
			err = r.Database.Insert(ctx, "users", u.ID, "form", string(text), false)
		case "publish":
			_, err = r.m.publish(ctx, r.web.Name(), Event{Topic: r.Topic, Key: u.ID, ID: u.ID, Value: u})
		default:
			err = r.call(ctx, name, u.ID, text)
		}
		reply.Calls = append(reply.Calls, Call{Name: name, Took: time.Since(begin)})
		if err != nil {
			return reply, err
		}
	}
	return reply, nil
}

func (r *Registration) call(ctx context.Context, service, id string, body []byte) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.addr+"/"+service, bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("call %s: %w", service, err)
	}
	req.Header.Set("Event-Id", id)
	failed := func(why string, err error) error {
		return &kafka.Error{What: "the registration failed at " + service, Why: why, Kind: kafka.Unreachable, Err: err}
	}
	resp, err := r.client.Do(req)
	if err != nil {
		return failed(fmt.Sprintf("the service gave no answer within %s", callTimeout), err)
	}
	defer resp.Body.Close()
	answer, _ := io.ReadAll(io.LimitReader(resp.Body, 1<<10))
	if resp.StatusCode != http.StatusOK {
		return failed(string(bytes.TrimSpace(answer)), nil)
	}
	return nil
}

// Close stops the services and closes the database. The topic stays.
func (r *Registration) Close(ctx context.Context) {
	r.once.Do(func() {
		var names []string
		for _, s := range []*Service{r.web, r.Mail, r.Profile, r.Audit} {
			if s != nil {
				names = append(names, s.Name())
			}
		}
		_ = r.m.Stop(ctx, names...)
		r.client.CloseIdleConnections()
		_ = r.Database.Close()
	})
}
