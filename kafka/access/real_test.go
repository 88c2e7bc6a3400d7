package access_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// operationBits are the bits of Kafka's "authorized operations" by name.
var operationBits = map[string]kmsg.ACLOperation{
	"READ": kmsg.ACLOperationRead, "WRITE": kmsg.ACLOperationWrite, "CREATE": kmsg.ACLOperationCreate, "DELETE": kmsg.ACLOperationDelete,
	"ALTER": kmsg.ACLOperationAlter, "DESCRIBE": kmsg.ACLOperationDescribe, "DESCRIBE_CONFIGS": kmsg.ACLOperationDescribeConfigs,
	"ALTER_CONFIGS": kmsg.ACLOperationAlterConfigs,
}

// TestAgreesWithTheBroker generates sets of bindings for a user, has the real
// authorizer say what the user may do with a topic, and compares.
func TestAgreesWithTheBroker(t *testing.T) {
	const sets = 500
	stack := kafkatest.RealAlone(t) // some of its ACLs are about everybody and everything
	ctx := context.Background()
	admin, err := kafka.Connect(stack.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	writer, err := admin.Admin()
	if err != nil {
		t.Fatal(err)
	}
	app, err := kafka.Connect(stack.As(t, labdir.Guest))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(app.Close)
	topic := stack.Topic(t, 1, 1)
	base, err := access.Load(ctx, admin)
	if err != nil || !slices.Contains(base.SuperUsers, "User:admin") {
		t.Fatalf("%+v, %v", base, err)
	}
	info, _, err := admin.Metadata(ctx)
	if err != nil {
		t.Fatal(err)
	}
	broker := info.Brokers[0].ID
	if _, _, err := app.Metadata(ctx); err != nil { // so that it knows the broker
		t.Fatal(err)
	}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	decided, allowed := 0, 0
	for set := range sets {
		acls := generate(rng, "User:"+app.Principal(), topic)
		p, err := writer.CreateACLs(ctx, acls...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Apply(ctx); err != nil {
			t.Fatal(err)
		}
		rules := base
		rules.ACLs = append(slices.Clone(base.ACLs), acls...)
		settle(t, admin, broker, rules.ACLs)
		got, known := authorized(t, app, broker, topic)
		for op, bit := range operationBits {
			want := rules.Decide(access.Request{
				Principal: "User:" + app.Principal(), Operation: op, Resource: access.Resource{Type: "TOPIC", Name: topic}, Host: "127.0.0.1",
			})
			is := got>>bit&1 == 1
			if !known { // without DESCRIBE the broker tells only that
				if op != "DESCRIBE" {
					continue
				}
				is = false
			}
			decided++
			if is {
				allowed++
			}
			if is != want.Allowed {
				t.Fatalf("set %d (seed %d): the broker says %v for %s, we say %+v, with\n%v", set, seed, is, op, want, acls)
			}
		}
		if p, err = writer.DeleteACLs(ctx, acls...); err != nil {
			t.Fatal(err)
		}
		if _, err := p.Apply(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d sets, %d decisions, %d of them allowed", sets, decided, allowed)
	if allowed < decided/20 || allowed > decided*19/20 {
		t.Errorf("%d of %d allowed: such sets show little", allowed, decided)
	}
}

func generate(rng *rand.Rand, principal, topic string) []kafka.ACL {
	pick := func(of ...string) string { return of[rng.IntN(len(of))] }
	var acls []kafka.ACL
	for range 1 + rng.IntN(5) {
		a := kafka.ACL{
			Principal: pick(principal, principal, principal, "User:*", "User:somebody-else"), Host: pick("*", "*", "127.0.0.1", "10.9.8.7"),
			ResourceType: pick("TOPIC", "TOPIC", "TOPIC", "TOPIC", "GROUP"), Pattern: "LITERAL", Resource: topic,
			Operation:  pick("READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "ALL", "READ", "DESCRIBE"),
			Permission: pick("ALLOW", "ALLOW", "ALLOW", "DENY"),
		}
		switch rng.IntN(6) {
		case 0:
			a.Resource = "*"
		case 1:
			a.Pattern, a.Resource = "PREFIXED", topic[:1+rng.IntN(len(topic))]
		case 2:
			a.Pattern, a.Resource = "PREFIXED", topic+pick("", "x")
		case 3:
			a.Resource = pick(topic, topic[:len(topic)-1])
		}
		if !slices.Contains(acls, a) {
			acls = append(acls, a)
		}
	}
	return acls
}

// settle waits until the broker that is asked goes by these bindings.
func settle(t *testing.T, c *kafka.Cluster, broker int32, want []kafka.ACL) {
	t.Helper()
	want = slices.Clone(want)
	slices.SortFunc(want, kafka.CompareACLs)
	kafkatest.Eventually(t, func() string {
		got, err := c.ACLsOf(context.Background(), broker)
		if err != nil {
			return err.Error()
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("broker %d has\n%v\ninstead of\n%v", broker, got, want)
		}
		return ""
	})
}

// authorized asks a broker what we may do with a topic; known is false if it
// does not even let us see it.
func authorized(t *testing.T, c *kafka.Cluster, broker int32, topic string) (bits int32, known bool) {
	t.Helper()
	req := kmsg.NewPtrMetadataRequest()
	rt := kmsg.NewMetadataRequestTopic()
	rt.Topic = &topic
	req.Topics = append(req.Topics, rt)
	req.IncludeTopicAuthorizedOperations = true
	resp, err := c.Client().Broker(int(broker)).RetriableRequest(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	got := resp.(*kmsg.MetadataResponse).Topics[0]
	if got.ErrorCode != 0 {
		return 0, false
	}
	return got.AuthorizedOperations, true
}
