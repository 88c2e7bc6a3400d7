package cmd

import (
	"github.com/spf13/cobra"

	"kconsole/compose/docker"
)

// labDoorCmd is what the container in front of the schema registry runs.
func (a *app) labDoorCmd() *cobra.Command {
	var dir string
	var check bool
	door := &cobra.Command{
		Use:    "registry-door",
		Short:  "Run the sign-in in front of a lab's schema registry",
		Hidden: true, // only compose.yaml starts it so
		Args:   cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if check {
				return docker.CheckDoor(cmd.Context(), dir)
			}
			return docker.RunDoor(cmd.Context(), dir)
		},
	}
	door.Flags().StringVar(&dir, "dir", "", "`directory` of its certificates and users")
	door.Flags().BoolVar(&check, "check", false, "only tell whether it answers")
	return door
}
