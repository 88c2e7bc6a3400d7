package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

const leastJava = 17 // what Kafka's brokers need since 4.0

// ErrNoJava is a machine without a Java that is new enough.
var ErrNoJava = errors.New("no Java 17 or newer was found")

// java is one Java machine.
type java struct {
	bin     string // path of the java program
	version string // as it calls itself: 17.0.15
}

// findJava looks where Java usually is: home (if given, only there),
// $JAVA_HOME, the PATH, and where systems keep several.
func findJava(ctx context.Context, home string) (java, error) {
	var candidates []string
	if home != "" {
		candidates = []string{filepath.Join(home, "bin", "java")}
	} else {
		if env := os.Getenv("JAVA_HOME"); env != "" {
			candidates = append(candidates, filepath.Join(env, "bin", "java"))
		}
		if onPath, err := exec.LookPath("java"); err == nil {
			candidates = append(candidates, onPath)
		}
		for _, pattern := range []string{
			"/usr/lib/jvm/*/bin/java",
			"/Library/Java/JavaVirtualMachines/*/Contents/Home/bin/java",
			"/opt/homebrew/opt/openjdk*/bin/java",
			"/opt/java/*/bin/java",
		} {
			found, _ := filepath.Glob(pattern)
			candidates = append(candidates, found...)
		}
	}
	var tooOld string
	for _, bin := range candidates {
		version, err := javaVersion(ctx, bin)
		if err != nil {
			continue
		}
		if major(version) >= leastJava {
			return java{bin: bin, version: version}, nil
		}
		tooOld = "; " + bin + " is " + version
	}
	if home != "" {
		tooOld += "; looked in " + home + " only"
	}
	return java{}, fmt.Errorf("%w%s; install one (for example openjdk-17-jre-headless) or set JAVA_HOME", ErrNoJava, tooOld)
}

var quotedVersion = regexp.MustCompile(`version "([^"]+)"`)

func javaVersion(ctx context.Context, bin string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, bin, "-version").CombinedOutput()
	if err != nil {
		return "", err
	}
	m := quotedVersion.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("%s does not tell its version", bin)
	}
	return string(m[1]), nil
}

var leadingNumber = regexp.MustCompile(`^\d+`)

// major is 17 of 17.0.15 and 24 of 24-ea; 1 of the old 1.8.0 is right too.
func major(version string) int {
	n, _ := strconv.Atoi(leadingNumber.FindString(version))
	return n
}
