//go:build !linux

package process

import (
	"fmt"
	"time"

	"kconsole/compose"
)

// consumed is what only Linux tells.
func consumed(int) (time.Duration, int64, error) {
	return 0, 0, fmt.Errorf("%w: what a process uses is only told on Linux", compose.ErrUnsupported)
}
