package cmd

import (
	"os"
	"path/filepath"

	"github.com/adrg/xdg"
	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

func (a *app) labCmd() *cobra.Command {
	lab := &cobra.Command{
		Use:   "lab",
		Short: "A Kafka cluster of your own that you may break",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("say what to do with the lab: one of %s", subcommands(cmd))
		},
	}
	var dir string
	lab.PersistentFlags().StringVar(&dir, "dir", "", "`directory` of the lab's files and data (default: in the XDG state directory)")
	find := func() (string, error) { return a.labDir(dir) }
	change := a.labToChange(find)
	lab.AddCommand(a.labUpCmd(find), a.labDownCmd(change), a.labStatusCmd(find), a.labResetCmd(change), a.labBrokerCmd(find, change), a.labDoorCmd())
	lab.AddCommand(a.labListCmd(find), a.labRunCmd(find), a.labCheckCmd(find), a.labSolveCmd(find), a.labScaffoldCmd(find))
	return lab
}

// labDir is where the lab lives: --dir, else where the lab section of --config
// says, else the default. It is absolute.
func (a *app) labDir(flag string) (string, error) {
	if flag != "" {
		return filepath.Abs(flag)
	}
	if a.configPath != "" || os.Getenv("KCONSOLE_CONFIG") != "" {
		path, err := config.Find(a.configPath)
		if err != nil {
			return "", err
		}
		conf, err := config.Load(path)
		if err != nil {
			return "", err
		}
		cl, err := conf.Cluster(a.cluster)
		if err != nil {
			return "", err
		}
		if cl.Lab == nil {
			return "", usagef("cluster %s of %s has no lab section: it is not ours to start, stop or break", cl.Name, path)
		}
		a.readOnly = a.readOnly || cl.ReadOnly
		return cl.Lab.Dir, nil
	}
	return filepath.Join(stateHome(), "kconsole", "lab"), nil
}

// labToChange is dir for what stops, breaks or deletes a lab: that goes around the
// clients of the cluster, which refuse for themselves where it is read-only.
func (a *app) labToChange(dir func() (string, error)) func() (string, error) {
	return func() (string, error) {
		d, err := dir()
		if err == nil && a.readOnly {
			err = &kafka.Error{
				What: "cannot change the lab in " + d, Why: kafka.ErrReadOnly.Error(),
				Do: "leave out --read-only, or set read_only: false for it in the configuration", Kind: kafka.Refused, Err: kafka.ErrReadOnly,
			}
		}
		return d, err
	}
}

func stateHome() string {
	// The xdg package reads the environment once, when the program starts.
	if env := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(env) {
		return env
	}
	return xdg.StateHome
}
