package cmd

import (
	"bufio"
	"fmt"
	"strings"
)

// confirm asks on a terminal and refuses where there is none, unless the
// answer was given with --yes.
func (a *app) confirm(question string, yes bool) error {
	if yes {
		return nil
	}
	if !a.terminal {
		return &refusedError{"not confirmed: there is no terminal to ask on; repeat the command with --yes"}
	}
	fmt.Fprint(a.out, question+" [y/N] ")
	line, err := bufio.NewReader(a.in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	if err != nil || answer != "y" && answer != "yes" {
		return &refusedError{"not confirmed: nothing was changed"}
	}
	return nil
}
