package process

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"

	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	serverFile = "server.properties"

	log4jFile     = "log4j2.properties"
	toolLog4jFile = "log4j2-tools.properties"

	clientListener = "CLIENT"
)

func keys[V any](m map[string]V) func(func(string) bool) { return maps.Keys(m) }

// node is one Kafka process as its server.properties describes it.
type node struct {
	id      int32
	roles   string // broker, controller, or both
	voter   int32  // the one node that is the controller quorum
	ports   Ports
	ca      string // path of ca.pem
	store   string // path of its PEM key store
	data    string // log.dirs
	users   []labdir.User
	tokens  string // delegation.token.secret.key
	session time.Duration
}

// properties is a server.properties: https://kafka.apache.org/43/configuration/broker-configs/
func (n node) properties() map[string]string {
	p := map[string]string{
		"process.roles":                  n.roles,
		"node.id":                        strconv.Itoa(int(n.id)),
		"controller.quorum.voters":       fmt.Sprintf("%d@%s", n.voter, loopback(n.ports.Controller)),
		"controller.listener.names":      "CONTROLLER",
		"listener.security.protocol.map": "CONTROLLER:SSL,CLIENT:SASL_SSL,MTLS:SSL,INTERNAL:SSL",
		"log.dirs":                       n.data,

		"ssl.keystore.type":       "PEM",
		"ssl.keystore.location":   n.store,
		"ssl.truststore.type":     "PEM",
		"ssl.truststore.location": n.ca,
		"ssl.client.auth":         "required",
		// A certificate's holder is known by its common name: User:kafka-1, User:app.
		"ssl.principal.mapping.rules": "RULE:^CN=([^,]+).*$/$1/,DEFAULT",

		"authorizer.class.name":             "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
		"allow.everyone.if.no.acl.found":    "false",
		"super.users":                       n.superUsers(),
		"delegation.token.secret.key":       n.tokens,
		"broker.session.timeout.ms":         strconv.FormatInt(n.session.Milliseconds(), 10),
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
	var listeners []string
	if strings.Contains(n.roles, "controller") {
		p["default.replication.factor"], p["num.partitions"] = "3", "3"
		listeners = append(listeners, "CONTROLLER://"+loopback(n.ports.Controller))
	}
	if strings.Contains(n.roles, "broker") {
		i := n.id - 1
		listeners = append(listeners,
			clientListener+"://"+loopback(n.ports.Clients[i]),
			"MTLS://"+loopback(n.ports.MutualTLS[i]),
			"INTERNAL://"+loopback(n.ports.Internal[i]))
		maps.Copy(p, n.brokerOnly())
	}
	p["listeners"] = strings.Join(listeners, ",")
	return p
}

func (n node) brokerOnly() map[string]string {
	plain := `org.apache.kafka.common.security.plain.PlainLoginModule required`
	for _, u := range n.users {
		plain += fmt.Sprintf(` user_%s="%s"`, u.Name, u.Password) // passwords need no quoting: pki.Password
	}
	scram := `org.apache.kafka.common.security.scram.ScramLoginModule required;`
	return map[string]string{
		"inter.broker.listener.name":                                  "INTERNAL",
		"broker.rack":                                                 "rack-" + string('a'+n.id-1),
		"sasl.enabled.mechanisms":                                     "SCRAM-SHA-512,SCRAM-SHA-256,PLAIN",
		"listener.name.client.ssl.client.auth":                        "none",
		"listener.name.client.scram-sha-512.sasl.jaas.config":         scram,
		"listener.name.client.scram-sha-256.sasl.jaas.config":         scram,
		"listener.name.client.plain.sasl.jaas.config":                 plain + ";",
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
}

func (n node) superUsers() string {
	var users []string
	for i := 1; i <= brokerCount; i++ {
		users = append(users, fmt.Sprintf("User:kafka-%d", i))
	}
	for _, u := range n.users {
		if u.Super {
			users = append(users, "User:"+u.Name)
		}
	}
	return strings.Join(users, ";")
}

// write writes server.properties, which holds passwords, for its owner only.
func (n node) write(path string) error {
	p := n.properties()
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(p)) {
		b.WriteString(key + "=" + escapeValue(p[key]) + "\n")
	}
	return pki.WriteFile(path, []byte(b.String()), 0o600)
}

// escapeValue writes a value as Java's Properties.load reads it: in Latin-1,
// with a backslash as the escape. https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/Properties.html
func escapeValue(s string) string {
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

// machine is how a node is run.
func (k kafka) machine(u *unit, heapMiB int) jvm {
	return jvm{
		heapMiB:   heapMiB,
		classpath: k.classpath,
		archive:   k.archive,
		system: map[string]string{
			"log4j2.configurationFile": filepath.Join(filepath.Dir(u.dir), log4jFile),
			"kconsole.log":             u.file(logFile),
		},
		main: []string{"kafka.Kafka", u.file(serverFile)},
	}
}

// log4jText sends everything that matters to one file of bounded size. The
// dump of the whole configuration at each start does not: it takes time and
// nobody reads it.
const log4jText = `status=error
appender.file.type=RollingFile
appender.file.name=file
appender.file.fileName=${sys:kconsole.log}
appender.file.filePattern=${sys:kconsole.log}.%i
appender.file.layout.type=PatternLayout
appender.file.layout.pattern=[%d] %p %m (%c{1})%n
appender.file.policy.type=SizeBasedTriggeringPolicy
appender.file.policy.size=16MB
appender.file.strategy.type=DefaultRolloverStrategy
appender.file.strategy.max=1
rootLogger.level=INFO
rootLogger.appenderRef.file.ref=file
logger.config.name=org.apache.kafka.common.config.AbstractConfig
logger.config.level=WARN
logger.kafkaconfig.name=kafka.server.KafkaConfig
logger.kafkaconfig.level=WARN
logger.request.name=kafka.request.logger
logger.request.level=WARN
`

// toolLog4jText is for programs that run to their end: what is wrong, on stderr.
const toolLog4jText = `status=error
appender.err.type=Console
appender.err.name=err
appender.err.target=SYSTEM_ERR
appender.err.layout.type=PatternLayout
appender.err.layout.pattern=%p %m (%c{1})%n
rootLogger.level=WARN
rootLogger.appenderRef.err.ref=err
`

// writeLogging writes the logging configurations into dir, the directory that
// holds the units'.
func writeLogging(dir string) error {
	if err := pki.WriteFile(filepath.Join(dir, log4jFile), []byte(log4jText), 0o600); err != nil {
		return err
	}
	return pki.WriteFile(filepath.Join(dir, toolLog4jFile), []byte(toolLog4jText), 0o600)
}
