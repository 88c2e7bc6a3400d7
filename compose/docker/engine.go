package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/moby/moby/client"
)

// ErrNoEngine is a machine where no container engine answers.
var ErrNoEngine = errors.New("no container engine answers")

const otherRuntimes = "start Docker or Podman, or use another runtime: --runtime embedded needs nothing, --runtime process needs Java 17"

const pingLimit = 3 * time.Second

// engine is a connection to a container engine.
type engine struct {
	api  *client.Client
	host string // as DOCKER_HOST has it
}

func (e *engine) close() { _ = e.api.Close() }

// connect finds the engine: where DOCKER_HOST says, else where the docker
// command's current context says, else the first that answers where engines
// usually listen.
func connect(ctx context.Context) (*engine, error) {
	hosts := []string{os.Getenv("DOCKER_HOST")}
	if hosts[0] == "" {
		hosts[0] = contextHost()
	}
	if hosts[0] == "" {
		hosts = usualHosts()
	}
	var why []error
	for _, host := range hosts {
		e, err := connectTo(ctx, host)
		if err == nil {
			return e, nil
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		why = append(why, err)
		if errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("%w to you: %s is not yours to use; join its group (docker), or run the engine rootless; %s", ErrNoEngine, host, otherRuntimes)
		}
	}
	if len(hosts) == 1 {
		return nil, fmt.Errorf("%w at %s (%w); %s", ErrNoEngine, hosts[0], shortest(why[0]), otherRuntimes)
	}
	return nil, fmt.Errorf("%w at %s; %s", ErrNoEngine, strings.Join(hosts, ", "), otherRuntimes)
}

func connectTo(ctx context.Context, host string) (*engine, error) {
	if err := local(host); err != nil {
		return nil, err
	}
	opts := []client.Opt{client.WithTLSClientConfigFromEnv(), client.WithHost(host)}
	api, err := client.New(opts...)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, pingLimit)
	defer cancel()
	if _, err := api.Ping(ctx, client.PingOptions{NegotiateAPIVersion: true}); err != nil {
		return nil, errors.Join(err, api.Close())
	}
	return &engine{api: api, host: host}, nil
}

// local refuses engines of other machines: their loopback is not ours, and the
// files to mount are not there.
func local(host string) error {
	u, err := url.Parse(host)
	if err != nil {
		return fmt.Errorf("%q is no address of an engine: %w", host, err)
	}
	switch u.Scheme {
	case "unix", "npipe":
		return nil
	case "tcp", "http", "https":
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			return nil
		}
	}
	return errors.New("that is another machine: a lab's ports and files are on this one")
}

// shortest is the cause of an error without what the client library adds.
func shortest(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

func usualHosts() []string {
	if runtime.GOOS == "windows" {
		return []string{client.DefaultDockerHost}
	}
	home, _ := os.UserHomeDir()
	sockets := []string{"/var/run/docker.sock"}
	if run := os.Getenv("XDG_RUNTIME_DIR"); run != "" {
		sockets = append(sockets, filepath.Join(run, "docker.sock"), filepath.Join(run, "podman", "podman.sock"))
	}
	if home != "" {
		sockets = append(sockets, filepath.Join(home, ".docker", "run", "docker.sock"))
	}
	sockets = append(sockets, "/run/podman/podman.sock")
	var hosts []string
	for _, path := range sockets {
		if _, err := os.Stat(path); err == nil {
			hosts = append(hosts, "unix://"+path)
		}
	}
	if len(hosts) == 0 {
		hosts = []string{"unix://" + sockets[0]}
	}
	return hosts
}

// contextHost is the engine of the docker command's current context; empty for
// the default one. Contexts lie in ~/.docker: config.json names the current one,
// contexts/meta/SHA256(name)/meta.json has its address.
func contextHost() string {
	dir := os.Getenv("DOCKER_CONFIG")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".docker")
	}
	name := os.Getenv("DOCKER_CONTEXT")
	if name == "" {
		var conf struct{ CurrentContext string }
		readJSON(filepath.Join(dir, "config.json"), &conf)
		name = conf.CurrentContext
	}
	if name == "" || name == "default" {
		return ""
	}
	sum := sha256.Sum256([]byte(name))
	var meta struct {
		Endpoints struct{ Docker struct{ Host string } }
	}
	readJSON(filepath.Join(dir, "contexts", "meta", hex.EncodeToString(sum[:]), "meta.json"), &meta)
	return meta.Endpoints.Docker.Host
}

// readJSON leaves into as it is where there is no such file.
func readJSON(path string, into any) {
	if raw, err := os.ReadFile(path); err == nil {
		_ = json.Unmarshal(raw, into)
	}
}
