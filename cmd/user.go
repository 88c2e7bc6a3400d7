package cmd

import (
	"bytes"
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/config"
)

// maxPassword bounds a password, in bytes.
const maxPassword = 4096

func (a *app) createUserCmd() *cobra.Command {
	return a.passwordCmd("Create a user with a SCRAM password")
}

// passwordCmd sets a user's password, of a new user or of one that is there.
func (a *app) passwordCmd(short string) *cobra.Command {
	var mechanism, file string
	var password config.Secret
	var iterations int32
	return a.changeCmd(changing{
		use: "user NAME", short: short, args: cobra.ExactArgs(1), complete: once(ofUsers),
		long: `Sets the SCRAM password of a user. It is asked for on a terminal, or read from
--password-file, where - is the standard input; a line end behind it is cut. It is
hashed here: the password itself does not leave this machine.`,
		example: `  kconsole create user app --mechanism SCRAM-SHA-512
  openssl rand -base64 24 | kconsole create user app --password-file - --yes`,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&mechanism, "mechanism", "SCRAM-SHA-512", "SCRAM-SHA-256 or SCRAM-SHA-512")
			cmd.Flags().StringVar(&file, "password-file", "", "read the password from this `file`; - is the standard input")
			cmd.Flags().Int32Var(&iterations, "iterations", 0, "how often it is hashed: 4096 to 16384 (default: 4096)")
		},
		check:  func([]string) error { return checkSCRAM(mechanism, iterations) },
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		ask: func(ctx context.Context, args []string) (err error) {
			password, err = a.readPassword(ctx, file, "Password of "+args[0]+": ")
			return err
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			return w.admin.SetSCRAM(w.ctx, w.args[0], mechanism, password, iterations)
		},
	})
}

// checkSCRAM is [kafka.CheckSCRAM] of flags.
func checkSCRAM(mechanism string, iterations int32) error {
	if err := kafka.CheckSCRAM(mechanism, iterations); err != nil {
		return &usageError{err}
	}
	return nil
}

// readPassword reads a password without showing it.
func (a *app) readPassword(ctx context.Context, file, prompt string) (config.Secret, error) {
	var raw []byte
	var err error
	switch {
	case file == "-":
		raw, err = io.ReadAll(io.LimitReader(a.stdin, maxPassword+1))
	case file != "":
		var f *os.File
		if f, err = os.Open(file); err == nil {
			raw, err = io.ReadAll(io.LimitReader(f, maxPassword+1))
			_ = f.Close()
		}
	case a.terminal:
		raw, err = a.askPassword(ctx, prompt)
	default:
		return config.Secret{}, usagef("there is no terminal to ask for the password on; use --password-file")
	}
	if err != nil {
		return config.Secret{}, usagef("cannot read the password: %w", err)
	}
	if len(raw) > maxPassword {
		return config.Secret{}, usagef("the password is longer than %d bytes", maxPassword)
	}
	raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte("\n")), []byte("\r"))
	if len(raw) == 0 {
		return config.Secret{}, usagef("the password is empty")
	}
	return config.NewSecret(string(raw)), nil
}

func (a *app) deleteUserCmd() *cobra.Command {
	var mechanism string
	return a.changeCmd(changing{
		use: "user NAME", short: "Delete a user's SCRAM credentials", args: cobra.ExactArgs(1), complete: once(ofUsers),
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&mechanism, "mechanism", "", "only the credentials of this `mechanism` (default: all)")
		},
		check: func([]string) error {
			if mechanism == "" {
				return nil
			}
			return checkSCRAM(mechanism, 0)
		},
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		plan: func(w *changer) (*kafka.Plan, error) {
			p, err := w.admin.DeleteSCRAM(w.ctx, w.args[0], mechanism)
			if err != nil {
				err = a.nearestOf(w.ctx, w.c, "user "+w.args[0], err)
			}
			return p, err
		},
	})
}
