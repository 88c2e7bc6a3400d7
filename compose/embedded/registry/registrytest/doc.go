// Package registrytest holds the table of requests that says what a Confluent
// Schema Registry answers, and runs it against any server that claims to speak
// that API. Known differences of such a server are an input: each is asserted as
// it is known, so that one that appears, changes or disappears is noticed.
package registrytest
