package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	formatLimit = time.Minute
	formatArgs  = "format.args"

	metaFile      = "meta.properties" // what marks a directory as a node's: KIP-858
	formattedFile = "formatted"       // that the controller's was written to its end
)

// format prepares the controller's data directory unless that was done before:
// kafka-storage writes the users into its first metadata. It runs as the
// controller's own process does, so that it is ended like that too.
func (k kafka) format(ctx context.Context, u *unit, data, clusterID string, users []labdir.User) error {
	if there(u.file(formattedFile)) {
		return nil
	}
	// What a format that was cut short left would pass for formatted.
	if err := os.RemoveAll(data); err != nil {
		return err
	}
	j := jvm{
		heapMiB: 128, classpath: k.classpath, archive: k.archive,
		system: map[string]string{"log4j2.configurationFile": filepath.Join(filepath.Dir(u.dir), toolLog4jFile)},
		main:   kafkaconf.FormatArgs(clusterID, u.file(serverFile), users),
	}
	// The passwords go through a file, where other users cannot read them.
	if err := pki.WriteFile(u.file(formatArgs), kafkaconf.JavaArgFile(j.arguments(u.dir)), 0o600); err != nil {
		return err
	}
	defer func() { _ = os.Remove(u.file(formatArgs)) }()
	tool := *u
	tool.command = func() (string, []string, []string) { return k.java.bin, []string{"@" + u.file(formatArgs)}, nil }
	if err := tool.runToEnd(ctx, formatLimit); err != nil {
		return err
	}
	if !there(filepath.Join(data, metaFile)) {
		return fmt.Errorf("formatting the storage of %s: %s", u.name, u.lastWords())
	}
	return writeJSON(u.file(formattedFile), true)
}

// runToEnd runs the unit's program and waits until it has ended, or ends it.
func (u *unit) runToEnd(ctx context.Context, limit time.Duration) error {
	if _, err := u.launch(ctx); err != nil {
		return err
	}
	_, rec, err := u.state()
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if u.awaitEnd(wait, rec) {
		return nil
	}
	return errors.Join(fmt.Errorf("%s: %w", u.name, wait.Err()), u.end(context.WithoutCancel(ctx), sigKill))
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
	text := fmt.Sprintf("version=1\ncluster.id=%s\nnode.id=%d\ndirectory.id=%s\n", clusterID, id, kafkaconf.NewUUID())
	return pki.WriteFile(path, []byte(text), 0o600)
}
