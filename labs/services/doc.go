// Package services holds the small event-driven services that the labs run:
// producers and consumers that show up on the cluster as real clients, with
// real groups, so that a learner has something to look at and to break.
package services
