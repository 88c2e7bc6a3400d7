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
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

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

func secretName(user string) string { return user + ".secret" }

func secretFile(dir, user string) string { return filepath.Join(dir, secretName(user)) }

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

// DataDir is the subdirectory for what the brokers and the registry keep.
const DataDir = "data"

// DockerDir is the subdirectory for compose.yaml and its files.
const DockerDir = "docker"

// ours are the patterns of everything that a lab puts into its directory.
var ours = []string{
	ConfigFile, "*.pem", "*.secret", config.JavaFile, config.KcatFile, config.DotenvFile,
	"lab.log", "lab.lock", "control.json", "ports.json", DataDir, DockerDir,
}

// IsLab tells whether dir is the directory of a lab.
func IsLab(dir string) bool {
	for _, name := range []string{ConfigFile, CAFile, secretName(Admin)} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// Remove deletes what a lab put into dir, and dir itself if nothing else is
// left in it: a file of somebody else's is never touched.
func Remove(dir string) error {
	var errs []error
	for _, pattern := range ours {
		found, err := filepath.Glob(filepath.Join(globQuote(dir), pattern))
		errs = append(errs, err)
		for _, path := range found {
			errs = append(errs, os.RemoveAll(path))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) > 0 {
		return err
	}
	return os.Remove(dir)
}

// globQuote makes a path that may hold * or [ match itself.
func globQuote(path string) string {
	if os.PathSeparator == '\\' {
		return path // no quoting there, and neither character in file names of ours
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}
