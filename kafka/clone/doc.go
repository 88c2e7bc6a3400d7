// Package clone makes a topic like another one, with its records: keys, values,
// headers and timestamps byte for byte, each in the partition that it was in.
//
// What is not the same: offsets begin at 0 and have no gaps, batches are formed
// anew, and records of transactions become plain ones. Records of aborted and of
// open transactions are left out.
package clone
