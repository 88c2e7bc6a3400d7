// Package kafkatest gives tests a Kafka cluster: three brokers with TLS, SCRAM
// and ACLs, and a schema registry, in one call.
//
//	func TestSomething(t *testing.T) {
//		c := kafkatest.Real(t)       // Apache Kafka and Apicurio
//		topic := c.Topic(t, 3, 3)    // gone when the test ends
//		client := c.Client(t)        // closed when the test ends
//		...
//	}
//
//	func TestMain(m *testing.M) { kafkatest.Main(m) }
//
// [Real] is Apache Kafka as local Java processes: one stack for a whole test
// program, or for all of them together when $KCONSOLE_TEST_STACK names its
// directory (the command realstack sets it). Tests share it, so they use topics,
// groups and users with names of their own, and break nothing. A test that stops
// brokers asks for [RealAlone]: it has the stack for itself, and whatever it
// stopped is started again when it ends.
//
// Where Java 17 or Maven is missing, tests that need real Kafka are skipped,
// with one loud line; with CI=true they fail.
//
// Nothing outlives a test program, however it ends: see package owner.
// [Main] takes the stack down before it returns and looks for goroutines that
// were left behind.
package kafkatest
