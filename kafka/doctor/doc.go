// Package doctor looks a cluster over and says what is wrong with it, in words:
// what was seen, what it means, what to do next, and which lab teaches it.
//
// A [Doctor] takes [Facts]: what the cluster, its listeners, its registry and a
// sample of its records tell, with requests that grow with the brokers and never
// with topics or groups. [Examine] turns facts into a [Report] and is pure: the
// same facts give the same findings. A fact that could not be read never looks
// like a fault; its check says that nobody looked, and why.
//
//	d := doctor.New(cluster, doctor.Options{Registry: reg})
//	report := d.Look(ctx)   // again and again: what grows is seen between two looks
package doctor
