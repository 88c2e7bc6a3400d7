package cmd

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"golang.org/x/term"
)

// confirm asks on a terminal and refuses where there is none, unless the
// answer was given with --yes.
func (a *app) confirm(ctx context.Context, question string, yes bool) error {
	if yes {
		return nil
	}
	if !a.terminal {
		return &refusedError{"not confirmed: there is no terminal to ask on; repeat the command with --yes"}
	}
	answer, err := a.ask(ctx, question+" [y/N] ")
	if err != nil {
		return err
	}
	if answer = strings.ToLower(answer); answer != "y" && answer != "yes" {
		return &refusedError{"not confirmed: nothing was changed"}
	}
	return nil
}

// ask reads the answer to a question. No answer is an empty one; the error is that
// of ctx.
func (a *app) ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(a.out, question)
	line, err := a.readLine(ctx)
	if ctx.Err() != nil {
		fmt.Fprintln(a.out) // behind the ^C
		return "", ctx.Err()
	}
	if err != nil {
		line = "" // it ended within a line: nobody pressed enter
	}
	return strings.TrimSpace(line), nil
}

// readLine reads one line and no more: what is typed behind it is for whatever
// comes next. `lab run` reads every line, so there it is one of those.
func (a *app) readLine(ctx context.Context) (string, error) {
	if a.typed == nil {
		return bufio.NewReader(a.stdin).ReadString('\n')
	}
	select {
	case line, ok := <-a.typed:
		if !ok {
			return "", cmp.Or(ctx.Err(), io.EOF)
		}
		return line, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// askPassword reads a line that the terminal does not show. Interrupted, it leaves
// the terminal as it was.
func (a *app) askPassword(ctx context.Context, prompt string) ([]byte, error) {
	fd := int(a.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return nil, err
	}
	fmt.Fprint(a.err, prompt)
	raw, err := untilDone(ctx, func() ([]byte, error) { return term.ReadPassword(fd) })
	if ctx.Err() != nil {
		_ = term.Restore(fd, before) // ReadPassword does so when it ends, and it does not
	}
	fmt.Fprintln(a.err)
	return raw, err
}

// interruptible reads until ctx is done. It has one reader at a time.
type interruptible struct {
	ctx context.Context
	in  io.Reader
	buf []byte // what is read into: p may be used again while a read is left behind
}

func (r *interruptible) Read(p []byte) (int, error) {
	if len(r.buf) < len(p) {
		r.buf = make([]byte, len(p))
	}
	buf := r.buf[:len(p)]
	n, err := untilDone(r.ctx, func() (int, error) { return r.in.Read(buf) })
	return copy(p, buf[:n]), err
}

// untilDone waits for read, or for ctx. Nothing can end a read from a terminal: one
// that ctx ends before has its goroutine left in it, which belongs to the process
// and ends with that. So ctx is that of the whole command.
func untilDone[T any](ctx context.Context, read func() (T, error)) (T, error) {
	type result struct {
		got T
		err error
	}
	var none T
	if ctx.Err() != nil {
		return none, ctx.Err()
	}
	done := make(chan result, 1)
	go func() {
		got, err := read()
		done <- result{got, err}
	}()
	select {
	case r := <-done:
		return r.got, r.err
	case <-ctx.Done():
		return none, ctx.Err()
	}
}
