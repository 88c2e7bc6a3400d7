// Package process runs a lab stack of real Apache Kafka as local Java
// processes: one KRaft controller, three brokers and an Apicurio registry, on
// loopback only.
//
//	stack, err := process.Up(ctx, process.Options{Dir: dir}) // starts, or adopts what runs
//	defer stack.Shutdown(ctx)
//
// Clients sign in over TLS with SCRAM (listener CLIENT) or with a certificate
// (listener MTLS); brokers and controller talk TLS with certificates to each
// other. StandardAuthorizer decides, admin is the only super user among the
// lab's users.
//
// # Processes
//
// Every process is recorded in the lab's directory before it is started and
// again, by process id and start time, right after. The processes do not die
// with the one that started them; whoever calls [Up], [Open] or [Down] next,
// also after a kill -9, finds them by that record, adopts or ends them, and
// never mistakes another program with a recycled id for one of them. Several
// programs may hold one stack at the same time.
//
// # Where things are
//
// Jars and class-data archives lie in the user's cache directory, fetched once
// by Maven; or Options.KafkaHome names an unpacked Kafka. Everything else is in
// the lab's directory: data/process/kafka-N holds a node's configuration, log
// and data. The memory of one node is bounded by Options.HeapMiB plus about
// 120 MiB that the Java machine itself takes.
//
// Signals are what stops, kills and pauses a node, so this runtime needs Linux
// or another Unix; on Windows every call fails with [compose.ErrUnsupported].
package process
