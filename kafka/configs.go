package kafka

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ConfigEntry is one configuration value of a resource.
type ConfigEntry struct {
	Name      string `json:"name"`
	Value     string `json:"value"`             // empty for one that is Sensitive, or null
	Null      bool   `json:"null,omitempty"`    // has no value
	Origin    string `json:"origin"`            // where the value comes from, as Kafka names it: DYNAMIC_TOPIC_CONFIG, STATIC_BROKER_CONFIG, DEFAULT_CONFIG, ...
	Default   string `json:"default,omitempty"` // what it would be without the overrides of the resource itself; empty where the cluster does not tell
	ReadOnly  bool   `json:"read_only,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
	Type      string `json:"type,omitempty"` // STRING, INT, LONG, BOOLEAN, LIST, PASSWORD, ...
	Doc       string `json:"doc,omitempty"`  // Kafka's documentation, with HTML tags
}

// Set tells whether somebody set the value: it is not Kafka's built-in default.
func (e *ConfigEntry) Set() bool { return e.Origin != originDefault }

const originDefault = "DEFAULT_CONFIG"

// Configs is the configuration of one resource, sorted by name.
type Configs struct {
	Resource string        `json:"resource"` // topic or group name, or broker id
	Entries  []ConfigEntry `json:"entries"`
	Err      error         `json:"-"`
}

// Get finds an entry; nil if there is none.
func (c *Configs) Get(name string) *ConfigEntry {
	i, found := slices.BinarySearchFunc(c.Entries, name, func(e ConfigEntry, name string) int { return strings.Compare(e.Name, name) })
	if !found {
		return nil
	}
	return &c.Entries[i]
}

// TopicConfigs reads the configurations of topics, in one request for all of
// them, in the order of names. It needs DESCRIBE_CONFIGS on each; one that
// could not be read has its Err set.
//
// Kafka API: DescribeConfigs, with synonyms.
func (c *Cluster) TopicConfigs(ctx context.Context, names ...string) ([]Configs, error) {
	return c.describeConfigs(ctx, "cannot read the topics' configuration", kmsg.ConfigResourceTypeTopic, names, nil)
}

// TopicConfigsOf is [Cluster.TopicConfigs] for some keys only: all of them, of
// thousands of topics, would be a large answer.
func (c *Cluster) TopicConfigsOf(ctx context.Context, names, keys []string) ([]Configs, error) {
	return c.describeConfigs(ctx, "cannot read the topics' configuration", kmsg.ConfigResourceTypeTopic, names, keys)
}

// GroupConfigs is [Cluster.TopicConfigs] for groups (KIP-848, KIP-932).
func (c *Cluster) GroupConfigs(ctx context.Context, ids ...string) ([]Configs, error) {
	return c.describeConfigs(ctx, "cannot read the groups' configuration", kmsg.ConfigResourceTypeGroupConfig, ids, nil)
}

func (c *Cluster) describeConfigs(ctx context.Context, what string, of kmsg.ConfigResourceType, names, keys []string) ([]Configs, error) {
	if len(names) == 0 {
		return nil, nil
	}
	ctx, k, done := c.begin(ctx, what)
	defer done()
	brokers, err := k.liveBrokers(ctx)
	if err != nil {
		return nil, err
	}
	// Any broker knows them; asking one by name keeps the library from splitting
	// the request.
	reqs := map[int32]kmsg.Request{brokers[len(names)%len(brokers)]: configsRequest(of, names, keys)}
	found := make(map[string]Configs, len(names))
	var failed partial
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeConfigsResponse]) { k.configs(a, found, &failed) })
	return inOrder(names, found), failed.err(k.what, "resources")
}

// BrokerConfigs reads the configuration of brokers, one request to each, in the
// order of ids. It needs DESCRIBE_CONFIGS on the cluster.
func (c *Cluster) BrokerConfigs(ctx context.Context, ids ...int32) ([]Configs, error) {
	ctx, k, done := c.begin(ctx, "cannot read the brokers' configuration")
	defer done()
	names := make([]string, len(ids))
	reqs := make(map[int32]kmsg.Request, len(ids))
	for i, id := range ids {
		names[i] = strconv.Itoa(int(id))
		reqs[id] = configsRequest(kmsg.ConfigResourceTypeBroker, names[i:i+1], nil)
	}
	found := make(map[string]Configs, len(ids))
	var failed partial
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeConfigsResponse]) {
		if a.err != nil {
			name := strconv.Itoa(int(a.broker))
			found[name] = Configs{Resource: name, Err: a.err}
			failed.add(1, a.err)
			return
		}
		k.configs(a, found, &failed)
	})
	return inOrder(names, found), failed.err(k.what, "brokers")
}

func inOrder(names []string, found map[string]Configs) []Configs {
	out := make([]Configs, 0, len(names))
	for _, name := range names {
		if one, ok := found[name]; ok {
			out = append(out, one)
		}
	}
	return out
}

func configsRequest(of kmsg.ConfigResourceType, names, keys []string) *kmsg.DescribeConfigsRequest {
	req := kmsg.NewPtrDescribeConfigsRequest()
	req.IncludeSynonyms = true
	req.IncludeDocumentation = len(names) == 1 && keys == nil // it is long, and the same for all
	for _, name := range names {
		r := kmsg.NewDescribeConfigsRequestResource()
		r.ResourceType, r.ResourceName, r.ConfigNames = of, name, keys
		req.Resources = append(req.Resources, r)
	}
	return req
}

func (k *call) configs(a answer[*kmsg.DescribeConfigsResponse], found map[string]Configs, failed *partial) {
	if a.err != nil {
		failed.add(0, a.err)
		return
	}
	for i := range a.resp.Resources {
		r := &a.resp.Resources[i]
		one := Configs{Resource: r.ResourceName}
		if err := codeError(r.ErrorCode, r.ErrorMessage); err != nil {
			one.Err = k.failOn(r.ResourceName, err)
			failed.add(1, one.Err)
		}
		for j := range r.Configs {
			one.Entries = append(one.Entries, configEntry(&r.Configs[j]))
		}
		slices.SortFunc(one.Entries, func(a, b ConfigEntry) int { return strings.Compare(a.Name, b.Name) })
		found[r.ResourceName] = one
	}
}

// configEntry finds the default among the synonyms: the first that does not
// belong to the resource itself.
func configEntry(rc *kmsg.DescribeConfigsResponseResourceConfig) ConfigEntry {
	e := ConfigEntry{
		Name: rc.Name, Value: deref(rc.Value), Null: rc.Value == nil && !rc.IsSensitive, Origin: rc.Source.String(),
		ReadOnly: rc.ReadOnly, Sensitive: rc.IsSensitive, Type: rc.ConfigType.String(), Doc: deref(rc.Documentation),
	}
	if e.Sensitive {
		e.Value = ""
	}
	own := kmsg.ConfigSource(0)
	switch rc.Source {
	case kmsg.ConfigSourceDynamicTopicConfig, kmsg.ConfigSourceDynamicBrokerConfig, kmsg.ConfigSourceGroupConfig:
		own = rc.Source
	default:
	}
	for i := range rc.ConfigSynonyms {
		s := &rc.ConfigSynonyms[i]
		if s.Source != own || own == 0 {
			e.Default = deref(s.Value)
			break
		}
	}
	if own == 0 && len(rc.ConfigSynonyms) == 0 {
		e.Default = e.Value
	}
	return e
}
