package labs

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"kconsole/compose/labdir"
)

// configVariable names the configuration that kconsole uses unless --config says
// otherwise.
const configVariable = "KCONSOLE_CONFIG"

// Terminal is the line to type in another terminal, once, so that the kconsole
// there uses this configuration file: `export KCONSOLE_CONFIG='lab.yaml'`.
func Terminal(file string) string {
	if runtime.GOOS == "windows" {
		return "$env:" + configVariable + " = '" + strings.ReplaceAll(file, "'", "''") + "'"
	}
	return "export " + configVariable + "='" + strings.ReplaceAll(file, "'", `'\''`) + "'"
}

// terminal is [Terminal] for this session's cluster; empty where the environment
// has it already, and where no lab's directory is known.
func (s *Session) terminal() string {
	lab := s.o.Cluster.Config().Lab
	if lab == nil || lab.Dir == "" {
		return ""
	}
	file := filepath.Join(lab.Dir, labdir.ConfigFile)
	if os.Getenv(configVariable) == file {
		return ""
	}
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return Terminal(file)
}
