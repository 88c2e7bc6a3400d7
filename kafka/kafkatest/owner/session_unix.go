//go:build unix

package owner

import "syscall"

// ownSession keeps a terminal's ctrl-C away from the owner.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
