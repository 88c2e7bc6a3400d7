// Package labdir is the directory of a lab stack, the same for every runtime:
// its passwords, and the files through which clients find it.
//
//	lab.yaml            kconsole's configuration: clusters lab, app and guest
//	ca.pem              the authority that signed the stack's certificates
//	client.properties   Apache Kafka's own tools
//	kcat.conf           kcat and anything else on librdkafka
//	.env                PHP and docker compose
//	*.secret            one password each, 0600
package labdir

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"kconsole/compose"
	"kconsole/compose/pki"
	"kconsole/kafka/config"
)

// Names of what every lab directory holds.
const (
	ConfigFile = "lab.yaml"
	CAFile     = "ca.pem"
)

// The users of a lab. Admin may do everything. App may use topics, groups and
// transactions, and no more: it is what a program should be. Guest signs in and
// may do nothing.
const (
	Admin = "admin"
	App   = "app"
	Guest = "guest"
)

// User is one user of a lab, of its brokers and of its registry.
type User struct {
	Name     string
	Password string
	Super    bool
}

// Users makes or reads the users of the lab in dir, which it creates for its
// owner only.
func Users(dir string) ([]User, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var users []User
	for _, name := range []string{Admin, App, Guest} {
		password, err := pki.EnsurePassword(secretFile(dir, name))
		if err != nil {
			return nil, err
		}
		users = append(users, User{Name: name, Password: password, Super: name == Admin})
	}
	return users, nil
}

func secretFile(dir, user string) string { return filepath.Join(dir, user+".secret") }

// Endpoints is where a stack can be reached.
type Endpoints struct {
	Runtime    compose.Runtime
	Brokers    []string // host:port of each broker's client listener
	Registry   string   // base URL of the registry's Confluent API; empty: none
	Prometheus string   // base URL; empty: none
}

// Write writes lab.yaml and the files for other clients into dir. The users'
// passwords and ca.pem must be there already. It returns the configuration.
func Write(ctx context.Context, dir string, at Endpoints) (config.Config, error) {
	conf := config.Config{Current: "lab", Clusters: map[string]config.Cluster{}, UI: config.DefaultUI()}
	for name, user := range map[string]string{"lab": Admin, App: App, Guest: Guest} {
		conf.Clusters[name] = cluster(dir, name, user, at)
	}
	if err := config.Write(filepath.Join(dir, ConfigFile), conf); err != nil {
		return conf, fmt.Errorf("lab files: %w", err)
	}
	if err := config.WriteClientFiles(ctx, dir, conf.Clusters["lab"]); err != nil {
		return conf, fmt.Errorf("lab files: %w", err)
	}
	return conf, nil
}

func cluster(dir, name, user string, at Endpoints) config.Cluster {
	ca := filepath.Join(dir, CAFile)
	colors := map[string]string{Admin: "green", App: "blue", Guest: "yellow"}
	c := config.Cluster{
		Name:    name,
		Brokers: at.Brokers,
		TLS:     &config.TLS{CA: ca},
		SASL:    &config.SASL{Mechanism: "SCRAM-SHA-512", Username: user, PasswordFile: secretFile(dir, user)},
		Metrics: config.Metrics{Prometheus: at.Prometheus},
		Color:   colors[user],
		Lab:     &config.Lab{Runtime: string(at.Runtime), Dir: dir},
	}
	if at.Registry != "" {
		c.Registry = &config.Registry{URL: at.Registry, CA: ca, Username: user, PasswordFile: secretFile(dir, user)}
	}
	return c
}
