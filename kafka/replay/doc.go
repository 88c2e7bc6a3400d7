// Package replay is a cart of records that are to be written again: to the topic
// they came from, to another, on this cluster or another one.
//
// A record keeps its bytes as they were read. What was not edited is written
// byte for byte; what was edited is encoded anew by whoever edited it. Records of
// which something is hidden from the reader by masking rules are shown hidden,
// written whole, and cannot be edited.
package replay
