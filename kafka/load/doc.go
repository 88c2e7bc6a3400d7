// Package load writes records to a topic at a steady rate and measures how the
// cluster takes them: how many were acknowledged, how long that took, what they
// weigh on the wire.
//
// [Run] does it. What is written comes from a [Maker] (random records of an Avro
// schema, the same as JSON, or bytes), which key a record gets from a [Keys]
// distribution. Every figure of the [Summary] is counted or measured by the
// sender: a record is acknowledged when a broker said so.
package load
