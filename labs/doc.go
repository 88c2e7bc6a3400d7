// Package labs is the engine of the guided labs and the walkthroughs: it loads
// their texts, watches what a learner does to the cluster, and says how far each
// step is.
//
// A lab is a folder of data (lab.yaml, concepts.md, PHP files) and, in package
// lessons, the behaviour of its steps in Go. A [Session] is one lab on one
// cluster: it checks the step that the learner is at, by what is on the cluster
// and never by what was typed, and keeps the progress on disk. A [Runner] does
// that in the background for a screen. docs/labs.md is the guide for people who
// write a lab.
//
// Labs exist only on clusters whose configuration has a lab section: everywhere
// else [Open] refuses.
package labs
