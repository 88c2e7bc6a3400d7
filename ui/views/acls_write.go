package views

import (
	"context"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// aclWrites are the actions that change bindings.
func aclWrites() []resource.Action[*kafka.ACL] {
	type acl = *kafka.ACL
	return []resource.Action[acl]{
		{
			Key: "n", Label: "new", Help: "Create bindings: one, or the set that a producer, a consumer or an observer needs.", Writes: true, NoRow: true,
			Do: func(h page.Host, _ page.Target, _ []acl) { createACLs(h) },
			Command: func(page.Target, acl) string {
				return command("create", "acl", "--principal", "User:NAME", "--preset", "consumer", "--topic", "TOPIC", "--group", "GROUP")
			},
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the binding, or all marked ones.", Danger: true, Writes: true, Many: true,
			Do: func(h page.Host, _ page.Target, rows []acl) {
				list := make([]kafka.ACL, len(rows))
				for i, r := range rows {
					list[i] = *r
				}
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.DeleteACLs(ctx, list...) })
			},
			Command: func(_ page.Target, b acl) string { return bindingCommand("delete", *b) },
		},
	}
}

// The sets of bindings that the form offers.
const (
	aclConsumer = "consumer"
	aclProducer = "producer"
	aclObserver = "observer"
	aclAdmin    = "admin"
	aclOne      = "one binding"
)

var (
	aclTypes      = []string{"TOPIC", "GROUP", "CLUSTER", "TRANSACTIONAL_ID", "DELEGATION_TOKEN", "USER"}
	aclOperations = []string{"READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "CLUSTER_ACTION", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS", "ALL"}
)

func createACLs(h page.Host) {
	is := func(kinds ...string) func(dialog.Values) bool {
		return func(v dialog.Values) bool {
			for _, k := range kinds {
				if v["for"] == k {
					return true
				}
			}
			return false
		}
	}
	dialog.Form{
		Title: "Give access",
		Fields: []dialog.Field{
			{Name: "principal", Label: "Principal", Value: "User:", Append: true, Check: checkPrincipal, Help: "Who: User:NAME, or User:* for everybody."},
			{Name: "for", Label: "As", Choices: []string{aclConsumer, aclProducer, aclObserver, aclAdmin, aclOne}, Help: "The least set of bindings for that part, or one binding of your own."},
			{Name: "topic", Label: "Topic", Shown: is(aclConsumer, aclProducer), Check: required("topic"), Complete: completing(topicNames(h)), Help: "The topic, or what topics' names begin with."},
			{Name: "group", Label: "Group", Shown: is(aclConsumer), Check: required("group"), Complete: completing(groupNames(h)), Help: "The consumer group, or what groups' names begin with."},
			{Name: "tx", Label: "Transactional id", Shown: is(aclProducer), Help: "For transactions; nothing: without."},
			{Name: "permission", Label: "Permission", Choices: []string{"ALLOW", "DENY"}, Shown: is(aclOne), Help: "A denial beats every permission."},
			{Name: "operation", Label: "Operation", Choices: aclOperations, Shown: is(aclOne)},
			{Name: "type", Label: "Resource type", Choices: aclTypes, Shown: is(aclOne)},
			{Name: "resource", Label: "Resource", Shown: is(aclOne), Check: required("resource"), Complete: completing(topicNames(h)), Help: "Its name; * for all; kafka-cluster for the cluster."},
			{Name: "host", Label: "Host", Value: "*", Shown: is(aclOne), Check: required("host"), Help: "From which address; * is any."},
			{Name: "pattern", Label: "Pattern", Choices: []string{"LITERAL", "PREFIXED"}, Shown: is(aclConsumer, aclProducer, aclOne), Help: "PREFIXED takes the names above as what names begin with."},
		},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.CreateACLs(ctx, aclsOf(v)...)
		}),
		Command: aclCommand,
	}.Open(h)
}

// aclFlags name the types of resources on the command line.
var aclFlags = map[string]string{
	"TOPIC": "--topic", "GROUP": "--group", "TRANSACTIONAL_ID": "--transactional-id", "DELEGATION_TOKEN": "--delegation-token", "USER": "--on-user",
}

// bindingCommand is the command line about one binding.
func bindingCommand(verb string, b kafka.ACL) string {
	words := []string{verb, "acl", "--principal", b.Principal, "--operation", b.Operation}
	if flag, ok := aclFlags[b.ResourceType]; ok {
		words = append(words, flag, b.Resource)
	} else {
		words = append(words, "--on-cluster")
	}
	if b.Permission == "DENY" {
		words = append(words, "--deny")
	}
	if b.Host != "*" {
		words = append(words, "--host", b.Host)
	}
	if b.Pattern == "PREFIXED" {
		words = append(words, "--prefixed")
	}
	return command(words...)
}

// aclCommand is the command line that a filled form stands for.
func aclCommand(v dialog.Values) string {
	words := []string{"create", "acl", "--principal", v["principal"]}
	prefixed := v["pattern"] == "PREFIXED"
	switch v["for"] {
	case aclConsumer:
		words = append(words, "--preset", "consumer", "--topic", v["topic"], "--group", v["group"])
	case aclProducer:
		words = append(words, "--preset", "producer", "--topic", v["topic"])
		if v["tx"] != "" {
			words[5] = "transactional"
			words = append(words, "--transactional-id", v["tx"])
		}
	case aclObserver, aclAdmin:
		words, prefixed = append(words, "--preset", v["for"]), false
	default:
		return bindingCommand("create", aclsOf(v)[0])
	}
	if prefixed {
		words = append(words, "--prefixed")
	}
	return command(words...)
}

// aclsOf are the bindings that a filled form stands for.
func aclsOf(v dialog.Values) []kafka.ACL {
	switch v["for"] {
	case aclConsumer:
		return kafka.ConsumerACLs(v["principal"], v["topic"], v["group"], v["pattern"])
	case aclProducer:
		return kafka.ProducerACLs(v["principal"], v["topic"], v["pattern"], v["tx"])
	case aclObserver:
		return kafka.ObserverACLs(v["principal"])
	case aclAdmin:
		return kafka.AdminACLs(v["principal"])
	default:
		return []kafka.ACL{{
			Principal: v["principal"], Host: v["host"], ResourceType: v["type"], Resource: v["resource"],
			Pattern: v["pattern"], Operation: v["operation"], Permission: v["permission"],
		}}
	}
}
