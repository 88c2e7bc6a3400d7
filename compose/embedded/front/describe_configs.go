package front

import (
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/shape"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.DescribeConfigs] = describeConfigs
	handlers[kmsg.ListConfigResources] = listConfigResources
}

// describeConfigs lets the engine check the rights and say what is set on a
// topic, and completes it from the catalogs: defaults, where each value comes
// from, types and documentation. Broker configurations are the front's own.
func describeConfigs(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeConfigsRequest)
	inner := *q
	inner.Resources = slices.Clone(q.Resources)
	inner.IncludeDocumentation = false
	for i := range inner.Resources {
		res := &inner.Resources[i]
		switch res.ResourceType {
		case kmsg.ConfigResourceTypeTopic:
			// The names are filtered here, from what is known in full.
			res.ConfigNames = nil
		case kmsg.ConfigResourceTypeBroker:
			res.ResourceName, res.ConfigNames = "", []string{}
		default: // as it is
		}
	}
	resp, err := ask[*kmsg.DescribeConfigsResponse](c, r, &inner)
	if err != nil {
		return nil, err
	}
	if len(resp.Resources) != len(q.Resources) {
		return nil, errDrop
	}
	c.srv.cfg.Shape.View(func(v shape.View) {
		for i := range resp.Resources {
			res, want := &resp.Resources[i], q.Resources[i]
			switch res.ResourceType {
			case kmsg.ConfigResourceTypeTopic:
				if res.ErrorCode == 0 {
					c.srv.describeTopic(v, res)
				}
			case kmsg.ConfigResourceTypeBroker:
				res.ResourceName = want.ResourceName
				if res.ErrorCode == 0 {
					c.describeBroker(v, res)
				}
			default:
				continue
			}
			pick(q, want, res)
			if res.ErrorCode != 0 && res.ErrorMessage == nil {
				res.ErrorMessage = describe(res.ErrorCode)
			}
		}
	})
	return answer(r, resp), nil
}

// pick keeps what was asked for.
func pick(q *kmsg.DescribeConfigsRequest, want kmsg.DescribeConfigsRequestResource, res *kmsg.DescribeConfigsResponseResource) {
	if want.ConfigNames != nil {
		res.Configs = slices.DeleteFunc(res.Configs, func(c kmsg.DescribeConfigsResponseResourceConfig) bool {
			return !slices.Contains(want.ConfigNames, c.Name)
		})
	}
	for i := range res.Configs {
		if !q.IncludeSynonyms {
			res.Configs[i].ConfigSynonyms = nil
		}
		if !q.IncludeDocumentation {
			res.Configs[i].Documentation = nil
		}
	}
}

// layer is one place that a value can come from, the strongest first.
type layer struct {
	name   string
	value  *string
	source kmsg.ConfigSource
}

func configOf(set setting, layers []layer) kmsg.DescribeConfigsResponseResourceConfig {
	c := kmsg.NewDescribeConfigsResponseResourceConfig()
	c.Name, c.ConfigType, c.ReadOnly, c.Documentation = set.name, set.kind, set.readOnly, &set.doc
	c.Value, c.Source = layers[0].value, layers[0].source
	c.IsDefault = c.Source == kmsg.ConfigSourceDefaultConfig
	for _, l := range layers {
		syn := kmsg.NewDescribeConfigsResponseResourceConfigConfigSynonym()
		syn.Name, syn.Value, syn.Source = l.name, l.value, l.source
		c.ConfigSynonyms = append(c.ConfigSynonyms, syn)
	}
	return c
}

func (s *Server) describeTopic(v shape.View, res *kmsg.DescribeConfigsResponseResource) {
	given := map[string]*string{}
	for _, c := range res.Configs {
		if c.Source == kmsg.ConfigSourceDynamicTopicConfig {
			given[c.Name] = c.Value
		}
	}
	res.Configs = res.Configs[:0]
	for _, set := range topicSettings.list {
		var layers []layer
		if value, ok := given[set.name]; ok {
			layers = append(layers, layer{set.name, value, kmsg.ConfigSourceDynamicTopicConfig})
		}
		if set.broker != "" {
			layers = append(layers, s.brokerLayers(v, set.broker, set.fallback, shape.AllBrokers, nil)...)
		} else {
			layers = append(layers, layer{set.name, &set.fallback, kmsg.ConfigSourceDefaultConfig})
		}
		res.Configs = append(res.Configs, configOf(set, layers))
	}
}

// brokerLayers lists where a broker configuration comes from. mine holds the
// static values of one broker.
func (s *Server) brokerLayers(v shape.View, name, fallback string, id int32, mine map[string]string) []layer {
	var out []layer
	if id != shape.AllBrokers {
		if value, ok := v.Config(id, name); ok {
			out = append(out, layer{name, &value, kmsg.ConfigSourceDynamicBrokerConfig})
		}
	}
	if value, ok := v.Config(shape.AllBrokers, name); ok {
		out = append(out, layer{name, &value, kmsg.ConfigSourceDynamicDefaultBrokerConfig})
	}
	value, ok := mine[name]
	if !ok {
		value, ok = s.static[name]
	}
	if ok {
		out = append(out, layer{name, &value, kmsg.ConfigSourceStaticBrokerConfig})
	}
	if fallback != "" || len(out) == 0 {
		l := layer{name, &fallback, kmsg.ConfigSourceDefaultConfig}
		if fallback == "" {
			l.value = nil
		}
		out = append(out, l)
	}
	return out
}

// describeBroker describes this broker, or, without a name, what is set for
// all of them.
func (c *conn) describeBroker(v shape.View, res *kmsg.DescribeConfigsResponseResource) {
	res.Configs = res.Configs[:0]
	if res.ResourceName == "" {
		for _, set := range brokerSettings.list {
			if value, ok := v.Config(shape.AllBrokers, set.name); ok {
				res.Configs = append(res.Configs, configOf(set, []layer{{set.name, &value, kmsg.ConfigSourceDynamicDefaultBrokerConfig}}))
			}
		}
		return
	}
	if res.ResourceName != strconv.Itoa(int(c.b.id)) {
		res.ErrorCode = kerr.InvalidRequest.Code
		res.ErrorMessage = kmsg.StringPtr("this is broker " + strconv.Itoa(int(c.b.id)) + "; ask broker " + res.ResourceName + " for its own configuration")
		return
	}
	b, _ := v.Broker(c.b.id)
	mine := c.srv.ownConfigs(b)
	for _, set := range brokerSettings.list {
		res.Configs = append(res.Configs, configOf(set, c.srv.brokerLayers(v, set.name, set.fallback, c.b.id, mine)))
	}
}

// listConfigResources names this cluster's brokers instead of the engine's one.
func listConfigResources(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	resp, err := ask[*kmsg.ListConfigResourcesResponse](c, r, req)
	if err != nil {
		return nil, err
	}
	var out []kmsg.ListConfigResourcesResponseConfigResource
	c.srv.cfg.Shape.View(func(v shape.View) {
		for _, res := range resp.ConfigResources {
			switch kmsg.ConfigResourceType(res.Type) {
			case kmsg.ConfigResourceTypeBroker:
				for _, b := range v.Brokers() {
					if !b.Fenced {
						res.Name = strconv.Itoa(int(b.ID))
						out = append(out, res)
					}
				}
			case kmsg.ConfigResourceTypeBrokerLogger: // there are none
			default:
				out = append(out, res)
			}
		}
	})
	resp.ConfigResources = out
	return answer(r, resp), nil
}
