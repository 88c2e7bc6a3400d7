package uitest_test

import (
	"fmt"
)

// acls waits until so many bindings of a principal are there.
func (f *forms) acls(principal string, want int) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.ACLs(f.t.Context())
		if err != nil {
			return err.Error()
		}
		n := 0
		for _, a := range list {
			if a.Principal == principal {
				n++
			}
		}
		if n != want {
			return fmt.Sprintf("%s has %d bindings, not %d", principal, n, want)
		}
		return ""
	})
}

// user waits until a user has so many credentials.
func (f *forms) user(name string, want int) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.SCRAMUsers(f.t.Context())
		if err != nil {
			return err.Error()
		}
		n := 0
		for _, u := range list {
			if u.Name == name {
				n = len(u.Credentials)
			}
		}
		if n != want {
			return fmt.Sprintf("%s has %d credentials, not %d", name, n, want)
		}
		return ""
	})
}

func (f *forms) quota(user string, want float64) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.Quotas(f.t.Context())
		if err != nil {
			return err.Error()
		}
		got := 0.0
		for _, q := range list {
			if q.Entity.User != nil && *q.Entity.User == user {
				got = q.Values["producer_byte_rate"]
			}
		}
		if got != want {
			return fmt.Sprintf("the quota is %v, not %v", got, want)
		}
		return ""
	})
}

func accessForms() []form {
	const noTokens = "the embedded cluster has no delegation tokens; package kafka's tests make, renew and expire them on real brokers"
	return []form{
		{action: "acls n", do: func(f *forms) {
			f.at("acls", "ACLs")
			f.open("n", "Give access")
			f.fill("User:forms", "-", "forms.orders", "forms.group")
			f.apply("User:forms", "")
			f.acls("User:forms", 4)
		}},
		{action: "acls ctrl-d", do: func(f *forms) {
			f.at("acls /User:forms", "(4 of")
			f.PressBusy("ctrl-d")
			f.confirm("User:forms", "")
			f.acls("User:forms", 3)
		}},
		{action: "topicacls n", do: func(f *forms) {
			f.at("topicacls forms.orders", "User:forms")
			f.open("n", "Give access")
			f.fill("User:other", "-", "forms.orders", "forms.group")
			f.apply("User:other", "")
			f.acls("User:other", 4)
		}},
		{action: "topicacls ctrl-d", do: func(f *forms) {
			f.at("topicacls forms.orders /User:other", "User:other")
			f.PressBusy("ctrl-d")
			f.confirm("User:other", "")
			f.acls("User:other", 3)
		}},
		{action: "users n", do: func(f *forms) {
			f.at("users", "Users")
			f.open("n", "Create a user")
			f.fill("forms-user", "a-long-password-1", "-")
			f.apply("Create user forms-user", "")
			f.user("forms-user", 1)
		}},
		{action: "users e", do: func(f *forms) {
			f.at("users /forms-user", " forms-user ")
			f.open("e", "Set the password of forms-user")
			f.fill("-", "a-long-password-2", "+1") // the other mechanism: a second credential
			f.apply("forms-user", "")
			f.user("forms-user", 2)
		}},
		{action: "users ctrl-d", do: func(f *forms) {
			f.at("users /forms-user", " forms-user ")
			f.PressBusy("ctrl-d")
			f.confirm("forms-user", "forms-user")
			f.user("forms-user", 0)
		}},
		{action: "quotas n", do: func(f *forms) {
			f.at("quotas", "Quotas")
			f.open("n", "Set a quota")
			f.fill("-", "forms", "-", "-", "1048576")
			f.apply("producer_byte_rate", "")
			f.quota("forms", 1048576)
		}},
		{action: "quotas ctrl-d", do: func(f *forms) {
			f.at("quotas /forms", "forms")
			f.PressBusy("ctrl-d")
			f.confirm("producer_byte_rate", "")
			f.quota("forms", 0)
		}},
		{action: "tokens n", not: noTokens},
		{action: "tokens e", not: noTokens},
		{action: "tokens ctrl-d", not: noTokens},
	}
}
