package cmd

import (
	"slices"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// presets are the sets of bindings that kinds of clients need.
var presets = []string{"producer", "consumer", "transactional", "observer", "admin"}

func (a *app) createACLCmd() *cobra.Command {
	var f aclFlags
	var preset string
	return a.changeCmd(changing{
		use: "acl", short: "Allow or deny operations", args: cobra.NoArgs,
		long: `Creates bindings: every combination of the principals, operations and resources that
are given; or with --preset those that a kind of client needs:

  producer       writes to --topic
  consumer       reads --topic as a member of --group
  transactional  writes to --topic with --transactional-id
  observer       sees everything and changes nothing
  admin          may do everything`,
		example: `  kconsole create acl --principal app --operation READ,DESCRIBE --topic orders
  kconsole create acl --principal app --preset consumer --topic orders --group billing
  kconsole create acl --principal app --deny --operation ALL --topic secrets. --prefixed`,
		flags: func(cmd *cobra.Command) {
			f.add(cmd)
			cmd.Flags().StringVar(&preset, "preset", "", "what a `kind` of client needs: "+orList(presets))
			cmd.MarkFlagsMutuallyExclusive("preset", "operation")
			cmd.MarkFlagsMutuallyExclusive("preset", "deny")
		},
		check: func([]string) error {
			_, err := f.presetOrBindings(preset)
			return err
		},
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		plan: func(w *changer) (*kafka.Plan, error) {
			acls, err := f.presetOrBindings(preset)
			if err != nil {
				return nil, err
			}
			return w.admin.CreateACLs(w.ctx, acls...)
		},
	})
}

func (f *aclFlags) presetOrBindings(preset string) ([]kafka.ACL, error) {
	if preset == "" {
		return f.bindings()
	}
	topic, group, txn := *f.resources["TOPIC"], *f.resources["GROUP"], *f.resources["TRANSACTIONAL_ID"]
	missing := map[string][]string{
		"producer": {"--topic", topic}, "consumer": {"--topic", topic, "--group", group}, "transactional": {"--topic", topic, "--transactional-id", txn},
		"observer": {}, "admin": {},
	}
	needs, ok := missing[preset]
	if !ok {
		return nil, usagef("--preset %s is not known: use one of %s", preset, orList(presets))
	}
	for i := 0; i < len(needs); i += 2 {
		if needs[i+1] == "" {
			return nil, usagef("--preset %s needs %s", preset, needs[i])
		}
	}
	if len(f.principals) == 0 {
		return nil, usagef("say who: --principal")
	}
	var out []kafka.ACL
	for _, p := range f.principals {
		p = principalOf(p)
		switch preset {
		case "producer", "transactional":
			out = append(out, kafka.ProducerACLs(p, topic, f.pattern(), txn)...)
		case "consumer":
			out = append(out, kafka.ConsumerACLs(p, topic, group, f.pattern())...)
		case "observer":
			out = append(out, kafka.ObserverACLs(p)...)
		case "admin":
			out = append(out, kafka.AdminACLs(p)...)
		}
	}
	if f.host != "" {
		for i := range out {
			out[i].Host = f.host
		}
	}
	return out, nil
}

func (a *app) deleteACLCmd() *cobra.Command {
	var f aclFlags
	var del *cobra.Command
	del = a.changeCmd(changing{
		use: "acl", short: "Delete the bindings that flags describe", args: cobra.NoArgs,
		long: `Deletes every binding that is like the flags say; what they leave open is anything.
--dry-run shows which ones.`,
		example: `  kconsole delete acl --principal app --topic orders
  kconsole delete acl --principal former-employee --yes`,
		flags: f.add,
		check: func([]string) error {
			if len(f.principals) == 0 && len(f.named()) == 0 {
				return usagef("say whose bindings (--principal) or on what (--topic, --group, --on-cluster, ...)")
			}
			return f.checkOperations()
		},
		rights: func([]string) []access.Request {
			return append(access.OnCluster("DESCRIBE"), access.OnCluster("ALTER")...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			acls, err := w.c.ACLs(w.ctx)
			if err != nil {
				return nil, err
			}
			var found []kafka.ACL
			for i := range acls {
				if f.matches(&acls[i], del) {
					found = append(found, acls[i])
				}
			}
			if len(found) == 0 {
				return nil, f.noneMatches(acls)
			}
			return w.admin.DeleteACLs(w.ctx, found...)
		},
	})
	return del
}

// noneMatches says that there is no binding like the flags, and where one of the
// principals has none at all, who was probably meant.
func (f *aclFlags) noneMatches(acls []kafka.ACL) error {
	principals := principalsOf(acls)
	for _, p := range f.principals {
		if p = principalOf(p); !slices.Contains(principals, p) {
			return notFound("ACL of", p, principals)
		}
	}
	return &kafka.Error{What: "there is no such ACL", Do: "kconsole get acls lists them", Kind: kafka.NotFound}
}
