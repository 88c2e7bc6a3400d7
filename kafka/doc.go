// Package kafka is what an Apache Kafka cluster is to kconsole: a connection
// ([Cluster]), typed reads (topics, groups, ACLs, ...), writes ([Admin],
// [Producer]) and errors that say what failed, why, and what to do.
//
// Reads never change anything and may return partial data together with an
// error: what could be read is in the value, what could not is in the error or
// in the Err field of the row it concerns. The number of requests grows with
// the number of brokers, not with topics, partitions or groups.
//
// Names follow Kafka: high watermark, log end offset, last stable offset, ISR,
// leader epoch, log start offset.
package kafka
