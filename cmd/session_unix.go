//go:build unix

package cmd

import "syscall"

// ownSession detaches a child from our terminal: ctrl-C here is not for it.
func ownSession() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
