// Package services holds the small event-driven services that the labs run:
// producers and consumers that show up on the cluster as real clients, with
// real groups, so that a learner has something to look at and to break.
//
// A [Manager] owns them. [Manager.StartConsumer] starts a helper consumer whose
// switches (pause, slow, crash, fail, commit) can be turned while it runs. Names
// of services, topics and groups are given by the caller. The sample shop, which
// gives a new lab its first events, is [OpenSource] and [RunBilling].
package services
