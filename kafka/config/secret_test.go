package config

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// holder has a secret everywhere a program might put one.
type holder struct {
	Public  Secret
	private Secret
	pointer *Secret
	list    []Secret
	dict    map[string]Secret
	cluster Cluster
	any     any
}

func newHolder(value string) holder {
	s := NewSecret(value)
	return holder{
		Public: s, private: s, pointer: &s, list: []Secret{s}, dict: map[string]Secret{"k": s}, any: s,
		cluster: Cluster{SASL: &SASL{Password: s}, Registry: &Registry{Password: s}},
	}
}

func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "hunter2"
	s, h := NewSecret(value), newHolder(value)
	var out bytes.Buffer
	for _, v := range []any{s, &s, h, &h, h.cluster, *h.cluster.SASL, h.list, h.dict, Config{Clusters: map[string]Cluster{"a": h.cluster}}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%p", "%T", "%10s", "%-3.2s", "%w"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		fmt.Fprintln(&out, v)
		for _, marshal := range []func(any) ([]byte, error){
			json.Marshal, yaml.Marshal, xml.Marshal,
			func(v any) ([]byte, error) {
				var b bytes.Buffer
				err := gob.NewEncoder(&b).Encode(v)
				return b.Bytes(), err
			},
		} {
			text, err := marshal(v) // an error is fine; it must not hold the value either
			fmt.Fprintf(&out, "%s %v\n", text, err)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "v", v, slog.Any("g", v))
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "v", v)
		fmt.Fprintln(&out, fmt.Errorf("wrapped: %v", v), errors.Join(fmt.Errorf("%v", v)))
	}
	// The value also in hexadecimal, decimal bytes and base64.
	for _, form := range []string{value, "68756e74657232", "68 75 6e", "104 117", "aHVudGVyMg"} {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(form)) {
			t.Errorf("output holds the secret as %q", form)
		}
	}
	if !strings.Contains(out.String(), `"Public":"***"`) {
		t.Error("JSON does not show that there is a secret")
	}
}

func TestSecretForms(t *testing.T) {
	s := NewSecret("x")
	for got, want := range map[string]string{
		fmt.Sprint(s): "***", fmt.Sprintf("%q", s): `"***"`, fmt.Sprintf("%#v", s) + "!": "***!",
		fmt.Sprint(Secret{}) + "e": "e", s.Reveal(): "x",
	} {
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !NewSecret("").IsZero() || s.IsZero() || !s.Equal(NewSecret("x")) || s.Equal(Secret{}) {
		t.Error("IsZero or Equal is wrong")
	}
}
