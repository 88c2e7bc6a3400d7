package config

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Config is a whole lab.yaml.
type Config struct {
	// Path is the file it was read from; empty for one made in memory.
	Path string `yaml:"-" json:"-"`
	// Current names the cluster that is used when none is asked for. It may be
	// empty where there is only one cluster.
	Current  string             `yaml:"current"`
	Clusters map[string]Cluster `yaml:"clusters"`
	UI       UI                 `yaml:"ui"`
	// Warnings is filled by [Load].
	Warnings []Warning `yaml:"-" json:"-"`
}

// Cluster is how to reach one Kafka cluster, and what surrounds it.
type Cluster struct {
	// Name is the key under clusters.
	Name string `yaml:"-" json:"name"`
	// Brokers are the bootstrap servers, host:port or [ipv6]:port.
	Brokers []string `yaml:"brokers" list:"comma"`
	// TLS is nil for a connection in clear text. An empty one means TLS with the
	// system's certificate authorities.
	TLS *TLS `yaml:"tls"`
	// SASL is nil when clients do not sign in with it.
	SASL *SASL `yaml:"sasl"`
	// Registry is nil when there is no schema registry.
	Registry *Registry `yaml:"registry"`
	Metrics  Metrics   `yaml:"metrics"`
	// ReadOnly refuses every write before it leaves the process.
	ReadOnly bool `yaml:"read_only"`
	// Color is the accent colour: a name of [Colors] or #rrggbb; empty is the
	// theme's choice.
	Color string `yaml:"color"`
	// Masking hides parts of records on this cluster; see [Cluster.Mask].
	Masking []MaskRule `yaml:"masking"`
	// Lab is nil on a cluster that nobody may break.
	Lab *Lab `yaml:"lab"`

	// unresolved holds the ${NAME} of this cluster that are not set.
	unresolved error
}

// TLS says whom to trust and who we are. Paths are absolute after [Load]. The
// broker's host name is always verified, TLS 1.2 is the least.
type TLS struct {
	CA   string `yaml:"ca" path:"true"`   // PEM file with one or more authorities; empty: the system's
	Cert string `yaml:"cert" path:"true"` // PEM file with the client's certificate chain, leaf first
	Key  string `yaml:"key" path:"true"`  // PEM file with its private key, not encrypted
	// ServerName is the name to verify instead of the host that is dialled.
	ServerName string `yaml:"server_name"`
}

// SASL is a sign-in. Which fields it needs depends on the mechanism: user and
// password for PLAIN and SCRAM, a section of its own for the others. Of each
// secret's forms at most one is set.
type SASL struct {
	Mechanism       string    `yaml:"mechanism"` // one of [Mechanisms]
	Username        string    `yaml:"username"`
	Password        Secret    `yaml:"password"`
	PasswordEnv     string    `yaml:"-"` // the NAME in password: ${NAME}; [Load] sets it and Password
	PasswordFile    string    `yaml:"password_file" path:"true"`
	PasswordCommand []string  `yaml:"password_command"`
	OAuth           *OAuth    `yaml:"oauth"`    // for OAUTHBEARER
	AWS             *AWS      `yaml:"aws"`      // for AWS_MSK_IAM; nil is the environment
	Kerberos        *Kerberos `yaml:"kerberos"` // for GSSAPI
}

// OAuth is where a bearer token comes from (KIP-255): a token endpoint with the
// client credentials grant of RFC 6749 4.4 (KIP-768), or the token itself in one
// of its forms, of which token_file and token_command are read anew at every
// sign-in.
type OAuth struct {
	TokenURL            string   `yaml:"token_url"` // https; http only on loopback
	CA                  string   `yaml:"ca" path:"true"`
	ClientID            string   `yaml:"client_id"`
	ClientSecret        Secret   `yaml:"client_secret"`
	ClientSecretEnv     string   `yaml:"-"`
	ClientSecretFile    string   `yaml:"client_secret_file" path:"true"`
	ClientSecretCommand []string `yaml:"client_secret_command"`
	Scope               string   `yaml:"scope"` // space-separated
	Audience            string   `yaml:"audience"`

	Token        Secret   `yaml:"token"`
	TokenEnv     string   `yaml:"-"`
	TokenFile    string   `yaml:"token_file" path:"true"`
	TokenCommand []string `yaml:"token_command"`

	// Extensions are SASL extensions for the broker (KIP-342).
	Extensions map[string]string `yaml:"extensions"`
}

// AWS is where AWS_MSK_IAM finds its keys: here, in a profile of the shared
// credentials file, from a command that prints what AWS calls credential_process
// output (aws configure export-credentials --format process covers SSO, roles
// and instances), or, when nothing is set, in AWS_ACCESS_KEY_ID,
// AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN, then in the profile $AWS_PROFILE.
type AWS struct {
	AccessKey           string   `yaml:"access_key"`
	SecretKey           Secret   `yaml:"secret_key"`
	SecretKeyEnv        string   `yaml:"-"`
	SecretKeyFile       string   `yaml:"secret_key_file" path:"true"`
	SecretKeyCommand    []string `yaml:"secret_key_command"`
	SessionToken        Secret   `yaml:"session_token"`
	SessionTokenEnv     string   `yaml:"-"`
	SessionTokenFile    string   `yaml:"session_token_file" path:"true"`
	SessionTokenCommand []string `yaml:"session_token_command"`
	Profile             string   `yaml:"profile"`
	CredentialsCommand  []string `yaml:"credentials_command"`
}

// Kerberos says who signs in with GSSAPI: username and password of the sign-in,
// a key table for that user, or a credential cache that kinit filled.
type Kerberos struct {
	Service string `yaml:"service"` // the brokers' service name; kafka when empty
	Realm   string `yaml:"realm"`   // the default realm of the configuration when empty
	Config  string `yaml:"config" path:"true"`
	Keytab  string `yaml:"keytab" path:"true"`
	Cache   string `yaml:"cache" path:"true"`
}

// Registry is a schema registry that speaks Confluent's REST API.
type Registry struct {
	URL string `yaml:"url"` // http or https; without user, query or fragment
	CA  string `yaml:"ca" path:"true"`
	// Cert and Key are a client certificate, as in [TLS].
	Cert            string   `yaml:"cert" path:"true"`
	Key             string   `yaml:"key" path:"true"`
	ServerName      string   `yaml:"server_name"`
	Username        string   `yaml:"username"`
	Password        Secret   `yaml:"password"`
	PasswordEnv     string   `yaml:"-"` // the NAME in password: ${NAME}; [Load] sets it and Password
	PasswordFile    string   `yaml:"password_file" path:"true"`
	PasswordCommand []string `yaml:"password_command"`
}

// Metrics is where the cluster's metrics can be asked for.
type Metrics struct {
	Prometheus string `yaml:"prometheus"` // base URL; empty when there is none
}

// Lab marks a cluster that is ours to break, and says what runs it.
type Lab struct {
	Runtime string `yaml:"runtime"`         // one of [Runtimes]
	Dir     string `yaml:"dir" path:"true"` // where the stack keeps its files
}

// UI is how the console looks and behaves.
type UI struct {
	Theme   string        `yaml:"theme"`   // one of [Themes], or the path of a skin file (*.yaml)
	Refresh time.Duration `yaml:"refresh"` // time between two polls; 2 s when not given
	Mouse   bool          `yaml:"mouse"`
	UTC     bool          `yaml:"utc"` // times in UTC instead of local time
}

// DefaultUI is what a file without a ui section gets.
func DefaultUI() UI { return UI{Theme: "auto", Refresh: 2 * time.Second} }

// Names returns the names of all clusters, sorted.
func (c *Config) Names() []string { return slices.Sorted(maps.Keys(c.Clusters)) }

// Cluster returns the cluster called name. An empty name means the current one:
// Current, or the only one there is. An unknown name is an [ErrUnknownCluster]
// that suggests the nearest; a cluster whose ${NAME} are not set is an [*Error].
func (c *Config) Cluster(name string) (Cluster, error) {
	names := c.Names()
	if name == "" {
		name = c.Current
	}
	if name == "" && len(names) == 1 {
		name = names[0]
	}
	if name == "" {
		return Cluster{}, &Error{
			File: c.Path, Key: "current", Err: ErrUnknownCluster,
			Reason: "no cluster is chosen; set current, or pass --cluster NAME" + didYouMean("", names),
		}
	}
	cl, ok := c.Clusters[name]
	if !ok {
		return Cluster{}, &Error{
			File: c.Path, Err: ErrUnknownCluster,
			Reason: fmt.Sprintf("there is no cluster %q", name) + didYouMean(name, names),
		}
	}
	cl.Name = name
	return cl, cl.unresolved
}
