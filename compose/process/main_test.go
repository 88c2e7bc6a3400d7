package process

import (
	"errors"
	"os"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// needKafka skips a test where real Kafka cannot run; in CI it must.
func needKafka(t *testing.T) {
	t.Helper()
	err := Available(t.Context(), Options{})
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" || !errors.Is(err, ErrNoJava) && !errors.Is(err, ErrNoMaven) {
		t.Fatal(err)
	}
	t.Skip(err)
}
