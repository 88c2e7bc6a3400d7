package registrytest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// compare says what of an answer is not as wanted; nil when all is.
func (r *groupRun) compare(want Want, d *Difference, got answer) error {
	if got.status != want.Status {
		return fmt.Errorf("status %d, want %d", got.status, want.Status)
	}
	if want.Status == http.StatusNoContent {
		if len(got.body) != 0 {
			return fmt.Errorf("a 204 with a body")
		}
		return nil
	}
	if ct := got.contentType; d == nil && !strings.HasPrefix(ct, "application/vnd.schemaregistry") && !strings.HasPrefix(ct, "application/json") {
		return fmt.Errorf("content type %q", ct)
	}
	if want.Status >= 400 {
		return compareError(want, d, got.json)
	}
	if want.Text != "" {
		text, err := r.fill(want.Text)
		if err != nil {
			return err
		}
		if strings.TrimSpace(string(got.body)) != text {
			return fmt.Errorf("body %s, want %s", clip(string(got.body)), text)
		}
	}
	if want.JSON == nil {
		return nil
	}
	if got.jsonErr != nil {
		return fmt.Errorf("the body is not JSON: %w", got.jsonErr)
	}
	wanted, err := r.fillValue(want.JSON)
	if err != nil {
		return err
	}
	return match("", r.text(wanted), got.json)
}

// compareError checks that an error has the API's shape, and its code.
func compareError(want Want, d *Difference, decoded any) error {
	m, ok := decoded.(map[string]any)
	if !ok {
		if d != nil && want.Code == 0 {
			return nil
		}
		return fmt.Errorf("an error without a JSON body")
	}
	message, ok := m["message"].(string)
	code, isNumber := m["error_code"].(float64)
	if want.Code != 0 && (!ok || !isNumber || int(code) != want.Code) {
		return fmt.Errorf("error_code %v, want %d (%q)", m["error_code"], want.Code, message)
	}
	if d == nil && message == "" {
		return fmt.Errorf("an error without a message")
	}
	if !strings.Contains(strings.ToLower(message), strings.ToLower(want.Says)) {
		return fmt.Errorf("message %q, want it to say %q", message, want.Says)
	}
	return nil
}

// text replaces the names of schemas by their text.
func (r *groupRun) text(v any) any {
	switch v := v.(type) {
	case string:
		if s, ok := r.table.Schemas[strings.TrimPrefix(v, "$")]; ok && strings.HasPrefix(v, "$") {
			return s
		}
	case map[string]any:
		for k := range v {
			v[k] = r.text(v[k])
		}
	case []any:
		for i := range v {
			v[i] = r.text(v[i])
		}
	}
	return v
}

var guid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// match says where a value is not as wanted.
func match(at string, want, got any) error {
	switch w := want.(type) {
	case string:
		if ok, known := wildcard(w, got); known {
			if !ok {
				return fmt.Errorf("%s is %s, want %s", where(at), show(got), w)
			}
			return nil
		}
	case map[string]any:
		for key, elements := range w {
			if key == "<has>" || key == "<lacks>" {
				if err := matchElements(at, key == "<has>", elements, got); err != nil {
					return err
				}
				continue
			}
			g, ok := got.(map[string]any)
			if !ok {
				return fmt.Errorf("%s is %s, want an object", where(at), show(got))
			}
			v, there := g[key]
			if elements == "<absent>" {
				if there {
					return fmt.Errorf("%s.%s is there: %s", at, key, show(v))
				}
				continue
			}
			if !there {
				return fmt.Errorf("%s.%s is missing in %s", at, key, show(got))
			}
			if err := match(at+"."+key, elements, v); err != nil {
				return err
			}
		}
		return nil
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Errorf("%s is %s, want %s", where(at), show(got), show(want))
		}
		for i := range w {
			if err := match(fmt.Sprintf("%s[%d]", at, i), w[i], g[i]); err != nil {
				return err
			}
		}
		return nil
	}
	if !reflect.DeepEqual(plain(want), plain(got)) {
		return fmt.Errorf("%s is %s, want %s", where(at), show(got), show(want))
	}
	return nil
}

func wildcard(w string, got any) (ok, known bool) {
	s, isString := got.(string)
	switch w {
	case "<any>":
		return true, true
	case "<int>":
		n, isNumber := got.(float64)
		return isNumber && n == float64(int64(n)), true
	case "<string>":
		return isString && s != "", true
	case "<guid>":
		return guid.MatchString(s), true
	}
	if sub, found := strings.CutPrefix(w, "<contains> "); found {
		return isString && strings.Contains(s, sub), true
	}
	return false, false
}

func matchElements(at string, has bool, elements, got any) error {
	g, ok := got.([]any)
	list, _ := elements.([]any)
	if !ok {
		return fmt.Errorf("%s is %s, want a list", where(at), show(got))
	}
	for _, e := range list {
		found := slices.ContainsFunc(g, func(x any) bool { return match(at, e, x) == nil })
		if found != has {
			return fmt.Errorf("%s is %s: has %s = %v, want %v", where(at), show(got), show(e), found, has)
		}
	}
	return nil
}

// plain makes numbers of all kinds comparable.
func plain(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		return v
	}
	var out any
	_ = json.Unmarshal(b, &out) // just marshalled
	return out
}

func where(at string) string {
	if at == "" {
		return "the body"
	}
	return at
}

func show(v any) string {
	b, _ := json.Marshal(v)
	return clip(string(b))
}
