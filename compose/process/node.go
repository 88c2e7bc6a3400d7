package process

import (
	"fmt"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	serverFile = "server.properties"

	log4jFile     = "log4j2.properties"
	toolLog4jFile = "log4j2-tools.properties"
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

// conf is the node's configuration. A listener is advertised as it is bound.
func (n node) conf() kafkaconf.Node {
	c := kafkaconf.Node{
		ID: n.id, Roles: n.roles, Voter: fmt.Sprintf("%d@%s", n.voter, loopback(n.ports.Controller)),
		Brokers: brokerCount, CA: n.ca, Keystore: n.store, Data: n.data,
		Users: n.users, Tokens: n.tokens, Session: n.session,
	}
	if strings.Contains(n.roles, kafkaconf.RoleController) {
		c.Listeners = append(c.Listeners, kafkaconf.Listener{Name: kafkaconf.ControllerListener, Bind: loopback(n.ports.Controller)})
	}
	if strings.Contains(n.roles, kafkaconf.RoleBroker) {
		i := n.id - 1
		c.Listeners = append(c.Listeners,
			kafkaconf.Listener{Name: kafkaconf.ClientListener, Bind: loopback(n.ports.Clients[i])},
			kafkaconf.Listener{Name: kafkaconf.MutualTLSListener, Bind: loopback(n.ports.MutualTLS[i])},
			kafkaconf.Listener{Name: kafkaconf.InternalListener, Bind: loopback(n.ports.Internal[i])},
		)
	}
	return c
}

// write writes server.properties, which holds passwords, for its owner only.
func (n node) write(path string) error { return pki.WriteFile(path, n.conf().Text(), 0o600) }

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
