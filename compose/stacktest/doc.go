// Package stacktest is what a [compose.Stack] has to do, as tests that every
// runtime passes: what a learner breaks must break, and mend, the same way
// whatever runs the brokers.
//
//	func TestConformance(t *testing.T) {
//		stacktest.Run(t, stacktest.Suite{Up: ..., Down: ...})
//	}
//
// The suite talks to the brokers as any client does, over the address and the
// sign-in that the stack's configuration gives.
package stacktest
