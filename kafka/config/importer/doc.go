// Package importer reads the connection settings of other Kafka clients as they
// are, and turns them into clusters of a lab.yaml:
//
//   - client.properties of Kafka's Java tools, with JAAS lines and PEM, PKCS12
//     and JKS stores
//
//   - configuration files of librdkafka and kcat
//
//   - rpk profiles (rpk.yaml)
//
//     res, err := importer.Import("client.properties", importer.Options{Name: "prod", Dir: "/home/me/.config/kconsole"})
//     for _, i := range res.Ignored { fmt.Println(i) }     // what was left out, and why
//     err = res.Save("/home/me/.config/kconsole/config.yaml")
//
// Certificates and keys that lie in stores, or that are encrypted, become PEM
// files of mode 0600 beside the configuration; passwords become password files.
// Nothing is written before [Result.Save].
//
// Settings that would switch verification off are never taken over: certificates
// and host names are always verified.
package importer
