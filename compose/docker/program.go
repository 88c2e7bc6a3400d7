package docker

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrNoProgram is a kconsole that cannot run in a container: built for another
// system than Linux, or linked against libraries that are not there.
var ErrNoProgram = errors.New("this kconsole cannot run in a container")

// ProgramVar names the environment variable with the path of a kconsole that can.
const ProgramVar = "KCONSOLE_LINUX_PROGRAM"

const howToBuild = "build one with CGO_ENABLED=0 GOOS=linux go build -o kconsole-linux ./cmd/kconsole and name it in " + ProgramVar

// installProgram puts the program for the exporter and the registry's door into
// home/bin, where compose.yaml mounts it from, and returns its checksum.
func installProgram(home, program string) (sum string, err error) {
	if program == "" {
		program = os.Getenv(ProgramVar)
	}
	if program == "" {
		if runtime.GOOS != "linux" {
			return "", fmt.Errorf("%w: it is for %s; %s", ErrNoProgram, runtime.GOOS, howToBuild)
		}
		if program, err = os.Executable(); err != nil {
			return "", err
		}
	}
	if err := static64(program); err != nil {
		return "", err
	}
	if sum, err = sumOf(program); err != nil {
		return "", err
	}
	to := filepath.Join(home, "bin", "kconsole")
	if have, err := sumOf(to); err == nil && have == sum {
		return sum, nil
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return "", err
	}
	return sum, copyFile(program, to, 0o755)
}

// static64 tells whether a program runs on Linux without any library.
func static64(path string) error {
	f, err := elf.Open(path)
	if err != nil {
		return fmt.Errorf("%w: %s is no Linux program (%w); %s", ErrNoProgram, path, err, howToBuild)
	}
	defer func() { _ = f.Close() }()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return fmt.Errorf("%w: %s is linked against the C library; %s", ErrNoProgram, path, howToBuild)
		}
	}
	return nil
}

func sumOf(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// copyFile copies a file in one step: who has the old one open keeps it.
func copyFile(from, to string, perm os.FileMode) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.CreateTemp(filepath.Dir(to), ".new-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(out.Name())
		}
	}()
	if _, err = io.Copy(out, in); err != nil {
		return errors.Join(err, out.Close())
	}
	if err = errors.Join(out.Chmod(perm), out.Close()); err != nil {
		return err
	}
	return os.Rename(out.Name(), to)
}

// lastLine is the last line of an output that says something.
func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
