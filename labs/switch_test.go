package labs_test

import (
	"slices"
	"testing"

	"kconsole/labs"
	"kconsole/labs/services"
)

func TestSwitchesAreCompleted(t *testing.T) {
	list := []services.Status{{Name: "lab.03.billing"}, {Name: "lab.03.packer"}, {Name: "load"}}
	if got := labs.Switches("03", list, "resume "); !slices.Equal(got, []string{"resume billing", "resume packer", "resume load"}) {
		t.Errorf("resume: %v", got)
	}
	if got := labs.Switches("03", list, "crash-on p"); !slices.Equal(got, []string{"crash-on packer"}) {
		t.Errorf("crash-on p: %v", got)
	}
	if got := labs.Switches("03", list, "slow billing 5"); got != nil {
		t.Errorf("behind the name nothing is known: %v", got)
	}
}
