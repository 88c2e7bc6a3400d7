package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"strings"
)

// The media types of the API, the preferred one first.
var mediaTypes = []string{
	"application/vnd.schemaregistry.v1+json",
	"application/vnd.schemaregistry+json",
	"application/json",
}

// call is one request on its way through a handler.
type call struct {
	ctx   context.Context
	req   *http.Request
	query url.Values
	who   *account
	// context is where subjects that name no context of their own are: set by
	// a path under /contexts/{context}.
	context string
	vars    []string // the path's variables, in order
	subject name     // the path's subject, where it has one
}

// rawText is an answer that is sent as it is, not as a JSON string.
type rawText string

// noContent is answered with 204.
type noContent struct{}

// ServeHTTP answers one request of the Confluent Schema Registry API.
func (r *Registry) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	ctx, cancel := context.WithTimeout(req.Context(), r.cfg.Limits.RequestTimeout)
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			r.cfg.Logger.Error("registry: a request failed badly", "method", req.Method, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			r.answerError(w, req, fail(codeStore, "the registry failed on this request: its log says how"))
		}
	}()
	who, signInErr := r.signIn(req)
	if signInErr != nil {
		r.answerError(w, req, signInErr)
		return
	}
	if err := acquire(ctx, r.serving); err != nil {
		r.answerError(w, req, asError(err))
		return
	}
	defer func() { <-r.serving }()
	req.Body = http.MaxBytesReader(w, req.Body, r.cfg.Limits.MaxBodyBytes)
	answer, err := r.serve(ctx, req, who)
	if err != nil {
		r.answerError(w, req, asError(err))
		return
	}
	switch v := answer.(type) {
	case noContent:
		w.WriteHeader(http.StatusNoContent)
	case rawText:
		r.answer(w, req, http.StatusOK, []byte(v))
	default:
		r.answerJSON(w, req, http.StatusOK, v)
	}
}

// serve finds the route, checks the rights, and runs the handler.
func (r *Registry) serve(ctx context.Context, req *http.Request, who *account) (any, error) {
	query, err := url.ParseQuery(req.URL.RawQuery)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "the query cannot be read: %s", oneLine(err.Error()))
	}
	c := &call{ctx: ctx, req: req, query: query, who: who, context: defaultContext}
	segments, err := splitPath(req.URL.EscapedPath())
	if err != nil {
		return nil, err
	}
	if segments, err = c.enterContext(segments); err != nil {
		return nil, err
	}
	rt, err := findRoute(req.Method, segments, c)
	if err != nil {
		return nil, err
	}
	if err := negotiate(req); err != nil {
		return nil, err
	}
	r.findSubject(c, rt)
	if err := c.allowed(rt); err != nil {
		return nil, err
	}
	return rt.handle(r, c)
}

// splitPath cuts an escaped path at its slashes and unescapes the parts, so
// that a subject may hold an escaped slash. A slash at the end is ignored.
func splitPath(escaped string) ([]string, error) {
	if len(escaped) > 4096 {
		return nil, fail(http.StatusRequestURITooLong, "the path is longer than 4096 bytes")
	}
	escaped = strings.TrimSuffix(strings.TrimPrefix(escaped, "/"), "/")
	if escaped == "" {
		return nil, nil
	}
	parts := strings.Split(escaped, "/")
	for i, p := range parts {
		s, err := url.PathUnescape(p)
		if err != nil {
			return nil, fail(http.StatusBadRequest, "the path cannot be read: %s", oneLine(err.Error()))
		}
		parts[i] = s
	}
	return parts, nil
}

// enterContext takes /contexts/{context} off a path that goes on behind it.
func (c *call) enterContext(segments []string) ([]string, error) {
	if len(segments) < 3 || segments[0] != "contexts" {
		return segments, nil
	}
	context, err := parseContext(segments[1])
	if err != nil {
		return nil, err
	}
	c.context = context
	return segments[2:], nil
}

// inContext reads a subject that a request names.
func (c *call) inContext(s string) name {
	if strings.HasPrefix(s, ":.") {
		return parseName(s)
	}
	return name{c.context, s}
}

// findSubject reads the subject of the path, and what it is an alias of.
func (r *Registry) findSubject(c *call, rt *route) {
	c.subject = name{context: c.context}
	if !rt.onSubject() {
		return
	}
	c.subject = c.inContext(c.vars[0])
	if !rt.aliased() {
		return
	}
	r.store.view(func(st *state) {
		if alias := st.settings[c.subject.String()].Alias; alias != "" {
			c.subject = c.subject.within(alias)
		}
	})
}

// allowed checks the caller's rights for the route.
func (c *call) allowed(rt *route) error {
	needs := rt.needs
	if needs == Write && c.flag("permanent") {
		needs = Admin
	}
	switch {
	case needs == NoRights:
		return nil
	case rt.filtered:
		if !c.who.mayAnything(needs) {
			return c.who.forbidden(needs, "some subject")
		}
	case !c.who.may(needs, c.subject):
		what := "subject '" + clip(c.subject.String(), 128) + "'"
		if c.subject.isContext() {
			what = "context '" + clip(c.subject.context, 128) + "'"
		}
		return c.who.forbidden(needs, what)
	}
	return nil
}

// negotiate refuses media types that the API does not have, as Confluent's
// server does; curl -d without a header sends one of those.
func negotiate(req *http.Request) error {
	if _, ok := acceptable(req); !ok {
		return fail(http.StatusNotAcceptable, "the registry answers in %s only", mediaTypes[0])
	}
	if req.Method != http.MethodPost && req.Method != http.MethodPut {
		return nil
	}
	ct, _, _ := strings.Cut(req.Header.Get("Content-Type"), ";")
	ct = strings.ToLower(strings.TrimSpace(ct))
	switch ct {
	case "", "application/octet-stream":
		return nil
	}
	for _, m := range mediaTypes {
		if ct == m {
			return nil
		}
	}
	return fail(http.StatusUnsupportedMediaType, "content type '%s' is not supported: send %s", clip(ct, 64), mediaTypes[0])
}

// acceptable picks the media type of the answer.
func acceptable(req *http.Request) (string, bool) {
	accept := strings.ToLower(strings.Join(req.Header.Values("Accept"), ","))
	if strings.TrimSpace(accept) == "" {
		return mediaTypes[0], true
	}
	for part := range strings.SplitSeq(accept, ",") {
		t, _, _ := strings.Cut(part, ";")
		t = strings.TrimSpace(t)
		if t == "*/*" || t == "application/*" {
			return mediaTypes[0], true
		}
		for _, m := range mediaTypes {
			if t == m {
				return m, true
			}
		}
	}
	return mediaTypes[0], false
}

// body reads the request's body into v.
func (c *call) body(v any) error {
	var buf bytes.Buffer
	if n := c.req.ContentLength; n > 0 && n <= 1<<20 {
		buf.Grow(int(n) + bytes.MinRead)
	}
	_, err := buf.ReadFrom(c.req.Body)
	b := buf.Bytes()
	if err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return err
		}
		return fail(http.StatusBadRequest, "the request body did not arrive whole")
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return fail(http.StatusUnprocessableEntity, "the request needs a body")
	}
	if err := checkText(b, 64); err != nil {
		return fail(http.StatusBadRequest, "the request body cannot be read: %s", err)
	}
	if err := json.Unmarshal(b, v); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return fail(http.StatusBadRequest, "the request body's %s cannot be %s: %s is expected", orRoot(wrong.Field), article(wrong.Value), wrong.Type)
		}
		return fail(http.StatusBadRequest, "the request body is not valid JSON: %s", clip(oneLine(err.Error()), 200))
	}
	if bytes.Equal(bytes.TrimSpace(b), []byte("null")) {
		return fail(http.StatusUnprocessableEntity, "the request needs a body")
	}
	return nil
}

func orRoot(field string) string {
	if field == "" {
		return "value"
	}
	return "'" + field + "'"
}

func article(what string) string {
	if strings.ContainsAny(what[:1], "aeiou") {
		return "an " + what
	}
	return "a " + what
}

// flag reads a boolean of the query; everything but "true" is false.
func (c *call) flag(key string) bool { return strings.EqualFold(c.query.Get(key), "true") }

// number reads an integer of the query.
func (c *call) number(key string, def int) (int, error) {
	s := c.query.Get(key)
	if s == "" {
		return def, nil
	}
	v, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, fail(http.StatusNotFound, "%s must be a whole number: got '%s'", key, clip(s, 64))
	}
	return int(v), nil
}

// page is the part of a list that offset and limit ask for.
type page struct{ offset, limit int }

func (c *call) page() (page, error) {
	offset, err := c.number("offset", 0)
	if err != nil {
		return page{}, err
	}
	limit, err := c.number("limit", -1)
	if err == nil && offset < 0 {
		err = fail(http.StatusBadRequest, "offset must not be negative")
	}
	return page{offset, limit}, err
}

// holds reports whether the page has a list's i-th element.
func (p page) holds(i int) bool { return i >= p.offset && (p.limit < 0 || i-p.offset < p.limit) }

// cut returns the page of a list; never nil, so that it is answered as [].
func cut[T any](p page, list []T) []T {
	out := []T{}
	for i, v := range list {
		if p.holds(i) {
			out = append(out, v)
		}
	}
	return out
}

func (r *Registry) answerJSON(w http.ResponseWriter, req *http.Request, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		r.cfg.Logger.Error("registry: an answer cannot be written", "err", err)
		status, b = http.StatusInternalServerError, []byte(`{"error_code":50001,"message":"the answer cannot be written"}`)
	}
	r.answer(w, req, status, b)
}

func (r *Registry) answer(w http.ResponseWriter, req *http.Request, status int, b []byte) {
	mediaType, _ := acceptable(req)
	w.Header().Set("Content-Type", mediaType)
	w.Header().Set("Content-Length", strconv.Itoa(len(b)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_, _ = w.Write(b) // a client that went away is no fault of ours
}

// errorBody is the answer to a request that failed.
type errorBody struct {
	Code    int    `json:"error_code"`
	Message string `json:"message"`
}

func (r *Registry) answerError(w http.ResponseWriter, req *http.Request, e *Error) {
	switch e.Status {
	case http.StatusUnauthorized:
		w.Header().Set("WWW-Authenticate", `Basic realm="schema registry", charset="UTF-8"`)
	case http.StatusMethodNotAllowed:
		w.Header().Set("Allow", allowedMethods(req))
	case http.StatusInternalServerError:
		r.cfg.Logger.Warn("registry: answered with a server error", "method", req.Method, "code", e.Code, "err", e.Message)
	}
	r.answerJSON(w, req, e.Status, errorBody{e.Code, oneLine(e.Message)})
}
