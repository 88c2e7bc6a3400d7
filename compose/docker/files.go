package docker

import (
	"bytes"
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// static are the files that are the same for every lab, as they are written.
//
//go:embed files
var static embed.FS

const (
	private = 0o600
	shared  = 0o644 // below a directory that only its owner can enter: see the package's documentation
)

// writer writes the files of one stack. The first error ends it.
type writer struct {
	home string
	err  error
}

func (w *writer) write(path string, content []byte, perm fs.FileMode) {
	if w.err != nil {
		return
	}
	path = filepath.Join(w.home, filepath.FromSlash(path))
	if w.err = os.MkdirAll(filepath.Dir(path), 0o755); w.err != nil {
		return
	}
	// What is mounted into a container stays the same file where it can: an
	// engine in a virtual machine may hold on to the old one.
	if was, err := os.ReadFile(path); err == nil && bytes.Equal(was, content) {
		return
	}
	w.err = pki.WriteFile(path, content, perm)
}

// once writes a file that is not there yet.
func (w *writer) once(path string, content func() []byte) {
	if _, err := os.Stat(filepath.Join(w.home, filepath.FromSlash(path))); err != nil {
		w.write(path, content(), shared)
	}
}

// writeFiles writes everything below Home.
func (st *start) writeFiles() error {
	w := &writer{home: Home(st.o.Dir)}
	w.static()
	w.write(".env", st.env(), private)
	for id := int32(0); id <= brokerCount; id++ {
		if err := st.writeNode(w, id); err != nil {
			return err
		}
	}
	w.write("kafka/common/start.sh", read("kafka/start.sh"), 0o755)
	for _, name := range []string{"log4j2.properties", "jmx.yaml"} {
		w.write("kafka/common/"+name, read("kafka/"+name), shared)
	}
	st.writeExporter(w)
	if err := st.writeApicurio(w); err != nil {
		return err
	}
	if err := st.writeConfluent(w); err != nil {
		return err
	}
	w.write("grafana/secrets/admin.secret", []byte(st.users[0].Password), shared)
	return w.err
}

// static writes compose.yaml and the configurations of Prometheus and Grafana.
func (w *writer) static() {
	for _, root := range []string{composeFile, "prometheus", "grafana"} {
		err := fs.WalkDir(static, "files/"+root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				path = strings.TrimPrefix(path, "files/")
				w.write(path, read(path), shared)
			}
			return err
		})
		if w.err == nil {
			w.err = err
		}
	}
}

// read reads an embedded file, which is there.
func read(path string) []byte {
	raw, err := static.ReadFile("files/" + path)
	if err != nil {
		panic(err) // a file of this package's own is missing from it
	}
	return raw
}

// env is what compose.yaml refers to, for compose's .env.
func (st *start) env() []byte {
	l := st.now
	values := map[string]string{
		"COMPOSE_PROJECT_NAME":     l.Project,
		"COMPOSE_PROFILES":         strings.Join(l.Profiles, ","),
		"KCONSOLE_REGISTRY_PORT":   fmt.Sprint(l.Ports.Registry),
		"KCONSOLE_PROMETHEUS_PORT": fmt.Sprint(l.Ports.Prometheus),
		"KCONSOLE_GRAFANA_PORT":    fmt.Sprint(l.Ports.Grafana),
		"KCONSOLE_PROGRAM_SUM":     st.program,
	}
	for i := range brokerCount {
		values[fmt.Sprintf("KCONSOLE_KAFKA_%d_PORT", i+1)] = fmt.Sprint(l.Ports.Clients[i])
		values[fmt.Sprintf("KCONSOLE_KAFKA_%d_MTLS_PORT", i+1)] = fmt.Sprint(l.Ports.MutualTLS[i])
	}
	return envFile("# Written by kconsole lab up, which also puts the ports into the brokers' configuration.", values)
}

func envFile(comment string, values map[string]string) []byte {
	var b strings.Builder
	b.WriteString(comment + "\n")
	for _, name := range slices.Sorted(maps.Keys(values)) {
		b.WriteString(name + "=" + values[name] + "\n")
	}
	return []byte(b.String())
}

// Where containers see what.
const (
	inConf = "/etc/kconsole/"
	inData = "/var/lib/kafka/data/kafka"
)

// writeNode writes the files of a broker, or of the controller: node 0.
func (st *start) writeNode(w *writer, id int32) error {
	n := kafkaconf.Node{
		ID: controllerID, Roles: kafkaconf.RoleController, Voter: fmt.Sprintf("%d@controller:9093", controllerID),
		Listeners: []kafkaconf.Listener{{Name: kafkaconf.ControllerListener, Bind: ":9093", Advertised: "controller:9093"}},
		Brokers:   brokerCount, CA: inConf + labdir.CAFile, Keystore: inConf + "keystore.pem", Data: inData,
		Users: st.users, Tokens: st.tokens, Session: st.o.SessionTimeout,
	}
	service := "controller"
	if id > 0 {
		service = brokerService(id)
		n.ID, n.Roles = id, kafkaconf.RoleBroker
		n.Listeners = []kafkaconf.Listener{
			{Name: kafkaconf.ClientListener, Bind: ":9092", Advertised: loopback(st.now.Ports.Clients[id-1])},
			{Name: kafkaconf.InternalListener, Bind: ":9093", Advertised: service + ":9093"},
			{Name: kafkaconf.NetworkListener, Bind: ":9094", Advertised: service + ":9094"},
			{Name: kafkaconf.MutualTLSListener, Bind: ":9095", Advertised: loopback(st.now.Ports.MutualTLS[id-1])},
		}
	}
	name := service
	if id == 0 {
		name = fmt.Sprintf("kafka-%d", controllerID)
	}
	leaf, err := st.ca.Ensure(filepath.Join(labdir.DockerDir, "tls", service), pki.Server(name, service))
	if err != nil {
		return err
	}
	dir := "kafka/" + service + "/"
	w.write(dir+"server.properties", n.Text(), shared)
	w.write(dir+"keystore.pem", leaf.Keystore(), shared)
	w.write(dir+labdir.CAFile, st.ca.PEM(), shared)
	if id == 0 {
		users := append(slices.Clone(st.users), st.exporter)
		args := kafkaconf.FormatArgs(st.now.ClusterID, inConf+"server.properties", users)
		w.write(dir+"format.args", kafkaconf.JavaArgFile(args), shared)
		return nil
	}
	// A broker takes its metadata from the controller, so this one file is all
	// that kafka-storage would make for it (KIP-858).
	w.once(dir+"meta.properties", func() []byte {
		return fmt.Appendf(nil, "version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", st.now.ClusterID, id, kafkaconf.NewUUID())
	})
	return nil
}

// writeExporter writes the configuration with which kconsole's exporter
// connects: by a user of its own that may only look.
func (st *start) writeExporter(w *writer) {
	w.write("exporter/"+labdir.CAFile, st.ca.PEM(), shared)
	w.write("exporter/exporter.secret", []byte(st.exporter.Password), shared)
	var at []string
	for id := int32(1); id <= brokerCount; id++ {
		at = append(at, `"`+brokerService(id)+`:9094"`)
	}
	w.write("exporter/kconsole.yaml", fmt.Appendf(nil, `---
current: lab
clusters:
  lab:
    brokers: [%s]
    tls: {ca: %s}
    sasl: {mechanism: SCRAM-SHA-512, username: %s, password_file: exporter.secret}
    read_only: true
`, strings.Join(at, ", "), labdir.CAFile, st.exporter.Name), shared)
}
