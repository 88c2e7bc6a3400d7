package docker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	agentVersion = "1.0.1"
	agentName    = "jmx_prometheus_javaagent"
	// The Maven image is asked only where there is no Maven.
	mavenImage = "maven:3.9.9-eclipse-temurin-17"
	agentLimit = 5 * time.Minute

	copyGoal = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy"
)

// installAgent puts the JMX exporter's agent where the brokers load it from. It
// comes from the cache, by Maven on this machine, or by Maven in a container.
func (st *start) installAgent(ctx context.Context) error {
	jar := agentName + "-" + agentVersion + ".jar"
	have := filepath.Join(st.o.CacheDir, jar)
	if _, err := os.Stat(have); err != nil {
		st.o.Progress("fetching the JMX exporter " + agentVersion + ", once (1 MB)")
		if err := st.fetchAgent(ctx, jar, have); err != nil {
			return err
		}
	}
	to := filepath.Join(Home(st.o.Dir), "kafka", "common", agentName+".jar")
	if _, err := os.Stat(to); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return copyFile(have, to, shared)
}

func (st *start) fetchAgent(ctx context.Context, jar, to string) (err error) {
	if err := os.MkdirAll(st.o.CacheDir, 0o750); err != nil {
		return err
	}
	work, err := os.MkdirTemp(st.o.CacheDir, ".new-"+agentName+"-*")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(work)) }()
	ctx, cancel := context.WithTimeout(ctx, agentLimit)
	defer cancel()
	goal := []string{
		"mvn", "--batch-mode", "--quiet", "--no-transfer-progress", "--strict-checksums", copyGoal,
		"-Dartifact=io.prometheus.jmx:" + agentName + ":" + agentVersion, "-DoutputDirectory=",
	}
	last := len(goal) - 1
	if _, missing := exec.LookPath("mvn"); missing == nil {
		goal[last] += work
	} else {
		goal[last] += "/out"
		goal = append([]string{"docker", "run", "--rm", "--volume", work + ":/out:z", mavenImage}, goal...)
	}
	cmd := exec.CommandContext(ctx, goal[0], goal[1:]...) //nolint:gosec // built of constants
	cmd.Dir, cmd.WaitDelay = work, 5*time.Second
	cmd.Env = append(os.Environ(), "DOCKER_HOST="+st.engine.host)
	if out, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("the JMX exporter could not be fetched by %s: %s", goal[0], lastLine(string(out)+"\n"+err.Error()))
	}
	return os.Rename(filepath.Join(work, jar), to)
}
