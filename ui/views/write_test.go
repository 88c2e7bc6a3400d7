package views

import (
	"fmt"
	"strings"
	"testing"
)

func TestPairsAreReadInOrderAndMayHoldCommas(t *testing.T) {
	for _, c := range []struct {
		text           string
		headers, lists string // as flags; where they begin with "!", a part of the error
	}{
		{"", "[]", "[]"},
		{" a = 1 , b=2 ,", "[-f a=1 -f b=2]", "[-f a=1 -f b=2]"},
		{"b=1,a=2,b=3", "[-f b=1 -f a=2 -f b=3]", "[-f b=1 -f a=2 -f b=3]"},
		{`j="x=1,y=2",k=3`, "[-f j=x=1,y=2 -f k=3]", "[-f j=x=1,y=2 -f k=3]"},
		{`a= " 1" ,b=""`, "[-f a= 1 -f b=]", "[-f a= 1 -f b=]"},
		{`j="{""a"":1,""b"":2}"`, `[-f j={"a":1,"b":2}]`, `[-f j={"a":1,"b":2}]`},
		{"cleanup.policy=compact, delete,retention.ms=1", `!name="a,b"`, "[-f cleanup.policy=compact,delete -f retention.ms=1]"},
		{"a,b=1", "!write name=value", "!write name=value"},
		{"=1", "!write name=value", "!write name=value"},
		{`a="1`, "!close the double quotes", "!close the double quotes"},
		{`a="1"2,b=3`, "!close the double quotes", "!close the double quotes"},
	} {
		for lists, want := range map[bool]string{false: c.headers, true: c.lists} {
			part, fails := strings.CutPrefix(want, "!")
			_, err := pairList(c.text, lists)
			if fails != (err != nil) || err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%q, lists %v: %v", c.text, lists, err)
			} else if got := fmt.Sprint(pairFlags("-f", c.text, lists)); !fails && got != want {
				t.Errorf("%q, lists %v: %s, want %s", c.text, lists, got, want)
			}
		}
	}
	got, err := configMap("cleanup.policy=compact,delete,retention.ms=1")
	if err != nil || len(got) != 2 || got["cleanup.policy"] != "compact,delete" {
		t.Errorf("%v, %v", got, err)
	}
	if err := checkConfigs("a=1,a=2"); err == nil {
		t.Error("one of two values of a config would be lost")
	}
}
