// Package docker runs a lab stack of real Apache Kafka as containers: one KRaft
// controller, three brokers, a schema registry, Prometheus with kconsole's
// exporter, and Grafana.
//
//	stack, err := docker.Up(ctx, docker.Options{Dir: dir}) // starts, or adopts what runs
//	defer stack.Close()                                    // the containers run on
//
// [Up] writes compose.yaml with everything that belongs to it, certificates and
// passwords too, into the lab's subdirectory docker, and has docker compose
// start it; `docker compose up` there does the same by hand. All else goes
// through the Engine API: containers are found by the label that compose gives
// them, so it makes no difference who started, stopped or killed one. Several
// programs may hold one stack at the same time, and none has to.
//
// # Engines
//
// Docker, rootless Docker and Podman's compatible socket, on this machine: by
// DOCKER_HOST, by the docker command's current context, or where they usually
// listen. See [ErrNoEngine].
//
// # Who can reach what
//
// Every published port is bound to 127.0.0.1. Files with secrets are mounted
// into containers whose users are not the owner of the lab's directory, so they
// are readable by all, below a directory that only its owner can enter.
//
// # Listeners
//
// Each broker has CLIENT (SASL_SSL, published), MTLS (SSL with a client
// certificate, published), NETWORK (SASL_SSL, for the containers beside it) and
// INTERNAL (SSL, between brokers).
package docker
