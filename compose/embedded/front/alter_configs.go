package front

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.IncrementalAlterConfigs] = incrementalAlterConfigs
	handlers[kmsg.AlterConfigs] = alterConfigs
}

// configError is why a resource's configuration is not changed.
type configError struct {
	err *kerr.Error
	msg string
}

func badConfig(e *kerr.Error, format string, args ...any) *configError {
	return &configError{e, fmt.Sprintf(format, args...)}
}

// incrementalAlterConfigs checks names and values, which the engine does not,
// and has the engine check the rights and change what is good. A resource that
// is not good goes along without any change, for the rights alone.
func incrementalAlterConfigs(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.IncrementalAlterConfigsRequest)
	wrong := make([]*configError, len(q.Resources))
	brokers := make([]map[string]*string, len(q.Resources))
	names := make([]string, len(q.Resources))
	for i := range q.Resources {
		res := &q.Resources[i]
		names[i] = res.ResourceName
		switch res.ResourceType {
		case kmsg.ConfigResourceTypeTopic:
			wrong[i] = c.resolveTopicOps(res)
		case kmsg.ConfigResourceTypeBroker:
			brokers[i], wrong[i] = c.resolveBrokerOps(res)
			res.ResourceName, res.Configs = "", nil
		default: // the engine's business
		}
		if wrong[i] != nil {
			res.Configs = nil
		}
	}
	resp, err := ask[*kmsg.IncrementalAlterConfigsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	if len(resp.Resources) != len(q.Resources) {
		return nil, errDrop
	}
	for i := range resp.Resources {
		res := &resp.Resources[i]
		res.ResourceName = names[i]
		if res.ErrorCode, res.ErrorMessage, err = c.altered(q.ValidateOnly, res.ResourceType, names[i], res.ErrorCode, wrong[i], brokers[i]); err != nil {
			return nil, err
		}
	}
	return answer(r, resp), nil
}

// altered applies what was changed of one resource, or says why not.
func (c *conn) altered(dry bool, kind kmsg.ConfigResourceType, name string, code int16, wrong *configError, changes map[string]*string) (int16, *string, error) {
	switch {
	case code != 0:
		return code, describe(code), nil
	case wrong != nil:
		return wrong.err.Code, &wrong.msg, nil
	case dry:
		return 0, nil, nil
	case kind == kmsg.ConfigResourceTypeTopic:
		return 0, nil, c.srv.applyTopicConfigs(name)
	case kind == kmsg.ConfigResourceTypeBroker && len(changes) > 0:
		if name == "" {
			if err := c.srv.configureEngine(changes); err != nil {
				return 0, nil, err
			}
			return 0, nil, c.srv.cfg.Shape.SetConfigs(shape.AllBrokers, changes)
		}
		id, _ := strconv.Atoi(name) // checked before
		return 0, nil, c.srv.cfg.Shape.SetConfigs(int32(id), changes)
	}
	return 0, nil, nil
}

// configureEngine passes on what the engine obeys of the configurations of all
// brokers.
func (s *Server) configureEngine(changes map[string]*string) error {
	res := kmsg.NewIncrementalAlterConfigsRequestResource()
	res.ResourceType = kmsg.ConfigResourceTypeBroker
	for name, value := range changes {
		if !forwarded[name] {
			continue
		}
		cfg := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
		cfg.Name, cfg.Value = name, value
		if value == nil {
			cfg.Op = kmsg.IncrementalAlterConfigOpDelete
		}
		res.Configs = append(res.Configs, cfg)
	}
	if len(res.Configs) == 0 {
		return nil
	}
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	req.Resources = append(req.Resources, res)
	_, err := askInternal[*kmsg.IncrementalAlterConfigsResponse](s, req)
	return err
}

// resolveTopicOps turns every change into a SET or a DELETE of a clean value.
func (c *conn) resolveTopicOps(res *kmsg.IncrementalAlterConfigsRequestResource) *configError {
	t, _ := c.srv.cfg.Engine.Topic(res.ResourceName)
	current := func(set setting) string {
		if v := t.Configs[set.name]; v != nil {
			return *v
		}
		value, _ := c.srv.topicDefault(set)
		return value
	}
	return resolveOps(topicSettings, "topic", res.Configs, current)
}

func resolveOps(known catalog, what string, configs []kmsg.IncrementalAlterConfigsRequestResourceConfig, current func(setting) string) *configError {
	for i := range configs {
		cfg := &configs[i]
		if slices.ContainsFunc(configs[:i], func(o kmsg.IncrementalAlterConfigsRequestResourceConfig) bool { return o.Name == cfg.Name }) {
			return badConfig(kerr.InvalidRequest, "configuration %s is changed twice", cfg.Name)
		}
		set, ok := known.byName[cfg.Name]
		if !ok {
			return badConfig(kerr.InvalidConfig, "%s", known.check(what, cfg.Name, nil))
		}
		if set.readOnly {
			return badConfig(kerr.InvalidRequest, "%s can only be set before a broker starts", cfg.Name)
		}
		switch cfg.Op {
		case kmsg.IncrementalAlterConfigOpDelete:
			cfg.Value = nil
			continue
		case kmsg.IncrementalAlterConfigOpSet:
			if cfg.Value == nil {
				return badConfig(kerr.InvalidRequest, "%s has no value to set", cfg.Name)
			}
		case kmsg.IncrementalAlterConfigOpAppend, kmsg.IncrementalAlterConfigOpSubtract:
			if set.kind != typeList || cfg.Value == nil {
				return badConfig(kerr.InvalidConfig, "%s is no list: nothing can be added to it or taken from it", cfg.Name)
			}
			cfg.Value = editList(current(set), *cfg.Value, cfg.Op == kmsg.IncrementalAlterConfigOpAppend)
			cfg.Op = kmsg.IncrementalAlterConfigOpSet
		default:
			return badConfig(kerr.InvalidRequest, "unknown operation %d on %s", cfg.Op, cfg.Name)
		}
		if why := set.valid(*cfg.Value); why != "" {
			return badConfig(kerr.InvalidConfig, "%s", why)
		}
		cfg.Value = clean(set, *cfg.Value)
	}
	return nil
}

// clean removes the space around a value that is not text: the engine would
// stumble over it.
func clean(set setting, value string) *string {
	if set.kind != typeString {
		value = strings.TrimSpace(value)
	}
	return &value
}

func editList(current, change string, add bool) *string {
	var out []string
	if current != "" {
		out = strings.Split(current, ",")
	}
	for _, item := range strings.Split(change, ",") {
		item = strings.TrimSpace(item)
		switch has := slices.Contains(out, item); {
		case add && !has:
			out = append(out, item)
		case !add && has:
			out = slices.DeleteFunc(out, func(s string) bool { return s == item })
		}
	}
	s := strings.Join(out, ",")
	return &s
}

// checkBroker finds the broker that a resource name means.
func (c *conn) checkBroker(name string) *configError {
	if name == "" {
		return nil
	}
	known := false
	id, err := strconv.ParseInt(name, 10, 32)
	c.srv.cfg.Shape.View(func(v shape.View) { _, known = v.Broker(int32(id)) })
	if err != nil || !known {
		return badConfig(kerr.InvalidRequest, "there is no broker %q", name)
	}
	return nil
}

func (c *conn) resolveBrokerOps(res *kmsg.IncrementalAlterConfigsRequestResource) (map[string]*string, *configError) {
	if wrong := c.checkBroker(res.ResourceName); wrong != nil {
		return nil, wrong
	}
	current := func(set setting) string {
		value := set.fallback
		c.srv.cfg.Shape.View(func(v shape.View) {
			if set, ok := v.Config(shape.AllBrokers, set.name); ok {
				value = set
			}
		})
		return value
	}
	if wrong := resolveOps(brokerSettings, "broker", res.Configs, current); wrong != nil {
		return nil, wrong
	}
	changes := map[string]*string{}
	for _, cfg := range res.Configs {
		changes[cfg.Name] = cfg.Value
	}
	return changes, nil
}

// alterConfigs replaces all configurations of a resource (the old API). What
// is not good is only checked for the rights; the engine cannot be asked to
// change nothing here, so that goes as a validation of its own.
func alterConfigs(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AlterConfigsRequest)
	wrong := make([]*configError, len(q.Resources))
	brokers := make([]map[string]*string, len(q.Resources))
	names := make([]string, len(q.Resources))
	probe, change := *q, *q
	probe.ValidateOnly, probe.Resources, change.Resources = true, nil, nil
	for i, res := range q.Resources {
		names[i] = res.ResourceName
		switch res.ResourceType {
		case kmsg.ConfigResourceTypeTopic:
			if wrong[i] = checkAll(topicSettings, "topic", res.Configs); c.srv.isInternal(res.ResourceName) {
				mark := kmsg.NewAlterConfigsRequestResourceConfig()
				mark.Name, mark.Value = internalMark, kmsg.StringPtr("true")
				res.Configs = append(slices.Clone(res.Configs), mark)
			}
		case kmsg.ConfigResourceTypeBroker:
			if wrong[i] = c.checkBroker(res.ResourceName); wrong[i] == nil {
				wrong[i] = checkAll(brokerSettings, "broker", res.Configs)
			}
			brokers[i] = c.replacement(res)
			res.ResourceName, res.Configs = "", nil
			probe.Resources = append(probe.Resources, res)
			continue
		default: // the engine's business
		}
		if wrong[i] != nil {
			probe.Resources = append(probe.Resources, res)
		} else {
			change.Resources = append(change.Resources, res)
		}
	}
	var verdicts []kmsg.AlterConfigsResponseResource
	for _, part := range []*kmsg.AlterConfigsRequest{&probe, &change} {
		got, err := ask[*kmsg.AlterConfigsResponse](c, r, part)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, got.Resources...)
	}
	resp := q.ResponseKind().(*kmsg.AlterConfigsResponse)
	for i, res := range q.Resources {
		out := kmsg.NewAlterConfigsResponseResource()
		out.ResourceType, out.ResourceName = res.ResourceType, names[i]
		inner := names[i]
		if res.ResourceType == kmsg.ConfigResourceTypeBroker {
			inner = ""
		}
		at := slices.IndexFunc(verdicts, func(v kmsg.AlterConfigsResponseResource) bool {
			return v.ResourceType == res.ResourceType && v.ResourceName == inner
		})
		if at < 0 {
			return nil, errDrop
		}
		var err error
		if out.ErrorCode, out.ErrorMessage, err = c.altered(q.ValidateOnly, res.ResourceType, names[i], verdicts[at].ErrorCode, wrong[i], brokers[i]); err != nil {
			return nil, err
		}
		resp.Resources = append(resp.Resources, out)
	}
	return answer(r, resp), nil
}

func (s *Server) isInternal(topic string) (internal bool) {
	s.cfg.Shape.View(func(v shape.View) {
		t, _ := v.Topic(topic)
		internal = t.Internal
	})
	return internal
}

func checkAll(known catalog, what string, configs []kmsg.AlterConfigsRequestResourceConfig) *configError {
	for _, cfg := range configs {
		if why := known.check(what, cfg.Name, cfg.Value); why != "" {
			return badConfig(kerr.InvalidConfig, "%s", why)
		}
		if known.byName[cfg.Name].readOnly {
			return badConfig(kerr.InvalidRequest, "%s can only be set before a broker starts", cfg.Name)
		}
	}
	return nil
}

// replacement is the change from what a broker has to exactly the given.
func (c *conn) replacement(res kmsg.AlterConfigsRequestResource) map[string]*string {
	id := shape.AllBrokers
	if n, err := strconv.ParseInt(res.ResourceName, 10, 32); err == nil {
		id = int32(n)
	}
	changes := map[string]*string{}
	c.srv.cfg.Shape.View(func(v shape.View) {
		for _, set := range brokerSettings.list {
			if _, ok := v.Config(id, set.name); ok {
				changes[set.name] = nil
			}
		}
	})
	for _, cfg := range res.Configs {
		changes[cfg.Name] = cfg.Value
	}
	return changes
}
