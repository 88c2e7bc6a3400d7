package process

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"kconsole/compose/kafkaconf"
	"kconsole/compose/pki"
)

// argsFile holds a unit's arguments for the java program (its @argfile form,
// JDK 9 and newer): short process lists, and no secret in them.
const argsFile = "java.args"

// jvm is how one Java machine is run.
type jvm struct {
	heapMiB   int
	classpath []string
	archive   string // class-data archive; empty: none
	dump      bool   // write the archive when the program ends, instead of using it
	system    map[string]string
	main      []string // main class (or -jar FILE) and its arguments
}

// arguments are tuned for many small machines on one computer: quick to start,
// modest in memory, nothing left in /tmp, no port of its own.
func (j jvm) arguments(dir string) []string {
	args := []string{
		fmt.Sprintf("-Xmx%dm", j.heapMiB),
		"-Xms48m",
		"-XX:+UseSerialGC",
		"-XX:TieredStopAtLevel=1", // the quick compiler alone: seconds less to start, some throughput less
		"-XX:-UsePerfData",        // no /tmp/hsperfdata
		"-XX:+ExitOnOutOfMemoryError",
		"-XX:+DisableAttachMechanism",
		"-XX:ErrorFile=" + filepath.Join(dir, "crash-%p.log"),
		"-Djava.io.tmpdir=" + filepath.Join(dir, tmpDir),
		"-Djava.net.preferIPv4Stack=true",
		"-Djava.awt.headless=true",
		"-Dfile.encoding=UTF-8",
	}
	if j.archive != "" {
		if j.dump {
			args = append(args, "-XX:ArchiveClassesAtExit="+j.archive)
		} else {
			args = append(args, "-Xshare:auto", "-XX:SharedArchiveFile="+j.archive)
		}
		args = append(args, "-Xlog:disable", "-Xlog:all=error:stdout") // a stale archive is no reason to talk
	}
	for _, key := range slices.Sorted(keys(j.system)) {
		args = append(args, "-D"+key+"="+j.system[key])
	}
	if len(j.classpath) > 0 {
		args = append(args, "-cp", strings.Join(j.classpath, string(filepath.ListSeparator)))
	}
	return append(args, j.main...)
}

// writeArgs writes the unit's argument file.
func (j jvm) writeArgs(u *unit) error {
	return pki.WriteFile(u.file(argsFile), kafkaconf.JavaArgFile(j.arguments(u.dir)), 0o600)
}

// jars lists a directory's jars in an order that is the same every time, as
// class-data archives need it.
func jars(dir string) ([]string, error) {
	found, err := filepath.Glob(filepath.Join(globSafe(dir), "*.jar"))
	if err == nil && len(found) == 0 {
		err = fmt.Errorf("%s holds no jars; remove it to fetch them again", dir)
	}
	slices.Sort(found)
	return found, err
}

var globSafe = strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace
