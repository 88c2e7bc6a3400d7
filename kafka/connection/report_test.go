package connection_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/connection"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// names joins the steps that were taken; one that failed has a !.
func names(l connection.Listener) string {
	var out []string
	for _, s := range l.Steps {
		if !s.OK {
			s.Name += "!"
		}
		out = append(out, s.Name)
	}
	return strings.Join(out, " ")
}

func report(t *testing.T, cfg config.Cluster) connection.Report {
	t.Helper()
	r, err := connection.Make(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestEveryListenerOfALab(t *testing.T) {
	cluster := kafkatest.Embedded(t)
	all := cluster.Config
	one := all
	one.Brokers = all.Brokers[:1] // the others are advertised
	r := report(t, one)
	if len(r.Listeners) != 3 || r.Problem != "" || r.Security != "SASL_SSL" {
		t.Fatalf("%+v", r)
	}
	for i, l := range r.Listeners {
		if l.Broker == nil || *l.Broker != int32(i+1) || l.Configured != (i == 0) || names(l) != "dns tcp tls sasl api versions" {
			t.Errorf("%s: %s %+v", l.Address, names(l), l)
			continue
		}
		if len(l.Certificates) == 0 || l.Certificates[0].Until.Before(time.Now()) || len(l.Certificates[0].Names) == 0 {
			t.Errorf("certificates: %+v", l.Certificates)
		}
		if d := l.Steps[2].Detail; !strings.Contains(d, "TLS 1.3") || !strings.Contains(d, "ends in") {
			t.Errorf("tls: %s", d)
		}
		if d := l.Steps[3].Detail; !strings.Contains(d, "SCRAM-SHA-512 as admin") {
			t.Errorf("sasl: %s", d)
		}
	}
	wrong := one
	sasl := *one.SASL
	sasl.Password, sasl.PasswordFile, sasl.PasswordEnv = config.NewSecret("not-the-password"), "", ""
	wrong.SASL = &sasl
	if l := report(t, wrong).Listeners[0]; names(l) != "dns tcp tls sasl!" || kafka.KindOf(l.Failed().Err) != kafka.Auth || strings.Contains(l.Failed().Reason, "not-the-password") {
		t.Errorf("a wrong password: %s %+v", names(l), l.Failed())
	}
	foreign := one
	foreign.TLS = &config.TLS{}
	if l := report(t, foreign).Listeners[0]; names(l) != "dns tcp tls!" || len(l.Certificates) == 0 || l.Failed().Reason == "" {
		t.Errorf("an unknown authority: %s %+v", names(l), l)
	}
	other := one
	other.TLS = &config.TLS{CA: one.TLS.CA, ServerName: "kafka.example.com"}
	if l := report(t, other).Listeners[0]; names(l) != "dns tcp tls!" || !strings.Contains(l.Failed().Reason, "kafka.example.com") {
		t.Errorf("another name: %s %+v", names(l), l.Failed())
	}
}

func TestWhatDoesNotAnswer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	r := report(t, config.Cluster{Name: "c", Brokers: []string{"127.0.0.1:1", "no-such-host.invalid:9092", silent.Addr().String()}})
	for i, want := range []string{"dns tcp!", "dns!", "dns tcp api versions!"} {
		if l := r.Listeners[i]; names(l) != want || l.Failed().Reason == "" || strings.Contains(l.Failed().Reason, "\n") {
			t.Errorf("%s: %s %+v", l.Address, names(l), l.Failed())
		}
	}
	if r.Problem == "" {
		t.Error("nobody advertised anything, and that is no problem")
	}
}

func TestClearText(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	r := report(t, config.Cluster{Name: "c", Brokers: fake.ListenAddrs()})
	if len(r.Listeners) != 1 || names(r.Listeners[0]) != "dns tcp api versions" || r.Security != "PLAINTEXT" {
		t.Errorf("%+v", r)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := connection.Make(ctx, config.Cluster{Name: "c", Brokers: fake.ListenAddrs()}); err != nil || r.Listeners[0].Failed() == nil {
		t.Errorf("%+v, %v", r, err)
	}
}
