package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// ConfigChange is what to do with configuration values of one resource.
type ConfigChange struct {
	Set    map[string]string // name -> new value
	Remove []string          // names that fall back to their default
}

// AlterTopicConfigs plans a change of a topic's configuration. The cluster
// checks the plan (validate only).
//
// Kafka API: IncrementalAlterConfigs (KIP-339).
func (a *Admin) AlterTopicConfigs(ctx context.Context, topic string, change ConfigChange) (*Plan, error) {
	now, err := a.c.TopicConfigs(ctx, topic)
	if err != nil {
		return nil, configsOfOne("topic", topic, now, err)
	}
	return a.alterConfigs(ctx, kmsg.ConfigResourceTypeTopic, "topic", topic, now[0], change)
}

// AlterBrokerConfigs plans a change of the dynamic configuration of one broker.
func (a *Admin) AlterBrokerConfigs(ctx context.Context, broker int32, change ConfigChange) (*Plan, error) {
	now, err := a.c.BrokerConfigs(ctx, broker)
	if err != nil {
		return nil, configsOfOne("broker", strconv.Itoa(int(broker)), now, err)
	}
	return a.alterConfigs(ctx, kmsg.ConfigResourceTypeBroker, "broker", strconv.Itoa(int(broker)), now[0], change)
}

// AlterGroupConfigs plans a change of a group's configuration (KIP-848).
func (a *Admin) AlterGroupConfigs(ctx context.Context, group string, change ConfigChange) (*Plan, error) {
	now, err := a.c.GroupConfigs(ctx, group)
	if err != nil {
		return nil, configsOfOne("group", group, now, err)
	}
	return a.alterConfigs(ctx, kmsg.ConfigResourceTypeGroupConfig, "group", group, now[0], change)
}

// configsOfOne is why the configuration of the only resource that was asked for
// could not be read: its own error, by its name, and not how many of how many.
func configsOfOne(kind, name string, now []Configs, err error) error {
	if len(now) != 1 || now[0].Err == nil {
		return err
	}
	named := *explain("", now[0].Err, hints{})
	named.What = "cannot read the configuration of " + kind + " " + name
	return &named
}

func (a *Admin) alterConfigs(ctx context.Context, of kmsg.ConfigResourceType, kind, name string, now Configs, change ConfigChange) (*Plan, error) {
	what := "cannot change the configuration of " + kind + " " + name
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.ValidateOnly = true
	r := kmsg.NewIncrementalAlterConfigsRequestResource()
	r.ResourceType, r.ResourceName = of, name
	p := a.plan("change the configuration of %s %s", kind, name)
	show := func(e *ConfigEntry) string {
		switch {
		case e == nil:
			return ""
		case e.Sensitive:
			return "(secret)"
		}
		return e.Value
	}
	for _, key := range sortedKeys(change.Set) {
		value := change.Set[key]
		rc := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		rc.Name, rc.Value, rc.Op = key, &value, kmsg.IncrementalAlterConfigOpSet
		r.Configs = append(r.Configs, rc)
		entry := now.Get(key)
		to := value
		if entry != nil && entry.Sensitive {
			to = "(another secret)"
		}
		p.change(kind+" "+name, key, show(entry), to)
		if entry != nil && entry.ReadOnly {
			p.warn("%s can only be set in the broker's file, and takes effect after a restart", key)
		}
	}
	for _, key := range change.Remove {
		rc := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		rc.Name, rc.Op = key, kmsg.IncrementalAlterConfigOpDelete
		r.Configs = append(r.Configs, rc)
		entry := now.Get(key)
		to := "(default)"
		if entry != nil && entry.Default != "" {
			to = entry.Default + " (default)"
		}
		p.change(kind+" "+name, key, show(entry), to)
	}
	req.Resources = append(req.Resources, r)
	send := func(ctx context.Context) error {
		resp, err := control[*kmsg.IncrementalAlterConfigsResponse](ctx, a, what, req)
		if err != nil {
			return err
		}
		for i := range resp.Resources {
			if err := a.fail(what, kmsg.IncrementalAlterConfigs, name, resp.Resources[i].ErrorCode, resp.Resources[i].ErrorMessage); err != nil {
				return err
			}
		}
		return nil
	}
	if err := send(ctx); err != nil {
		return nil, err
	}
	p.apply = func(ctx context.Context) []Item {
		req.ValidateOnly = false
		return []Item{{Resource: kind + " " + name, Err: send(ctx)}}
	}
	return p, nil
}
