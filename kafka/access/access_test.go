package access_test

import (
	"slices"
	"strings"
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

func acl(line string) kafka.ACL {
	f := strings.Fields(line) // PERMISSION principal OPERATION TYPE name[*] host
	a := kafka.ACL{Permission: f[0], Principal: f[1], Operation: f[2], ResourceType: f[3], Resource: f[4], Pattern: "LITERAL", Host: f[5]}
	if name, ok := strings.CutSuffix(f[4], "*"); ok && name != "" {
		a.Resource, a.Pattern = name, "PREFIXED"
	}
	return a
}

func acls(lines ...string) (out []kafka.ACL) {
	for _, l := range lines {
		out = append(out, acl(l))
	}
	return out
}

func request(line string) access.Request {
	f := strings.Fields(line) // principal OPERATION TYPE name [host]
	q := access.Request{Principal: f[0], Operation: f[1], Resource: access.Resource{Type: f[2], Name: f[3]}}
	if len(f) > 4 {
		q.Host = f[4]
	}
	return q
}

func TestDecide(t *testing.T) {
	rules := access.Rules{
		SuperUsers: []string{"User:admin"},
		ACLs: acls(
			"ALLOW User:app READ TOPIC orders *",
			"ALLOW User:app WRITE TOPIC orders.* *",
			"DENY User:app WRITE TOPIC orders.secret *",
			"ALLOW User:* DESCRIBE TOPIC * *",
			"ALLOW User:ops ALL TOPIC * 10.0.0.1",
			"DENY User:ops ALL TOPIC payments *",
			"ALLOW User:cfg ALTER_CONFIGS TOPIC orders *",
			"DENY User:mute READ TOPIC orders *",
		),
	}
	for q, want := range map[string]bool{
		"User:admin DELETE TOPIC anything":          true,
		"User:app READ TOPIC orders":                true,
		"User:app READ TOPIC orders.x":              false,
		"User:app WRITE TOPIC orders.x":             true,
		"User:app WRITE TOPIC orders":               false,
		"User:app WRITE TOPIC orders.secret":        false,
		"User:app DESCRIBE TOPIC orders.secret":     true, // to deny WRITE does not deny DESCRIBE
		"User:nobody DESCRIBE TOPIC orders":         true,
		"User:nobody READ TOPIC orders":             false,
		"User:ops DELETE TOPIC orders 10.0.0.1":     true,
		"User:ops DELETE TOPIC orders 10.0.0.2":     false,
		"User:ops DELETE TOPIC orders":              false,
		"User:ops DESCRIBE TOPIC payments 10.0.0.1": false, // deny ALL beats the wildcard's DESCRIBE
		"User:cfg DESCRIBE_CONFIGS TOPIC orders":    true,
		"User:cfg DESCRIBE TOPIC other":             true,
		"User:cfg ALTER TOPIC orders":               false,
		"User:app READ GROUP orders":                false,
		"User:mute DESCRIBE TOPIC orders":           true,
		"User:ap READ TOPIC orders":                 false,
	} {
		got := rules.Decide(request(q))
		if got.Allowed != want || got.Why == "" {
			t.Errorf("%s: %+v, want %v", q, got, want)
		}
	}
	if d := rules.Decide(request("User:app WRITE TOPIC orders.secret")); d.By == nil || d.By.Permission != "DENY" {
		t.Errorf("%+v does not name the binding that denies", d)
	}
	open := access.Rules{AllowIfNone: true, ACLs: acls("ALLOW User:app READ TOPIC orders *")}
	for q, want := range map[string]bool{
		"User:x WRITE TOPIC other":  true,
		"User:x WRITE TOPIC orders": false, // a binding is about it, so the default does not count
		"User:x READ GROUP g":       true,
	} {
		if got := open.Decide(request(q)); got.Allowed != want {
			t.Errorf("without bindings, %s: %+v, want %v", q, got, want)
		}
	}
}

func TestNeedsAreOfEachResource(t *testing.T) {
	consume, _ := access.FindActivity("consume")
	got := consume.Needs("User:app", "", access.Resource{Type: "TOPIC", Name: "a"}, access.Resource{Type: "GROUP", Name: "g"}, access.Resource{Type: "TOPIC", Name: "b"})
	want := []access.Request{request("User:app READ TOPIC a"), request("User:app READ TOPIC b"), request("User:app READ GROUP g")}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	alter, _ := access.FindActivity("alter-acls")
	if got, want := alter.Needs("User:app", ""), []access.Request{request("User:app ALTER CLUSTER kafka-cluster")}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: the cluster need not be named", got, want)
	}
}

func TestLeast(t *testing.T) {
	rules := access.Rules{ACLs: acls("ALLOW User:app READ TOPIC orders *", "DENY User:app READ GROUP g 10.0.0.9", "ALLOW User:app READ GROUP g *")}
	consume, _ := access.FindActivity("Consume")
	needs := consume.Needs("User:app", "10.0.0.9", access.Resource{Type: "TOPIC", Name: "orders"}, access.Resource{Type: "GROUP", Name: "g"})
	fix := rules.Least(needs...)
	if len(fix.Add) != 0 || len(fix.Remove) != 1 || fix.Remove[0].Permission != "DENY" {
		t.Errorf("%+v, want just the removal of what denies", fix)
	}
	process, _ := access.FindActivity("process")
	needs = process.Needs("User:new", "", access.Resource{Type: "TOPIC", Name: "orders"}, access.Resource{Type: "GROUP", Name: "g"}, access.Resource{Type: "TRANSACTIONAL_ID", Name: "tx"})
	needs = append(needs, request("User:new DESCRIBE TOPIC orders"), request("User:new READ TOPIC orders"))
	fix = rules.Least(needs...)
	want := acls("ALLOW User:new READ GROUP g *", "ALLOW User:new READ TOPIC orders *", "ALLOW User:new WRITE TOPIC orders *", "ALLOW User:new WRITE TRANSACTIONAL_ID tx *")
	if !slices.Equal(fix.Add, want) || len(fix.Remove) != 0 {
		t.Errorf("got %v, want %v: DESCRIBE is implied, READ is asked for twice", fix, want)
	}
	rules.ACLs = append(rules.ACLs, fix.Add...)
	if fix := rules.Least(needs...); !fix.Empty() {
		t.Errorf("with them: %+v is still missing", fix)
	}
}

func TestMatrix(t *testing.T) {
	rules := access.Rules{SuperUsers: []string{"User:admin"}, ACLs: acls("ALLOW User:app READ TOPIC orders *", "ALLOW User:b WRITE TOPIC ord* *")}
	if got := rules.Principals(); !slices.Equal(got, []string{"User:admin", "User:app", "User:b"}) {
		t.Errorf("principals %v", got)
	}
	rows := rules.Matrix(rules.Principals(), []access.Resource{{Type: "TOPIC", Name: "orders"}, {Type: "CLUSTER", Name: access.ClusterName}}, "")
	if !rows[0].Cells[1]["CLUSTER_ACTION"].Allowed || !rows[1].Cells[0]["DESCRIBE"].Allowed || rows[1].Cells[0]["WRITE"].Allowed ||
		!rows[2].Cells[0]["WRITE"].Allowed || rows[2].Cells[1]["DESCRIBE"].Allowed {
		t.Errorf("%+v", rows)
	}
	for i := range rules.ACLs {
		if !access.Covers(&rules.ACLs[i], access.Resource{Type: "TOPIC", Name: "orders"}) || access.Covers(&rules.ACLs[i], access.Resource{Type: "TOPIC", Name: "or"}) ||
			access.Covers(&rules.ACLs[i], access.Resource{Type: "GROUP", Name: "orders"}) {
			t.Errorf("what does it cover: %+v", rules.ACLs[i])
		}
	}
}
