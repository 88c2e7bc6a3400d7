//go:build unix

package process

import (
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// lookPS is look by way of ps(1), for systems without Linux's /proc.
func lookPS(pid int) (start string, stopped bool, err error) {
	out, err := exec.Command("ps", "-o", "stat=", "-o", "lstart=", "-p", strconv.Itoa(pid)).Output() //nolint:noctx // answers at once
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(out) == 0 {
		return "", false, nil // ps's way to say that there is none
	}
	if err != nil {
		return "", false, fmt.Errorf("asking ps about process %d: %w", pid, err)
	}
	stat, start, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if strings.HasPrefix(stat, "Z") {
		return "", false, nil
	}
	return strings.Join(strings.Fields(start), " "), strings.HasPrefix(stat, "T"), nil
}
