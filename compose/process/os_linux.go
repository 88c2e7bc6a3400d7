package process

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// look asks the system about a process: when it started, and whether it is
// stopped by a signal. An empty start means that there is none.
func look(pid int) (start string, stopped bool, err error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	// proc(5): the second field is the program's name in parentheses and may
	// hold anything; the state is the 3rd field, the start time the 22nd.
	_, rest, ok := strings.Cut(string(raw[strings.LastIndexByte(string(raw), ')')+1:]), " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 20 {
		return "", false, errors.New("/proc has an unknown form")
	}
	switch fields[0] {
	case "Z", "X", "x":
		// Ended, and only its parent has not asked yet; unless there are threads
		// (the 20th field) that still have to, and hold its ports until then.
		if threads, _ := strconv.Atoi(fields[17]); threads <= 1 {
			return "", false, nil
		}
	case "T", "t":
		stopped = true
	}
	// The start is in clock ticks since the boot; which boot makes it unique.
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	return fields[19] + "@" + strings.TrimSpace(string(boot)), stopped, nil
}

// clockTick is the unit of processor times in /proc: sysconf(_SC_CLK_TCK) is 100
// on every Linux that Go knows.
const clockTick = 10 * time.Millisecond

// consumed is the processor time that a process has used since it began, and the
// main memory that it has, in bytes; zeros for one that has ended.
func consumed(pid int) (cpu time.Duration, memory int64, err error) {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return 0, 0, nil
	}
	if err != nil {
		return 0, 0, err
	}
	// proc(5): utime and stime are the fields 14 and 15, rss in pages the 24th.
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	if len(fields) < 22 {
		return 0, 0, errors.New("/proc has an unknown form")
	}
	var numbers [3]int64
	for i, field := range []string{fields[11], fields[12], fields[21]} {
		if numbers[i], err = strconv.ParseInt(field, 10, 64); err != nil {
			return 0, 0, err
		}
	}
	return time.Duration(numbers[0]+numbers[1]) * clockTick, numbers[2] * int64(os.Getpagesize()), nil
}
