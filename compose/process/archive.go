package process

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kconsole/compose/apicurio"
	"kconsole/compose/kafkaconf"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	archiveFile  = "classes.jsa"
	archiveLimit = 3 * time.Minute
)

// A class-data archive (JEP 350) saves a Java machine most of the work of
// loading classes, which is most of the time that Kafka takes to start. It is
// made once for each Java and each set of jars, by a node that is started only
// for that, and it is an aid: without it everything works, slowly.

// kafkaArchive returns Kafka's archive, or "" if there can be none.
func (k kafka) kafkaArchive(ctx context.Context, o *Options) string {
	return trained(ctx, o, "kafka", append([]string{k.java.bin, k.java.version}, k.classpath...), k.trainKafka)
}

// registryArchive is kafkaArchive for the registry.
func (k kafka) registryArchive(ctx context.Context, o *Options) string {
	return trained(ctx, o, "apicurio", []string{k.java.bin, k.java.version, k.registry}, k.trainRegistry)
}

func trained(ctx context.Context, o *Options, what string, of []string, train func(ctx context.Context, dir, archive string) error) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\n")))
	name := "classes-" + what + "-" + hex.EncodeToString(sum[:8])
	dir, err := cached(ctx, o.CacheDir, name, func(ctx context.Context, into string) error {
		o.Progress("making " + what + "'s class-data archive, once (10 s; starts take a quarter of the time from then on)")
		ctx, cancel := context.WithTimeout(ctx, archiveLimit)
		defer cancel()
		work := filepath.Join(into, "work")
		err := train(ctx, work, filepath.Join(into, archiveFile))
		return errors.Join(err, os.RemoveAll(work))
	})
	if err != nil {
		if ctx.Err() == nil {
			o.Progress("going on without a class-data archive: " + err.Error())
		}
		return ""
	}
	// Where Java could not write one, the empty directory remembers that.
	if path := filepath.Join(dir, archiveFile); there(path) {
		return path
	}
	return ""
}

// trainKafka runs one node, with everything that a node of the stack has, and
// lets it write the archive as it ends.
func (k kafka) trainKafka(ctx context.Context, dir, archive string) error {
	u := &unit{name: "kafka-1", dir: filepath.Join(dir, "kafka-1")}
	return train(ctx, k.java, u, func(ports Ports, ca *pki.CA) (jvm, func(context.Context) error, error) {
		leaf, err := ca.Ensure("kafka-1", pki.Server("kafka-1"))
		if err != nil {
			return jvm{}, nil, err
		}
		admin := labdir.User{Name: labdir.Admin, Password: pki.Password(), Super: true}
		n := node{
			id: 1, voter: 1, roles: "broker,controller", ports: ports, ca: ca.File(), store: leaf.KeystoreFile,
			data: u.file("data"), users: []labdir.User{admin}, tokens: pki.Password(), session: 3 * time.Second,
		}
		if err := n.write(u.file(serverFile)); err != nil {
			return jvm{}, nil, err
		}
		if err := writeLogging(dir); err != nil {
			return jvm{}, nil, err
		}
		if err := k.format(ctx, u, n.data, kafkaconf.NewUUID(), n.users); err != nil {
			return jvm{}, nil, err
		}
		machine := k.machine(u, 256)
		machine.archive, machine.dump = archive, true
		return machine, func(ctx context.Context) error {
			return awaitBroker(ctx, u, 1, adminOf(ports, ca.File(), admin), nil)
		}, nil
	})
}

func (k kafka) trainRegistry(ctx context.Context, dir, archive string) error {
	u := &unit{name: "registry", dir: filepath.Join(dir, "registry")}
	return train(ctx, k.java, u, func(ports Ports, ca *pki.CA) (jvm, func(context.Context) error, error) {
		leaf, err := ca.Ensure("registry", pki.Server("registry"))
		if err != nil {
			return jvm{}, nil, err
		}
		key, err := apicurio.TokenKey(u.file(tokenKeyFile))
		if err != nil {
			return jvm{}, nil, err
		}
		machine, err := k.registryMachine(u, ports.Backend, 256, leaf, &key.PublicKey)
		machine.archive, machine.dump = archive, true
		return machine, func(ctx context.Context) error {
			trans := backend(ca)
			defer trans.CloseIdleConnections()
			return awaitRegistry(ctx, u, &http.Client{Transport: trans}, ports.Backend)
		}, err
	})
}

// train runs what prepare describes until it is ready, and ends it in order.
func train(ctx context.Context, j java, u *unit, prepare func(Ports, *pki.CA) (jvm, func(context.Context) error, error)) (err error) {
	if err := os.MkdirAll(u.dir, 0o700); err != nil {
		return err
	}
	ca, err := pki.Open(filepath.Dir(u.dir))
	if err != nil {
		return err
	}
	var ports Ports
	if err := ports.choose(ctx, "", false); err != nil {
		return err
	}
	machine, await, err := prepare(ports, ca)
	if err != nil {
		return err
	}
	if err := machine.writeArgs(u); err != nil {
		return err
	}
	u.command = func() (string, []string, []string) { return j.bin, []string{"@" + u.file(argsFile)}, nil }
	if _, err := u.launch(ctx); err != nil {
		return err
	}
	defer func() {
		// Nothing that was started here stays, also when the caller gave up.
		err = errors.Join(err, u.end(context.WithoutCancel(ctx), sigKill))
	}()
	if err := await(ctx); err != nil {
		return err
	}
	_, rec, err := u.state()
	if err != nil {
		return err
	}
	if err := send(rec.PID, sigTerm); err != nil {
		return err
	}
	if !u.awaitEnd(ctx, rec) { // writing the archive takes longer than an ordinary end
		return fmt.Errorf("%s does not end", u.name)
	}
	return nil
}
