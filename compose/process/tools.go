package process

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
)

// Tools runs Kafka's own command-line programs: TopicCommand, ConsoleProducer
// and the like. They are foreign judges of a cluster, whatever runs it.
type Tools struct{ kafka kafka }

// OpenTools finds Java and Kafka as [Up] does.
func OpenTools(ctx context.Context, o Options) (*Tools, error) {
	o.Dir, o.NoRegistry = ".", true // not used
	if err := o.defaults(); err != nil {
		return nil, err
	}
	k, err := o.install(ctx)
	return &Tools{kafka: k}, err
}

// Command is a program by its main class, ready to run; warnings go to standard
// error. Its temporary files, and those of its own that it names without a
// path, lie in dir. Arguments can be read by everybody on the machine, so
// passwords belong into a file that they name.
func (t *Tools) Command(ctx context.Context, dir, class string, args ...string) (*exec.Cmd, error) {
	if err := os.MkdirAll(filepath.Join(dir, tmpDir), 0o700); err != nil {
		return nil, err
	}
	if err := writeLogging(dir); err != nil {
		return nil, err
	}
	j := jvm{
		heapMiB: 192, classpath: t.kafka.classpath, archive: t.kafka.archive,
		system: map[string]string{"log4j2.configurationFile": filepath.Join(dir, toolLog4jFile)},
		main:   append([]string{class}, args...),
	}
	cmd := exec.CommandContext(ctx, t.kafka.java.bin, j.arguments(dir)...)
	cmd.Dir, cmd.Env = dir, bareEnvironment()
	return cmd, nil
}
