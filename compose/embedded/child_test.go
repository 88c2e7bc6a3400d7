package embedded_test

// runAsChild is filled in by the kill -9 test: the test binary started again
// as a cluster of its own.
func runAsChild() bool { return false }
