// Package registry asks a schema registry that speaks Confluent's REST API
// (Confluent, Apicurio's ccompat, Karapace, Redpanda) and changes it.
//
// [Client] reads. Schemas by id come from a cache bounded in bytes; several
// callers that miss the same id share one request, an id that is unknown is
// asked for again only after a while, and a registry that is away is left
// alone for growing intervals, so that a tail of a million records does not
// become a million requests. [Writer] changes things, each change a [Plan]
// that can be shown before it is applied; a read-only Client has no Writer.
//
// Every request ends within 10 s. Errors are [*Error] values that say in one
// line what failed, why, and what to do, and match [ErrUnavailable] and its
// siblings with errors.Is.
//
// The API is described at
// https://docs.confluent.io/platform/current/schema-registry/develop/api.html.
package registry
