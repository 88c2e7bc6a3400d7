package process

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const formatLimit = time.Minute

// metaFile is what marks a directory as a node's: KIP-858.
const metaFile = "meta.properties"

// format prepares the controller's data directory unless that was done before:
// kafka-storage writes the users into its first metadata.
func (k kafka) format(ctx context.Context, u *unit, data, clusterID string, users []labdir.User) error {
	if there(filepath.Join(data, metaFile)) {
		return nil
	}
	args := []string{"kafka.tools.StorageTool", "format", "--cluster-id", clusterID, "--config", u.file(serverFile)}
	for _, user := range users {
		for _, mechanism := range []string{"SCRAM-SHA-512", "SCRAM-SHA-256"} {
			args = append(args, "--add-scram", fmt.Sprintf("%s=[name=%s,password=%s]", mechanism, user.Name, user.Password))
		}
	}
	out, err := k.run(ctx, u, formatLimit, args...)
	if err != nil {
		// A half-written directory would pass for a formatted one.
		_ = os.RemoveAll(data)
		return fmt.Errorf("formatting the storage of %s: %s", u.name, lastLine(out, err))
	}
	return nil
}

// formatBroker does for a broker what kafka-storage would: a broker takes its
// metadata from the controller, so this one file is all it needs, and three
// Java machines less are three seconds less.
func formatBroker(id int32, data, clusterID string) error {
	path := filepath.Join(data, metaFile)
	if there(path) {
		return nil
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	text := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", clusterID, id, newUUID())
	return pki.WriteFile(path, []byte(text), 0o600)
}

// run runs a program of Kafka's to its end. Its arguments go through a file,
// where other users of the machine cannot read them.
func (k kafka) run(ctx context.Context, u *unit, limit time.Duration, main ...string) (output string, err error) {
	if err := os.MkdirAll(u.file(tmpDir), 0o700); err != nil {
		return "", err
	}
	j := jvm{
		heapMiB: 128, classpath: k.classpath, archive: k.archive, main: main,
		system: map[string]string{"log4j2.configurationFile": filepath.Join(filepath.Dir(u.dir), toolLog4jFile)},
	}
	path := u.file("run.args")
	if err := pki.WriteFile(path, []byte(argFileText(j.arguments(u.dir))), 0o600); err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(path) }()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, k.java.bin, "@"+path)
	cmd.Dir, cmd.Env = u.dir, bareEnvironment()
	cmd.WaitDelay = time.Second
	raw, err := cmd.CombinedOutput()
	return string(raw), err
}

// lastLine is what a failed program said last, or how it failed.
func lastLine(output string, err error) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	if last := strings.TrimSpace(lines[len(lines)-1]); last != "" {
		return last
	}
	return err.Error()
}
