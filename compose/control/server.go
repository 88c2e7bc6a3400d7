package control

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"kconsole/compose"
)

// Server answers for one stack. Close it before the stack.
type Server struct {
	stack compose.Stack
	dir   string
	token string
	http  *http.Server
	done  chan struct{} // closed when Serve has returned

	downOnce sync.Once
	down     chan struct{}
}

// Serve listens on a free loopback port and writes [FileName] into dir.
func Serve(dir string, stack compose.Stack) (*Server, error) {
	var lc net.ListenConfig
	ln, err := lc.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		stack: stack, dir: dir, token: rand.Text(),
		done: make(chan struct{}), down: make(chan struct{}),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/ping", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /v1/brokers", s.brokers)
	mux.HandleFunc("POST /v1/brokers/{id}/{action}", s.act)
	mux.HandleFunc("POST /v1/brokers/{id}/faults/{what}", s.fault)
	mux.HandleFunc("GET /v1/brokers/{id}/logs", s.logs)
	mux.HandleFunc("GET /v1/usage", s.usage)
	mux.HandleFunc("GET /v1/events", s.events)
	mux.HandleFunc("POST /v1/down", s.askDown)
	base, cancel := context.WithCancel(context.Background())
	s.http = &http.Server{
		Handler:           s.guard(mux),
		ReadHeaderTimeout: 10 * time.Second,
		MaxHeaderBytes:    16 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	s.http.RegisterOnShutdown(cancel) // ends the streams, which would hold a shutdown up
	info := Info{Addr: ln.Addr().String(), Token: s.token, PID: os.Getpid(), Started: time.Now(), Runtime: stack.Runtime()}
	if err := writeInfo(dir, info); err != nil {
		cancel()
		return nil, errors.Join(err, ln.Close())
	}
	go func() {
		defer close(s.done)
		_ = s.http.Serve(ln) // always ErrServerClosed: Close is the only way out
	}()
	return s, nil
}

// Down is closed when a client asked that the stack be taken down.
func (s *Server) Down() <-chan struct{} { return s.down }

// Close stops listening and removes the control file.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	err := s.http.Shutdown(ctx)
	if err != nil {
		err = s.http.Close()
	}
	<-s.done
	return errors.Join(err, os.Remove(filepath.Join(s.dir, FileName)))
}

func (s *Server) guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		if subtle.ConstantTimeCompare([]byte(got), []byte(s.token)) != 1 {
			http.Error(w, "the token is wrong", http.StatusUnauthorized)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

func (s *Server) brokers(w http.ResponseWriter, r *http.Request) {
	list, err := s.stack.Brokers(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	answer(w, list)
}

func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	actions := map[string]func(context.Context, int32) error{
		"stop": s.stack.Stop, "start": s.stack.Start, "kill": s.stack.Kill,
		"pause": s.stack.Pause, "resume": s.stack.Resume,
	}
	do, known := actions[r.PathValue("action")]
	id, err := brokerID(r)
	switch {
	case !known:
		http.NotFound(w, r)
	case err != nil:
		refuse(w, err)
	default:
		if err := do(r.Context(), id); err != nil {
			refuse(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}
}

func brokerID(r *http.Request) (int32, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 32)
	if err != nil {
		return 0, compose.ErrNoBroker
	}
	return int32(id), nil
}

func (s *Server) logs(w http.ResponseWriter, r *http.Request) {
	id, err := brokerID(r)
	if err != nil {
		refuse(w, err)
		return
	}
	tail, err := strconv.Atoi(r.URL.Query().Get("tail"))
	if err != nil {
		tail = -1
	}
	rc, err := s.stack.Logs(r.Context(), id, tail, r.URL.Query().Get("follow") == "true")
	if err != nil {
		refuse(w, err)
		return
	}
	defer rc.Close()
	w.WriteHeader(http.StatusOK)
	_ = http.NewResponseController(w).Flush() // the first line may be long in coming
	_, _ = io.Copy(flushing{w}, rc)           // ends with the log or with the reader
}

func (s *Server) events(w http.ResponseWriter, r *http.Request) {
	events, err := s.stack.Events(r.Context())
	if err != nil {
		refuse(w, err)
		return
	}
	w.WriteHeader(http.StatusOK)
	out := flushing{w}
	_ = http.NewResponseController(w).Flush()
	enc := json.NewEncoder(out)
	for {
		select {
		case <-r.Context().Done():
			return
		case e, open := <-events:
			if !open || enc.Encode(e) != nil {
				return
			}
		}
	}
}

func (s *Server) askDown(w http.ResponseWriter, _ *http.Request) {
	s.downOnce.Do(func() { close(s.down) })
	w.WriteHeader(http.StatusAccepted)
}

// flushing sends each write on at once: logs and events are watched live.
type flushing struct{ w http.ResponseWriter }

func (f flushing) Write(p []byte) (int, error) {
	n, err := f.w.Write(p)
	if err == nil {
		err = http.NewResponseController(f.w).Flush()
	}
	return n, err
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the reader went away: nobody to tell
}

func refuse(w http.ResponseWriter, err error) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusConflict)
	_ = json.NewEncoder(w).Encode(problemOf(err))
}
