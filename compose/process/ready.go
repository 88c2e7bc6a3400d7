package process

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/compose/brokers"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

const startLimit = 2 * time.Minute // for one process, on a machine that is busy

// adminOf is how the stack itself signs in.
func adminOf(ports Ports, ca string, admin labdir.User) config.Cluster {
	cl := config.Cluster{
		Name: "lab",
		TLS:  &config.TLS{CA: ca},
		SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: admin.Name, Password: config.NewSecret(admin.Password)},
	}
	for _, port := range ports.Clients {
		cl.Brokers = append(cl.Brokers, loopback(port))
	}
	return cl
}

// awaitBroker returns when the broker accepts clients and says itself that it,
// and all of others, take part in the cluster.
func awaitBroker(ctx context.Context, u *unit, id int32, admin config.Cluster, others []int32) error {
	admin.Brokers = admin.Brokers[id-1 : id]
	client, err := brokers.NewClient(admin)
	if err != nil {
		return err
	}
	defer client.Close()
	return u.await(ctx, func(ctx context.Context) error { return brokers.Ready(ctx, client, append(others, id)...) })
}

func awaitRegistry(ctx context.Context, u *unit, client *http.Client, port int) error {
	return u.await(ctx, func(ctx context.Context) error { return registryAnswers(ctx, client, port) })
}

// await polls until there is no error, and gives up when the process is gone.
func (u *unit) await(ctx context.Context, try func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	tick := time.NewTicker(brokers.PollEvery)
	defer tick.Stop()
	var why error
	for {
		if why = try(ctx); why == nil {
			return nil
		}
		if state, _, err := u.state(); err != nil || state == compose.Stopped {
			if err != nil {
				return err
			}
			return fmt.Errorf("%s ended while it was starting: %s", u.name, u.lastWords())
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("%s did not become ready: %w (%w); its log is %s", u.name, ctx.Err(), why, u.file(logFile))
		}
	}
}

// lastWords is the last error in the logs of a process that ended by itself.
func (u *unit) lastWords() string {
	for _, name := range []string{logFile, stdoutFile} {
		if line := lastError(u.file(name)); line != "" {
			return line + " (" + u.file(name) + ")"
		}
	}
	return "it left no error; see " + u.file(logFile) + " and " + u.file(stdoutFile)
}

const maxWords = 300

func lastError(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	var last string
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		for _, mark := range []string{" ERROR ", " FATAL ", "Exception", "Error:", "Error occurred"} {
			if strings.Contains(line, mark) && !strings.HasPrefix(line, "\tat ") {
				last = line
			}
		}
	}
	if len(last) > maxWords {
		last = last[:maxWords] + "…"
	}
	return strings.ToValidUTF8(last, "?")
}
