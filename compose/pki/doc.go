// Package pki makes what a lab stack needs to speak TLS: a certificate
// authority of its own, server and client certificates, PEM key stores for
// Java, and passwords. Everything is made on the machine that uses it, is
// trusted by nothing else, and is kept so that a restarted stack shows the
// same certificates.
//
// Keys are ECDSA P-256. Files are written whole or not at all; private keys,
// key stores and passwords are readable by their owner only.
//
//	ca, err := pki.Open(dir)                                // dir/ca.pem, dir/ca-key.pem
//	leaf, err := ca.Ensure("kafka-1", pki.Server("kafka-1")) // dir/kafka-1.pem, ...
//
// [WrongName] and [Expired] ask for certificates that clients must refuse.
package pki
