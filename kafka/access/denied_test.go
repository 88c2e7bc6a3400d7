package access_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/kafkatest"
)

// TestExplain has requests denied, to one who may look at the ACLs and to one who
// may not.
func TestExplain(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k *kafkatest.Cluster) {
		admin, err := kafka.Connect(k.Config)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(admin.Close)
		guest, err := kafka.Connect(k.As(t, labdir.Guest))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(guest.Close)
		topic := k.Topic(t, 1, 1)
		self := "User:" + guest.Principal()
		acl := func(permission, operation, kind, name string) kafka.ACL {
			return kafka.ACL{Principal: self, Host: "*", ResourceType: kind, Resource: name, Pattern: "LITERAL", Operation: operation, Permission: permission}
		}
		explained := func(takes ...access.Request) *kafka.Error {
			t.Helper()
			configs, err := guest.TopicConfigs(t.Context(), topic)
			if err == nil {
				t.Fatalf("nobody denied it: %+v", configs)
			}
			var k *kafka.Error
			if err = access.Explain(t.Context(), guest, err, takes...); !errors.As(err, &k) {
				t.Fatal(err)
			}
			return k
		}
		missing := acl("ALLOW", "DESCRIBE_CONFIGS", "TOPIC", topic)
		expect := func(err *kafka.Error, do string, acls ...kafka.ACL) {
			t.Helper()
			if err.Do != do || !slices.Equal(err.Missing, acls) {
				t.Errorf("%s, %v; want %s, %v", err.Do, err.Missing, do, acls)
			}
		}

		expect(explained(), "it takes "+missing.String(), missing)
		alter := acl("ALLOW", "ALTER_CONFIGS", "TOPIC", topic)
		expect(explained(access.On("ALTER_CONFIGS", "TOPIC", topic)...), "it takes "+alter.String(), alter)

		give(t, admin, acl("ALLOW", "DESCRIBE", "CLUSTER", access.ClusterName))
		expect(explained(), "missing: "+missing.String(), missing)
		expect(explained(append(access.On("DESCRIBE_CONFIGS", "TOPIC", topic), access.On("ALTER_CONFIGS", "TOPIC", topic)...)...), "missing: "+alter.String(), alter)

		deny := acl("DENY", "ALL", "TOPIC", topic)
		give(t, admin, missing, deny)
		if err := explained(); err.Do != "in the way: "+deny.String() {
			t.Error(err.Do)
		}

		other := errors.New("something else")
		denied := error(&kafka.Error{What: "no", Kind: kafka.Denied})
		for _, err := range []error{nil, other, denied} {
			same := err
			if access.ExplainEach(t.Context(), guest, &same); same != err { //nolint:errorlint // it is to be the very same one
				t.Errorf("%v became %v", err, same)
			}
		}
	})
}

// give creates bindings until the test ends, and waits until all brokers go by
// them.
func give(t *testing.T, admin *kafka.Cluster, acls ...kafka.ACL) {
	t.Helper()
	a, err := admin.Admin()
	if err != nil {
		t.Fatal(err)
	}
	apply := func(p *kafka.Plan, err error) {
		t.Helper()
		if err == nil {
			_, err = p.Apply(context.Background())
		}
		if err != nil {
			t.Error(err)
		}
	}
	apply(a.CreateACLs(t.Context(), acls...))
	t.Cleanup(func() { apply(a.DeleteACLs(context.Background(), acls...)) })
	info, _, err := admin.Metadata(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range info.Brokers {
		kafkatest.Eventually(t, func() string {
			got, err := admin.ACLsOf(t.Context(), b.ID)
			if err != nil {
				return err.Error()
			}
			for _, want := range acls {
				if !slices.Contains(got, want) {
					return "a broker does not know " + want.String()
				}
			}
			return ""
		})
	}
}
