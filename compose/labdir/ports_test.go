package labdir

import (
	"net"
	"path/filepath"
	"slices"
	"testing"
)

func TestPortsStayAndGiveWay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	if _, err := Users(dir); err != nil {
		t.Fatal(err)
	}
	first, err := ChoosePorts(t.Context(), dir, 3)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ChoosePorts(t.Context(), dir, 3)
	if err != nil {
		t.Fatal(err)
	}
	// Somebody else may have taken one in between; a free one must stay.
	if !slices.Equal(first.Brokers, again.Brokers) && first.free(t.Context()) {
		t.Errorf("free ports changed: %v, then %v", first, again)
	}

	ln, err := net.Listen("tcp", address(first.Brokers[1]))
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	other, err := ChoosePorts(t.Context(), dir, 3)
	if err != nil {
		t.Fatal(err)
	}
	if slices.Contains(other.Brokers, first.Brokers[1]) {
		t.Errorf("a port in use was chosen: %v", other)
	}
}
