// Package kafkaconf is the configuration of the lab's Kafka nodes: the same
// cluster, whether they run as processes or in containers.
package kafkaconf

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"kconsole/compose/labdir"
)

// The roles of a node (KRaft).
const (
	RoleBroker     = "broker"
	RoleController = "controller"
)

// The listeners of the lab. Clients sign in with SCRAM or PLAIN on those with
// SASL_SSL, and are known by their certificate on those with SSL.
const (
	ClientListener     = "CLIENT"     // SASL_SSL, for programs on this machine
	NetworkListener    = "NETWORK"    // SASL_SSL, for containers beside the brokers
	MutualTLSListener  = "MTLS"       // SSL with a client certificate
	InternalListener   = "INTERNAL"   // SSL, between brokers
	ControllerListener = "CONTROLLER" // SSL, to and between controllers
)

var saslListeners = []string{ClientListener, NetworkListener}

// Listener is where a node listens, and what it tells clients to connect to.
type Listener struct {
	Name       string
	Bind       string // host:port; an empty host is every interface
	Advertised string // host:port; empty: as Bind
}

// Node is one Kafka node as its server.properties describes it.
type Node struct {
	ID        int32
	Roles     string // RoleBroker, RoleController, or both with a comma between
	Voter     string // id@host:port of the one controller that is the quorum
	Listeners []Listener
	Brokers   int    // how many there are: their certificates name super users
	CA        string // path of ca.pem
	Keystore  string // path of its PEM key store (KIP-651)
	Data      string // log.dirs
	Users     []labdir.User
	Tokens    string        // delegation.token.secret.key
	Session   time.Duration // how long a broker may be silent before it is fenced
}

// Properties is a server.properties: https://kafka.apache.org/43/configuration/broker-configs/
func (n Node) Properties() map[string]string {
	p := map[string]string{
		"process.roles":                  n.Roles,
		"node.id":                        strconv.Itoa(int(n.ID)),
		"controller.quorum.voters":       n.Voter,
		"controller.listener.names":      ControllerListener,
		"listener.security.protocol.map": "CONTROLLER:SSL,CLIENT:SASL_SSL,NETWORK:SASL_SSL,MTLS:SSL,INTERNAL:SSL",
		"log.dirs":                       n.Data,

		"ssl.keystore.type":       "PEM",
		"ssl.keystore.location":   n.Keystore,
		"ssl.truststore.type":     "PEM",
		"ssl.truststore.location": n.CA,
		"ssl.client.auth":         "required",
		// A certificate's holder is known by its common name: User:kafka-1, User:app.
		"ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",

		"authorizer.class.name":             "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found":    "false",
		"super.users":                       n.superUsers(),
		"delegation.token.secret.key":       n.Tokens,
		"broker.session.timeout.ms":         strconv.FormatInt(n.Session.Milliseconds(), 10),
		"broker.heartbeat.interval.ms":      "500",
		"auto.create.topics.enable":         "false",
		"default.replication.factor":        "3",
		"num.partitions":                    "3",
		"auto.leader.rebalance.enable":      "false", // leaders move when somebody moves them: a lab shows why
		"num.recovery.threads.per.data.dir": "1",
		"num.network.threads":               "2",
		"num.io.threads":                    "4",
		"background.threads":                "2",
		"log.cleaner.dedupe.buffer.size":    "4194304", // of 128 MiB otherwise, out of a small heap
		"log.index.size.max.bytes":          "1048576",
	}
	var listeners, advertised []string
	for _, l := range n.Listeners {
		listeners = append(listeners, l.Name+"://"+l.Bind)
		if l.Advertised != "" {
			advertised = append(advertised, l.Name+"://"+l.Advertised)
		}
	}
	p["listeners"] = strings.Join(listeners, ",")
	if len(advertised) > 0 {
		p["advertised.listeners"] = strings.Join(advertised, ",")
	}
	if strings.Contains(n.Roles, RoleBroker) {
		maps.Copy(p, n.brokerOnly())
	}
	return p
}

func (n Node) brokerOnly() map[string]string {
	p := map[string]string{
		"inter.broker.listener.name":                                  InternalListener,
		"broker.rack":                                                 "rack-" + string('a'+n.ID-1),
		"sasl.enabled.mechanisms":                                     "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
		"offsets.topic.num.partitions":                                "6",
		"transaction.state.log.num.partitions":                        "4",
		"offsets.topic.replication.factor":                            "3",
		"transaction.state.log.replication.factor":                    "3",
		"transaction.state.log.min.isr":                               "2",
		"share.coordinator.state.topic.num.partitions":                "4",
		"share.coordinator.state.topic.replication.factor":            "3",
		"share.coordinator.state.topic.min.isr":                       "2",
		"group.initial.rebalance.delay.ms":                            "0",
		"replica.lag.time.max.ms":                                     "5000",
		"controlled.shutdown.enable":                                  "true",
		"group.consumer.min.session.timeout.ms":                       "6000",
		"group.consumer.session.timeout.ms":                           "15000",
		"group.consumer.heartbeat.interval.ms":                        "3000",
		"group.consumer.min.heartbeat.interval.ms":                    "500",
		"transaction.abort.timed.out.transaction.cleanup.interval.ms": "2000",
	}
	plain := `org.apache.kafka.common.security.plain.PlainLoginModule required`
	for _, u := range n.Users {
		plain += fmt.Sprintf(` user_%s="%s"`, u.Name, u.Password) // passwords need no quoting: pki.Password
	}
	const scram = `org.apache.kafka.common.security.scram.ScramLoginModule required;`
	for _, l := range n.Listeners {
		if !slices.Contains(saslListeners, l.Name) {
			continue
		}
		prefix := "listener.name." + strings.ToLower(l.Name) + "."
		p[prefix+"ssl.client.auth"] = "none"
		p[prefix+"scram-sha-512.sasl.jaas.config"] = scram
		p[prefix+"scram-sha-256.sasl.jaas.config"] = scram
		p[prefix+"plain.sasl.jaas.config"] = plain + ";"
	}
	return p
}

func (n Node) superUsers() string {
	var users []string
	for i := 1; i <= n.Brokers; i++ {
		users = append(users, fmt.Sprintf("User:kafka-%d", i))
	}
	for _, u := range n.Users {
		if u.Super {
			users = append(users, "User:"+u.Name)
		}
	}
	return strings.Join(users, ";")
}

// Text is the file. It holds passwords.
func (n Node) Text() []byte {
	p := n.Properties()
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		b.WriteString(key + "=" + EscapeValue(p[key]) + "\n")
	}
	return []byte(b.String())
}

// EscapeValue writes a value as Java's Properties.load reads it: in Latin-1,
// with a backslash as the escape. https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html
func EscapeValue(s string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune(s)) {
		switch {
		case unit == '\\':
			b.WriteString(`\\`)
		case unit < ' ' || unit > '~':
			fmt.Fprintf(&b, `\u%04x`, unit)
		default:
			b.WriteByte(byte(unit))
		}
	}
	return b.String()
}

// FormatArgs are the arguments with which kafka-storage formats the controller's
// storage and writes the users into its first metadata. They hold passwords.
func FormatArgs(clusterID, serverProperties string, users []labdir.User) []string {
	args := []string{"kafka.tools.StorageTool", "format", "--cluster-id", clusterID, "--config", serverProperties}
	for _, user := range users {
		for _, mechanism := range []string{"SCRAM-SHA-512", "SCRAM-SHA-256"} {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user.Name, user.Password))
		}
	}
	return args
}

// JavaArgFile writes arguments as the java program reads them from an @file.
func JavaArgFile(args []string) []byte {
	var b strings.Builder
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for _, arg := range args {
		b.WriteString(`"` + escape.Replace(arg) + "\"\n")
	}
	return []byte(b.String())
}
