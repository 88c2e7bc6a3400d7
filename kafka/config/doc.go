// Package config reads and writes lab.yaml: the named clusters a console can
// talk to, how to sign in to each, and how the screens should look.
//
//	cfg, err := config.Load("lab.yaml")        // strict; errors name the line
//	cl, err := cfg.Cluster("")                 // "" is the current one
//	opts, err := config.KgoOptions(cl)         // brokers, TLS and SASL for franz-go
//	client, err := kgo.NewClient(opts...)
//
// # Values
//
// A key that is not known, a value of the wrong type and a value that cannot
// work (an address without a port, a misspelt mechanism) are errors that name
// the line. ${NAME} is replaced by the environment variable NAME after the file
// was parsed, so a variable can never add keys; a variable that is not set is
// an error, reported when the cluster that needs it is asked for (a missing
// production password does not lock anybody out of the lab). $$ stands for one
// dollar sign. A relative path is relative to the file, ~/ is the home folder.
//
// # Secrets
//
// Each secret has three forms, of which one may be given: password (best as
// ${NAME}), password_file (read at every sign-in; one trailing newline is cut)
// and password_command (a list: a program and its arguments, run without a
// shell and bounded in time and output; for a shell write [sh, -c, "..."]).
// A secret lives in a [Secret], which prints as *** however it is formatted.
// No error of this package holds the value of a secret.
//
// # Sign-in
//
// PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 take username and password; OAUTHBEARER
// a section oauth (a token, or a token endpoint with client credentials, whose
// tokens are renewed before they end); AWS_MSK_IAM a section aws, or nothing for
// the environment's keys; GSSAPI a username with password or a section kerberos.
// A client certificate in tls works beside all of them and alone.
//
// # Errors
//
// A mistake in a file is an [*Error], with the file, the line and the key.
package config
