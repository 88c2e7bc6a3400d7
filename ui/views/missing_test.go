package views_test

import (
	"testing"

	"kconsole/ui/uitest"
)

// TestWhatDoesNotExist: a view of something that is not there says so, and names
// what was probably meant; nothing is told of it as if it existed.
func TestWhatDoesNotExist(t *testing.T) {
	d := uitest.Start(t, uitest.Options{})
	d.Publish(uitest.Snapshot())
	for _, one := range []struct{ command, says, near string }{
		{":group billling", `There is no group "billling" now.`, `did you mean "billing"?`},
		{":members billling", `There is no group "billling" now.`, `did you mean "billing"?`},
		{":groupchart billling", `There is no group "billling" now.`, `did you mean "billing"?`},
		{":group nope", `There is no group "nope" now.`, ":groups lists them"},
		{":topic ordres", `There is no topic "ordres" now.`, `did you mean "orders"?`},
		{":consumers ordres", `There is no topic "ordres" now.`, `did you mean "orders"?`},
		{":topicacls ordres", `There is no topic "ordres" now.`, `did you mean "orders"?`},
		{":topicschemas ordres", `There is no topic "ordres" now.`, `did you mean "orders"?`},
		{":topicchart ordres", `There is no topic "ordres" now.`, `did you mean "orders"?`},
		{":subject orders-valeu", `There is no subject "orders-valeu" now.`, `did you mean "orders-value"?`},
	} {
		d.Type(one.command)
		d.Press("enter")
		d.Idle()
		for _, text := range []string{one.says, one.near} {
			if !d.Has(text) {
				t.Errorf("%s: no %q on\n%s", one.command, text, d.Text())
			}
		}
	}
}
