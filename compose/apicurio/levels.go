package apicurio

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// levels answers for the compatibility levels of subjects as Confluent's
// registry does. Apicurio's own /config/{subject} says NONE of a subject that has
// no level, although it holds it to the registry's, and takes NONE for the wish
// to have none. Apicurio's rules (in its own API, v2) know the difference.
type levels struct {
	client  *http.Client
	backend string       // host:port of Apicurio's TLS port
	next    http.Handler // Apicurio
}

const (
	noLevel = "NONE"
	// Confluent's codes for a subject without a level of its own: one for reading,
	// one for unsetting it.
	codeNoLevel  = 40408
	codeNotThere = 40401
)

// rule is a rule of an artifact in Apicurio's API, or an error there.
type rule struct {
	Type   string `json:"type,omitempty"`
	Config string `json:"config,omitempty"`
	Name   string `json:"name,omitempty"` // of an error
}

// compatibility is the type of the rule that holds a level.
const compatibility = "COMPATIBILITY"

// get answers GET /config/{subject}.
func (l *levels) get(w http.ResponseWriter, r *http.Request) {
	status, has, err := l.ask(r, http.MethodGet, "/"+compatibility, nil)
	switch {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, silent)
	case status == http.StatusOK:
		reply(w, status, map[string]string{"compatibilityLevel": has.Config})
	case status != http.StatusNotFound:
		l.next.ServeHTTP(w, r)
	case r.URL.Query().Get("defaultToGlobal") == "true":
		r.URL.Path, r.URL.RawPath, r.URL.RawQuery = "/config", "", ""
		l.next.ServeHTTP(w, r)
	default:
		refuseAs(w, status, codeNoLevel, fmt.Sprintf("Subject '%s' does not have subject-level compatibility configured", r.PathValue("subject")))
	}
}

// put answers PUT /config/{subject}: NONE itself, and Apicurio all else.
func (l *levels) put(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		refuse(w, http.StatusRequestEntityTooLarge, err.Error())
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	var wish struct{ Compatibility string }
	if json.Unmarshal(body, &wish) != nil || wish.Compatibility != noLevel {
		l.next.ServeHTTP(w, r)
		return
	}
	none := &rule{Type: compatibility, Config: noLevel}
	status, said, err := l.ask(r, http.MethodPut, "/"+compatibility, none)
	if err == nil && status == http.StatusNotFound && said.Name == "RuleNotFoundException" {
		status, _, err = l.ask(r, http.MethodPost, "", none)
	}
	switch {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, silent)
	case status/100 == 2:
		reply(w, http.StatusOK, map[string]string{"compatibility": noLevel})
	default:
		l.next.ServeHTTP(w, r) // and Apicurio says what is wrong
	}
}

// unset answers DELETE /config/{subject}.
func (l *levels) unset(w http.ResponseWriter, r *http.Request) {
	status, had, err := l.ask(r, http.MethodGet, "/"+compatibility, nil)
	if err == nil && status == http.StatusOK {
		status, _, err = l.ask(r, http.MethodDelete, "/"+compatibility, nil)
	}
	switch {
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, silent)
	case status/100 == 2:
		reply(w, http.StatusOK, map[string]string{"compatibilityLevel": had.Config})
	case status == http.StatusNotFound:
		refuseAs(w, status, codeNotThere, fmt.Sprintf("Subject '%s' does not have subject-level compatibility configured", r.PathValue("subject")))
	default:
		l.next.ServeHTTP(w, r)
	}
}

// ask sends a request about the rules of the subject that r is about, as the user
// that r is from.
func (l *levels) ask(r *http.Request, method, path string, body *rule) (status int, answer rule, err error) {
	ctx, cancel := context.WithTimeout(r.Context(), answerLimit)
	defer cancel()
	var sent io.Reader = http.NoBody
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return 0, rule{}, err
		}
		sent = bytes.NewReader(raw)
	}
	at := "https://" + l.backend + "/apis/registry/v2/groups/default/artifacts/" + url.PathEscape(r.PathValue("subject")) + "/rules" + path
	req, err := http.NewRequestWithContext(ctx, method, at, sent)
	if err != nil {
		return 0, rule{}, err
	}
	req.Header.Set("Authorization", r.Header.Get("Authorization"))
	req.Header.Set("Content-Type", "application/json")
	res, err := l.client.Do(req)
	if err != nil {
		return 0, rule{}, err
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxHeader))
	if err != nil {
		return 0, rule{}, err
	}
	_ = json.Unmarshal(raw, &answer) // some answers have no body, and the status says enough
	return res.StatusCode, answer, nil
}
