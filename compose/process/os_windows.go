package process

import (
	"context"
	"fmt"
	"syscall"

	"kconsole/compose"
)

// supported says why this runtime does not exist here: Windows has no signals
// to stop a broker in order, or to freeze it.
func supported() error {
	return fmt.Errorf("%w: Kafka as local processes needs Linux or macOS; use --runtime embedded or docker", compose.ErrUnsupported)
}

func ownSession() *syscall.SysProcAttr { return nil }

type signal int

const (
	sigTerm signal = iota
	sigKill
	sigStop
	sigCont
)

func send(int, signal) error { return supported() }

func reap(int) {}

func findLaunch(context.Context, string) (int, error) { return 0, supported() }

func look(int) (start string, stopped bool, err error) { return "", false, supported() }
