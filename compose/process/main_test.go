package process

import (
	"context"
	"errors"
	"fmt"
	"os"
	ossignal "os/signal"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// Programs that tests start are this one with one of these variables set.
const (
	sleeperVar = "KCONSOLE_TEST_SLEEPER" // waits to be ended; "deaf": does not heed SIGTERM
	upperVar   = "KCONSOLE_TEST_UPPER"   // brings a stack up in the directory that it names, and waits
)

func TestMain(m *testing.M) {
	if how, ok := os.LookupEnv(sleeperVar); ok {
		sleep(how)
		return
	}
	if dir, ok := os.LookupEnv(upperVar); ok {
		if _, err := Up(context.Background(), Options{Dir: dir, AnyPorts: true, NoRegistry: true}); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("up")
		select {}
	}
	if _, ok := os.LookupEnv(guardVar); ok {
		runGuard()
		return
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		dismissGuard()
		os.Exit(code)
	}))
}

func sleep(how string) {
	if how == "deaf" {
		ossignal.Ignore(syscall.SIGTERM)
	}
	fmt.Println("awake")
	time.Sleep(5 * time.Minute) // a bound, should a test fail to end it
}

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
