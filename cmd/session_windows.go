package cmd

import (
	"syscall"

	"golang.org/x/sys/windows"
)

// ownSession detaches a child from our console: ctrl-C here is not for it.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
}
