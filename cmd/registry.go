package cmd

import (
	"errors"
	"fmt"

	"kconsole/avro/registry"
	"kconsole/kafka/config"
)

// withRegistry runs work with a client of the cluster's schema registry.
func (a *app) withRegistry(cl config.Cluster, work func(*registry.Client) error) error {
	client, done, err := newRegistry(cl)
	if err != nil {
		return err
	}
	defer done()
	if client == nil {
		return usagef("cluster %s has no schema registry in the configuration; add a registry section with its url", cl.Name)
	}
	return work(client)
}

// newRegistry makes a client of the cluster's schema registry; nil where none is
// configured. The function ends it.
func newRegistry(cl config.Cluster) (*registry.Client, func(), error) {
	if cl.Registry == nil {
		return nil, func() {}, nil
	}
	client, err := cl.Registry.HTTPClient()
	if err != nil {
		return nil, nil, err
	}
	reg, err := registry.New(registry.Options{URL: cl.Registry.URL, HTTP: client, ReadOnly: cl.ReadOnly})
	if err != nil {
		return nil, nil, err
	}
	return reg, func() {
		reg.Close()
		client.CloseIdleConnections()
	}, nil
}

// registryExit is the exit code of an error of the registry.
func registryExit(err error) (int, bool) {
	var e *registry.Error
	switch {
	case errors.Is(err, registry.ErrReadOnly):
		return exitRefused, true
	case !errors.As(err, &e):
		return 0, false
	case errors.Is(err, registry.ErrUnavailable):
		return exitUnreachable, true
	case errors.Is(err, registry.ErrUnauthorized), errors.Is(err, registry.ErrForbidden):
		return exitDenied, true
	}
	return exitFailed, true
}

// subjectNotFound adds the subject that was probably meant.
func subjectNotFound(subject string, known []string) error {
	return fmt.Errorf("there is no subject %q%s", subject, suggestion(subject, known))
}
