package process

import (
	"encoding/base64"
	"net"
	"strings"
	"testing"
	"time"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
)

func TestPortsAreFreeDifferentAndLow(t *testing.T) {
	var ports Ports
	ports.Clients[1] = 23456
	if err := ports.choose(t.Context(), t.TempDir(), false); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, p := range ports.all() {
		if *p < 1024 || *p >= 32768 || seen[*p] {
			t.Errorf("port %d in %+v", *p, ports)
		}
		seen[*p] = true
	}
	if ports.Clients[1] != 23456 {
		t.Error("a given port was changed")
	}
	if port := ports.firstTaken(t.Context()); port != 0 && port != 23456 {
		t.Errorf("port %d was chosen and is taken", port)
	}
	ln, err := net.Listen("tcp", loopback(ports.Controller))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	if got := ports.firstTaken(t.Context()); got != ports.Controller && got != 23456 {
		t.Errorf("a taken port was not noticed: %d", got)
	}
}

func TestUsualPorts(t *testing.T) {
	dir := t.TempDir()
	if err := labdir.Make(dir); err != nil {
		t.Fatal(err)
	}
	known, err := labdir.ChoosePorts(t.Context(), dir, brokerCount)
	if err != nil {
		t.Fatal(err)
	}
	var ports Ports
	if err := ports.choose(t.Context(), dir, true); err != nil {
		t.Fatal(err)
	}
	if ports.Registry != known.Registry && labdir.PortFree(t.Context(), known.Registry) {
		t.Errorf("%+v, the lab's usual ports are %v", ports, known)
	}
}

func TestUUIDsHaveKafkasForm(t *testing.T) {
	seen := map[string]bool{}
	for range 200 {
		id := kafkaconf.NewUUID()
		raw, err := base64.RawURLEncoding.DecodeString(id)
		if err != nil || len(raw) != 16 || strings.HasPrefix(id, "-") || seen[id] {
			t.Fatalf("%q: %v", id, err)
		}
		seen[id] = true
	}
}

func TestProperties(t *testing.T) {
	var ports Ports
	for i, p := range ports.all() {
		*p = 20000 + i
	}
	users := []labdir.User{{Name: "admin", Password: "A", Super: true}, {Name: "app", Password: "B"}}
	n := node{
		id: 2, voter: controllerID, roles: "broker", ports: ports, users: users, tokens: "T", session: 3 * time.Second,
		ca: `/la b/ca.pem`, store: "/lab/k.pem", data: "/lab/data",
	}
	p := n.conf().Properties()
	for key, want := range map[string]string{
		"process.roles":             "broker",
		"controller.quorum.voters":  "100@" + loopback(ports.Controller),
		"super.users":               "User:kafka-1;User:kafka-2;User:kafka-3;User:admin",
		"broker.session.timeout.ms": "3000",
		"broker.rack":               "rack-b",
		"listeners":                 "CLIENT://" + loopback(ports.Clients[1]) + ",MTLS://" + loopback(ports.MutualTLS[1]) + ",INTERNAL://" + loopback(ports.Internal[1]),
	} {
		if p[key] != want {
			t.Errorf("%s=%s, want %s", key, p[key], want)
		}
	}
	for key, value := range p {
		if strings.Contains(key, "listeners") && strings.Contains(value, "://:") {
			t.Errorf("%s=%s listens beyond loopback", key, value)
		}
	}
	n.id, n.roles = controllerID, "controller"
	p = n.conf().Properties()
	if p["listeners"] != "CONTROLLER://"+loopback(ports.Controller) {
		t.Errorf("the controller listens on %s", p["listeners"])
	}
	for key, value := range p {
		if strings.Contains(value, "user_admin") {
			t.Errorf("the controller's %s holds passwords that it does not need", key)
		}
	}
}

func TestDirectoriesThatCannotBe(t *testing.T) {
	if err := supported(); err != nil {
		t.Skip(err)
	}
	for _, dir := range []string{"", "/tmp/a,b", "/tmp/a;b"} {
		if _, err := Up(t.Context(), Options{Dir: dir}); err == nil {
			t.Errorf("%q was accepted", dir)
		}
	}
}
