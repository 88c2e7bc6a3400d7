// Package tail reads the records of a topic: from a position, up to a position
// or for ever, following leaders, new partitions and brokers that come and go.
// Memory is bounded: at most two fetches per broker are held at a time, and
// nothing is fetched while nobody takes what there is.
//
// It does not join a group and commits nothing. Records are read with the last
// stable offset respected and aborted transactions left out, unless asked
// otherwise; control records are never delivered.
package tail
