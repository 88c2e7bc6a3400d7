package registry

import (
	"fmt"
	"strings"
	"testing"
)

func TestRights(t *testing.T) {
	s := start(t, Config{Users: []User{
		{Name: "admin", Password: "a-secret", Rights: Admin},
		{Name: "writer", Password: "w-secret", Rights: Write},
		{Name: "reader", Password: "r-secret", Rights: Read},
		{Name: "guest", Password: "g-secret"},
		{Name: "orders", Password: "o-secret", Grants: []Grant{
			{"orders-*", Write}, {"users-value", Read}, {":.staging:*", Admin},
		}},
	}})
	client := httpClient(t)
	as := func(user string) caller {
		pass := ""
		if user != "" {
			pass = user[:1] + "-secret"
		}
		return caller{t, s.URL(), client, user, pass}
	}
	str, num := map[string]any{"schema": `"string"`}, map[string]any{"schema": `"long"`}
	id := as("admin").register("users-value", `"string"`)
	secret := as("admin").register("payments-value", `{"type":"enum","name":"Payment","symbols":["CARD"]}`)
	as("admin").register("orders-value", `"int"`)

	ok, denied := "200/0", "403/40301"
	for _, c := range []struct {
		method, path string
		body         any
		// want, by user, in the order admin, writer, reader, guest, orders
		want [5]string
	}{
		{"GET", "/", nil, [5]string{ok, ok, ok, ok, ok}},
		{"GET", "/schemas/types", nil, [5]string{ok, ok, ok, ok, ok}},
		{"GET", "/subjects", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/schemas", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/config", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/mode", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/contexts", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/subjects/users-value/versions/1", nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", "/subjects/payments-value/versions/1", nil, [5]string{ok, ok, ok, denied, denied}},
		{"GET", "/subjects/no-such/versions/1", nil, [5]string{"404/40401", "404/40401", "404/40401", denied, denied}},
		{"GET", fmt.Sprintf("/schemas/ids/%d", id), nil, [5]string{ok, ok, ok, denied, ok}},
		{"GET", fmt.Sprintf("/schemas/ids/%d", secret), nil, [5]string{ok, ok, ok, denied, denied}},
		{"GET", fmt.Sprintf("/schemas/ids/%d/schema", secret), nil, [5]string{ok, ok, ok, denied, denied}},
		{"GET", fmt.Sprintf("/schemas/ids/%d/versions", secret), nil, [5]string{ok, ok, ok, denied, denied}},
		{"POST", "/subjects/users-value", str, [5]string{ok, ok, ok, denied, ok}},
		{"POST", "/compatibility/subjects/orders-value/versions/latest", num, [5]string{ok, ok, ok, denied, ok}},
		{"POST", "/subjects/orders-value/versions", num, [5]string{ok, ok, denied, denied, ok}},
		{"POST", "/subjects/users-value/versions", str, [5]string{ok, ok, denied, denied, denied}},
		{"PUT", "/config", map[string]any{"compatibility": "FULL"}, [5]string{ok, denied, denied, denied, denied}},
		{"PUT", "/config/orders-value", map[string]any{"compatibility": "FULL"}, [5]string{ok, denied, denied, denied, denied}},
		{"PUT", "/config/:.staging:x", map[string]any{"compatibility": "FULL"}, [5]string{ok, denied, denied, denied, ok}},
		{"PUT", "/mode/:.staging:", map[string]any{"mode": "READWRITE"}, [5]string{ok, denied, denied, denied, ok}},
		{"PUT", "/mode", map[string]any{"mode": "READWRITE"}, [5]string{ok, denied, denied, denied, denied}},
		{"DELETE", "/subjects/orders-value/versions/9", nil, [5]string{"404/40402", "404/40402", denied, denied, "404/40402"}},
		{"DELETE", "/subjects/orders-value?permanent=true", nil, [5]string{"404/40405", denied, denied, denied, denied}},
		{"DELETE", "/contexts/.staging", nil, [5]string{"404/40401", denied, denied, denied, denied}},
		{"DELETE", "/config", nil, [5]string{ok, denied, denied, denied, denied}},
	} {
		for i, user := range []string{"admin", "writer", "reader", "guest", "orders"} {
			a := as(user).do(c.method, c.path, c.body)
			if got := fmt.Sprintf("%d/%d", a.Status, a.Code); got != c.want[i] {
				t.Errorf("%s: %s %s: %s, want %s (%s)", user, c.method, c.path, got, c.want[i], a.Body)
			}
		}
		as("").do(c.method, c.path, c.body).want(t, 401, 40101)
	}
	if a := as("orders").do("GET", "/subjects", nil); a.Body != `["orders-value","users-value"]` {
		t.Errorf("a user sees subjects beyond its grants: %s", a.Body)
	}
	if a := as("orders").do("GET", "/schemas", nil); strings.Contains(a.Body, "Payment") {
		t.Errorf("a user sees schemas beyond its grants: %s", a.Body)
	}
}

func TestSigningIn(t *testing.T) {
	s := start(t, Config{Users: []User{{Name: "admin", Password: "right", Rights: Admin}, {Name: "empty", Rights: Read}}})
	client := httpClient(t)
	for _, c := range []struct {
		user, pass string
		status     int
		code       int
	}{
		{"admin", "right", 200, 0},
		{"admin", "wrong", 401, 40101},
		{"admin", "", 401, 40101},
		{"nobody", "right", 401, 40101},
		{"nobody", "", 401, 40101},
		{"empty", "", 200, 0},
		{"empty", "x", 401, 40101},
		{"", "", 401, 40101},
	} {
		a := caller{t, s.URL(), client, c.user, c.pass}.do("GET", "/subjects", nil)
		a.want(t, c.status, c.code)
		if challenge := a.Header.Get("WWW-Authenticate"); (c.status == 401) != strings.HasPrefix(challenge, "Basic ") {
			t.Errorf("%s: WWW-Authenticate %q with status %d", c.user, challenge, a.Status)
		}
		if strings.Contains(a.Body, "right") {
			t.Errorf("the answer holds a password: %s", a.Body)
		}
	}
}
