package recordjson_test

import (
	"errors"
	"strings"
	"testing"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/recordjson"
)

func TestMask(t *testing.T) {
	cl := config.Cluster{Masking: []config.MaskRule{
		{Topics: []string{"people"}, Fields: []string{"**.email"}, Headers: []string{"auth*"}, Key: true},
		{Topics: []string{"secret"}, Value: true, With: "[gone]"},
	}}
	const secret = "ada@example.com"
	value := []byte(`{"name":"Ada","contact":{"email":"` + secret + `"}}`)
	rec := kafka.Record{
		Topic: "people", Key: []byte(secret), Value: value,
		Headers: []kafka.Header{{Key: "authorization", Value: []byte(secret)}, {Key: "trace", Value: []byte("1")}, {Key: "auth-null"}},
	}
	line := func(topic string, d recordjson.Decoded) string {
		r, out := recordjson.NewMasker(cl.Mask(topic)).Apply(&rec, &d)
		return string(recordjson.Append(nil, &r, &out))
	}
	good := recordjson.Decoded{Value: value, Key: []byte(`"` + secret + `"`)}
	if got := line("people", good); strings.Contains(got, secret) || !strings.Contains(got, `"value":{"name":"Ada","contact":{"email":"***"}}`) ||
		!strings.Contains(got, `"key":"***"`) || !strings.Contains(got, `{"key":"authorization","value":"***"},{"key":"trace","value":"1"},{"key":"auth-null","value":null}`) {
		t.Error(got)
	}
	for name, d := range map[string]recordjson.Decoded{
		"not decoded": {}, "broken": {Value: value[:10], Info: decode.Result{Err: errors.New("broken")}},
	} {
		if got := line("people", d); strings.Contains(got, secret) || strings.Contains(got, "YWRhQ") {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := line("secret", good); !strings.Contains(got, `"value":"[gone]"`) {
		t.Error(got)
	}
	if got := line("other", good); !strings.Contains(got, secret) {
		t.Error(got)
	}
	if string(rec.Headers[0].Value) != secret {
		t.Error("the record itself was changed")
	}
}
