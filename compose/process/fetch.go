package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/adrg/xdg"

	"kconsole/compose"
	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
)

// Versions of what runs. They are pinned: what was tested is what people get.
const (
	KafkaVersion    = "4.3.1"
	ApicurioVersion = apicurio.Version
	log4jVersion    = "2.25.4"

	dependencyPlugin = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1"

	// Below the cache directory.
	kafkaCache    = "kafka-" + KafkaVersion
	apicurioCache = "apicurio-" + ApicurioVersion

	fetchLimit = 15 * time.Minute
)

// ErrNoMaven is a machine without Maven whose cache has no Kafka yet.
var ErrNoMaven = errors.New("no Maven was found")

// defaultCache is where jars and archives lie unless told otherwise.
func defaultCache() string { return filepath.Join(xdg.CacheHome, "kconsole") }

// kafkaPOM names Kafka's broker, its tools and a logging backend; Maven finds
// the rest.
const kafkaPOM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>kconsole</groupId><artifactId>fetch</artifactId><version>1</version><packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>` + KafkaVersion + `</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>` + KafkaVersion + `</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>` + log4jVersion + `</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-1.2-api</artifactId><version>` + log4jVersion + `</version></dependency>
  </dependencies>
</project>
`

// kafkaLibs returns the directory of Kafka's jars: of the given home, or of the
// cache, which it fills if need be.
func kafkaLibs(ctx context.Context, home, cache string, say compose.Progress) (string, error) {
	if home != "" {
		libs := filepath.Join(home, "libs")
		if found, _ := filepath.Glob(filepath.Join(libs, "kafka-server-*.jar")); len(found) == 0 {
			return "", fmt.Errorf("%s is no Kafka 4 home: it has no libs/kafka-server-*.jar", home)
		}
		return libs, nil
	}
	return cached(ctx, cache, kafkaCache, func(ctx context.Context, into string) error {
		say("fetching Apache Kafka " + KafkaVersion + " with Maven, once (55 MB)")
		pom := filepath.Join(into, "pom.xml")
		if err := os.WriteFile(pom, []byte(kafkaPOM), 0o600); err != nil {
			return err
		}
		err := maven(ctx, into, "-f", pom, dependencyPlugin+":copy-dependencies",
			"-DoutputDirectory="+into, "-DincludeScope=runtime")
		return errors.Join(err, os.Remove(pom))
	})
}

// apicurioHome returns the directory of the registry, with its runner jar.
func apicurioHome(ctx context.Context, cache string, say compose.Progress) (string, error) {
	return cached(ctx, cache, apicurioCache, func(ctx context.Context, into string) error {
		say("fetching Apicurio Registry " + ApicurioVersion + " with Maven, once (142 MB)")
		err := maven(ctx, into, dependencyPlugin+":copy",
			"-Dartifact=io.apicurio:apicurio-registry-app:"+ApicurioVersion+":tar.gz:all",
			"-DoutputDirectory="+into)
		if err != nil {
			return err
		}
		archive := filepath.Join(into, "apicurio-registry-app-"+ApicurioVersion+"-all.tar.gz")
		if err := unpack(archive, into); err != nil {
			return err
		}
		return os.Remove(archive)
	})
}

// cached returns cache/name, made by fill if it is not there. Of several
// programs that need it one fills and the others wait; what is there is whole.
func cached(ctx context.Context, cache, name string, fill func(ctx context.Context, into string) error) (string, error) {
	dir := filepath.Join(cache, name)
	if there(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o750); err != nil {
		return "", fmt.Errorf("making the cache directory: %w", err)
	}
	err := labdir.Locked(ctx, filepath.Join(cache, name+".lock"), func() error {
		if there(dir) {
			return nil
		}
		if err := removeStale(ctx, filepath.Join(globSafe(cache), ".new-"+name+"-*")); err != nil {
			return err
		}
		into, err := os.MkdirTemp(cache, ".new-"+name+"-*")
		if err != nil {
			return err
		}
		if err := fill(ctx, into); err != nil {
			return errors.Join(err, os.RemoveAll(into))
		}
		return os.Rename(into, dir)
	})
	return dir, err
}

// removeStale removes what somebody left who was killed while filling the
// cache, and ends what runs in it.
func removeStale(ctx context.Context, pattern string) error {
	stale, err := filepath.Glob(pattern)
	for _, dir := range stale {
		records, globErr := filepath.Glob(filepath.Join(globSafe(dir), "*", "*", recordFile))
		err = errors.Join(err, globErr)
		for _, path := range records {
			u := &unit{name: "a process left in " + dir, dir: filepath.Dir(path)}
			err = errors.Join(err, u.end(ctx, sigKill))
		}
		err = errors.Join(err, os.RemoveAll(dir))
	}
	return err
}

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func findMaven() (string, error) {
	bin, err := exec.LookPath("mvn")
	if err != nil {
		return "", fmt.Errorf("%w, and Kafka is not in the cache yet; install Maven (package maven), or name an unpacked Kafka", ErrNoMaven)
	}
	return bin, nil
}

// maven runs Maven quietly; its error is Maven's first.
func maven(ctx context.Context, dir string, args ...string) error {
	bin, err := findMaven()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchLimit)
	defer cancel()
	cmd := exec.CommandContext(ctx, bin, append([]string{"--batch-mode", "--quiet", "--no-transfer-progress", "--strict-checksums"}, args...)...)
	cmd.Dir = dir // no pom.xml of anybody else
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Run(); err != nil {
		why := err.Error()
		for line := range strings.Lines(out.String()) {
			if text, ok := strings.CutPrefix(strings.TrimSpace(line), "[ERROR] "); ok {
				why = text
				break
			}
		}
		if ctx.Err() != nil {
			why = ctx.Err().Error()
		}
		return fmt.Errorf("Maven could not fetch what is needed: %s; check the network and ~/.m2/settings.xml", why) //nolint:staticcheck // a name
	}
	return nil
}
