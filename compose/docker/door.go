package docker

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
)

// doorAddr is where the door listens, in its container.
const doorAddr = ":8081"

// RunDoor is the container in front of Apicurio: it runs the registry's door
// with the files in dir until ctx ends.
func RunDoor(ctx context.Context, dir string) error {
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, doorCert), filepath.Join(dir, doorKey))
	if err != nil {
		return fmt.Errorf("the door's certificate: %w", err)
	}
	trust, err := doorTrust(dir)
	if err != nil {
		return err
	}
	raw, err := readFile(filepath.Join(dir, doorUsers))
	if err != nil {
		return err
	}
	var users []labdir.User
	if err := json.Unmarshal(raw, &users); err != nil {
		return fmt.Errorf("%s is damaged: %w", doorUsers, err)
	}
	key, err := apicurio.TokenKey(filepath.Join(dir, doorToken))
	if err != nil {
		return err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", doorAddr)
	if err != nil {
		return err
	}
	door := apicurio.Open(apicurio.DoorConfig{
		Listener: ln, Certificate: cert, CA: trust, Backend: apicurioHost, Users: users, Key: key,
	})
	select {
	case <-ctx.Done():
		return door.Close()
	case <-door.Done():
		return errors.New("the door cannot listen any more")
	}
}

// CheckDoor is nil when the door that runs beside it, and Apicurio behind it,
// answer: the container's health check.
func CheckDoor(ctx context.Context, dir string) error {
	trust, err := doorTrust(dir)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	trans := apicurio.Transport(trust)
	defer trans.CloseIdleConnections()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://127.0.0.1"+doorAddr+apicurio.ReadyPath, http.NoBody)
	if err != nil {
		return err
	}
	res, err := (&http.Client{Transport: trans}).Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry answers %s", res.Status)
	}
	return nil
}

func doorTrust(dir string) (*tls.Config, error) {
	ca, err := readFile(filepath.Join(dir, labdir.CAFile))
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(ca) {
		return nil, fmt.Errorf("%s in %s holds no certificate", labdir.CAFile, dir)
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

func readFile(path string) ([]byte, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the lab's files: %w", err)
	}
	return raw, nil
}
