package doctor

import (
	"errors"
	"slices"
	"strings"

	"kconsole/kafka"
)

// missingRights finds what this user was denied while the doctor looked, and
// names the ACL for each.
func missingRights(f *Facts, r *result) {
	var denied []error
	add := func(err error) {
		r.looked++
		if kindIs(err, kafka.Denied) {
			denied = append(denied, err)
		}
	}
	parts := make([]Part, 0, len(f.Errs))
	for p := range f.Errs {
		parts = append(parts, p)
	}
	slices.Sort(parts)
	for _, p := range parts {
		add(f.Errs[p])
	}
	for i := range f.Topics {
		if f.Topics[i].Err != nil {
			add(f.Topics[i].Err)
		}
	}
	for i := range f.Groups {
		if f.Groups[i].Err != nil {
			add(f.Groups[i].Err)
		}
	}
	told := make(map[string]bool)
	for _, err := range denied {
		var e *kafka.Error
		if !errors.As(err, &e) || told[e.Error()] {
			continue
		}
		told[e.Error()] = true
		one := Finding{
			Level: Watch, Resource: "this user", Title: e.What + ": " + e.Why, Evidence: []string{e.Error()},
			Next: Action{Text: or(e.Do, "ask for the right"), Command: "kconsole get acls"}, Open: Link{View: "acls"},
		}
		for _, acl := range e.Missing {
			one.Evidence = append(one.Evidence, "missing: "+acl.String())
			one.Next.Command = createACL(acl)
		}
		r.add(one)
	}
}

// createACL is how a binding is made on the command line.
func createACL(a kafka.ACL) string {
	s := "kconsole create acl --principal " + quote(a.Principal) + " --operation " + a.Operation
	switch a.ResourceType {
	case "CLUSTER":
		return s + " --on-cluster"
	case "USER":
		return s + " --on-user " + quote(a.Resource)
	}
	return s + " --" + strings.ReplaceAll(strings.ToLower(a.ResourceType), "_", "-") + " " + quote(a.Resource)
}
