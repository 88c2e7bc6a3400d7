//go:build unix && !linux

package process

// look asks the system about a process: when it started, and whether it is
// stopped by a signal. An empty start means that there is none.
func look(pid int) (start string, stopped bool, err error) { return lookPS(pid) }
