package importer

import (
	"errors"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"kconsole/kafka/config"
)

// rpkFile is rpk.yaml, the file of all profiles.
// https://docs.redpanda.com/current/get-started/config-rpk-profile/
type rpkFile struct {
	CurrentProfile string       `yaml:"current_profile"`
	Profiles       []rpkProfile `yaml:"profiles"`
}

type rpkProfile struct {
	Name     string `yaml:"name"`
	KafkaAPI struct {
		Brokers []string `yaml:"brokers"`
		TLS     *rpkTLS  `yaml:"tls"`
		SASL    *struct {
			User      string `yaml:"user"`
			Password  string `yaml:"password"`
			Mechanism string `yaml:"mechanism"`
		} `yaml:"sasl"`
	} `yaml:"kafka_api"`
	AdminAPI struct {
		Addresses []string `yaml:"addresses"`
	} `yaml:"admin_api"`
	Registry struct {
		Addresses []string `yaml:"addresses"`
		TLS       *rpkTLS  `yaml:"tls"`
	} `yaml:"schema_registry"`
	FromCloud bool `yaml:"from_cloud"`
}

// rpkTLS means TLS where it is present, unless it says enabled: false.
type rpkTLS struct {
	Enabled  *bool  `yaml:"enabled"`
	Key      string `yaml:"key_file"`
	Cert     string `yaml:"cert_file"`
	CA       string `yaml:"ca_file"`
	Insecure bool   `yaml:"insecure_skip_verify"`
}

func (t *rpkTLS) on() bool { return t != nil && (t.Enabled == nil || *t.Enabled) }

// rpk reads the profiles of rpk.
func (r *Result) rpk(raw []byte, opts Options) error {
	if deep, line := config.YAMLNesting(string(raw)); deep > 64 {
		return lineError(line, "", "is nested too deeply to be an rpk profile")
	}
	var file rpkFile
	var alone rpkProfile // as rpk profile print writes it
	if err := unmarshal(raw, &file, &alone); err != nil {
		e := &config.Error{Reason: "is not an rpk profile"}
		var at yaml.Error
		if errors.As(err, &at) && at.GetToken() != nil && at.GetToken().Position != nil {
			e.Line = at.GetToken().Position.Line // the message would quote the file
		}
		return e
	}
	profiles := file.Profiles
	if len(profiles) == 0 && len(alone.KafkaAPI.Brokers) > 0 {
		profiles = []rpkProfile{alone}
	}
	if len(profiles) == 0 {
		return &config.Error{Reason: "holds no rpk profile with kafka_api.brokers"}
	}
	for _, p := range profiles {
		name := opts.Name
		if len(profiles) > 1 {
			name = cleanName(p.Name)
		} else if p.Name != "" && opts.Name == nameOf(r.Source) {
			name = cleanName(p.Name)
		}
		if p.FromCloud && len(p.KafkaAPI.Brokers) == 0 {
			r.ignore(0, p.Name, "is a cloud profile without addresses; log in with rpk cloud first")
			continue
		}
		if _, twice := r.Clusters[name]; twice {
			r.ignore(0, p.Name, "another profile has this name already")
			continue
		}
		cl, err := r.rpkCluster(name, p, opts)
		if err != nil {
			return err
		}
		r.Clusters[name] = cl
		if p.Name == file.CurrentProfile {
			r.Current = name
		}
	}
	if len(r.Clusters) == 0 {
		return &config.Error{Reason: "holds no rpk profile with kafka_api.brokers"}
	}
	return nil
}

// unmarshal reads the first document of a file into each of some structs. In
// braces, the library would take an address such as h:9092 for a mapping.
func unmarshal(raw []byte, into ...any) error {
	text, unshield := config.ShieldYAML(string(raw))
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil || len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return err
	}
	ast.Walk(restorer(unshield), file.Docs[0].Body)
	for _, v := range into {
		err = errors.Join(err, yaml.NodeToValue(file.Docs[0].Body, v))
	}
	return err
}

// restorer restores the texts of a document that was shielded.
type restorer func(string) string

// Visit is for [ast.Walk].
func (r restorer) Visit(n ast.Node) ast.Visitor {
	if s, is := n.(*ast.StringNode); is {
		s.Value = r(s.Value)
	}
	return r
}

func (r *Result) rpkCluster(name string, p rpkProfile, opts Options) (config.Cluster, error) {
	cl := config.Cluster{Name: name, Brokers: opts.Brokers}
	if len(cl.Brokers) == 0 {
		cl.Brokers = splitBrokers(strings.Join(p.KafkaAPI.Brokers, ","))
	}
	if len(cl.Brokers) == 0 {
		return cl, noBrokers("kafka_api.brokers in profile " + name)
	}
	for i, b := range cl.Brokers {
		if !strings.Contains(b, ":") {
			cl.Brokers[i] = b + ":9092" // rpk's default
		}
	}
	if t := p.KafkaAPI.TLS; t.on() {
		cl.TLS = &config.TLS{CA: r.locate(t.CA), Cert: r.locate(t.Cert), Key: r.locate(t.Key)}
		r.rpkInsecure(t, name+" kafka_api.tls.insecure_skip_verify")
	}
	if s := p.KafkaAPI.SASL; s != nil && s.User != "" {
		mechanism := strings.ToUpper(orDefault(s.Mechanism, "SCRAM-SHA-256"))
		cl.SASL = &config.SASL{Mechanism: mechanism, Username: s.User, Password: config.NewSecret(s.Password)}
	}
	if len(p.Registry.Addresses) > 0 {
		r.rpkRegistry(&cl, p, name)
	}
	if len(p.AdminAPI.Addresses) > 0 {
		r.ignore(0, name+" admin_api", "is Redpanda's own API; the console speaks Kafka's")
	}
	return cl, nil
}

func (r *Result) rpkInsecure(t *rpkTLS, key string) {
	if t.Insecure {
		r.refuse(0, key, "switches verification off; the console always verifies: give the authority as tls.ca")
	}
}

func (r *Result) rpkRegistry(cl *config.Cluster, p rpkProfile, name string) {
	address := p.Registry.Addresses[0]
	if len(p.Registry.Addresses) > 1 {
		r.ignore(0, name+" schema_registry.addresses", "only the first of several addresses is taken")
	}
	t := p.Registry.TLS
	if !strings.Contains(address, "://") {
		if t.on() {
			address = "https://" + address
		} else {
			address = "http://" + address
		}
	}
	cl.Registry = &config.Registry{URL: address}
	if t.on() && strings.HasPrefix(address, "https://") {
		cl.Registry.CA, cl.Registry.Cert, cl.Registry.Key = r.locate(t.CA), r.locate(t.Cert), r.locate(t.Key)
		r.rpkInsecure(t, name+" schema_registry.tls.insecure_skip_verify")
	}
	if cl.SASL != nil { // rpk signs in there as it does to the brokers
		cl.Registry.Username, cl.Registry.Password = cl.SASL.Username, cl.SASL.Password
	}
}
