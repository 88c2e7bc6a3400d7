// Package registry is a schema registry inside the process. It speaks the
// Confluent Schema Registry REST API (subjects, versions, ids, GUIDs,
// references, compatibility, config, mode, contexts) over HTTP or HTTPS with
// basic authentication, so that any client of that API works against it.
//
// It decides for itself: Avro schemas are parsed and every compatibility level
// is enforced over the subject's versions; Protobuf and JSON Schema are checked
// for syntax. What it answers is on disk before it answers: each change is one
// checksummed record of an append-only log, synced, and a kill -9 at any moment
// loses nothing that was acknowledged.
//
// [Start] gives a running server, [Open] only the registry, which is an
// [http.Handler]. docs/registry.md lists the endpoints, the error codes and
// every known difference from Confluent's server.
package registry
