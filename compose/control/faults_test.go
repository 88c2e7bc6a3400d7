package control_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/embedded"
	"kconsole/compose/embedded/lab"
)

// A fault that another process stages is there, and can be taken back.
func TestFaultsThroughTheControlPort(t *testing.T) {
	dir := t.TempDir()
	l, err := lab.Up(t.Context(), lab.Options{Dir: dir, FreePorts: true, Timing: embedded.ShortTiming})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	if _, err := l.Serve(); err != nil {
		t.Fatal(err)
	}
	c, err := control.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if !c.Faults() {
		t.Fatal("the embedded stack has no faults")
	}
	faults := func() []string { return l.Embedded().Brokers()[1].Faults }
	if err := c.AdvertiseWrong(t.Context(), 2, "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	if err := c.WrongCertificate(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if got := faults(); !slices.Contains(got, "advertises 127.0.0.1:1") || len(got) != 2 {
		t.Errorf("faults %q", got)
	}
	if err := c.ClearFaults(t.Context(), 2); err != nil || len(faults()) != 0 {
		t.Errorf("taken back: %v, %q are left", err, faults())
	}
	if err := c.AdvertiseWrong(t.Context(), 9, "127.0.0.1:1"); !errors.Is(err, compose.ErrNoBroker) {
		t.Errorf("broker 9: %v", err)
	}
	if err := c.AdvertiseWrong(t.Context(), 2, "nonsense"); err == nil {
		t.Error("an address that is none is taken")
	}
}
