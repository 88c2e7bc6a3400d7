// Package bench holds the benchmarks: kconsole, and what it is made of, beside
// others that do the same work, in rounds that take turns. Ratios count, since
// times depend on the machine; no number fails a test.
//
// `make bench` runs all of them and writes RESULTS.md; `make bench BENCH=Startup`
// runs some, and leaves the others' results as they are. ROUNDS=9 makes more
// rounds. What there is to race against is taken from the machine: kcat, and
// Java with Kafka's own tools, are used if they are there; kaskade and
// confluent-kafka are installed from PyPI into a virtual environment in the
// user's cache, once. What cannot be had is printed as missing.
//
// The programs that are measured are processes of their own. So are the clusters,
// so that their work is not counted as the console's; the large one takes only the
// processors that others leave (nice 10). They are real Apache Kafka where
// records are read and written, kfake where one broker cannot hold what there is
// (kafkatest.LargeTopics) or could not serve it as fast as it is read. What the
// contestants make of the records of the work set is checked before they race,
// or in each round: against each other, and against how the records were made.
//
// Screens are measured in a pseudo-terminal of 160x50 characters: what counts is
// the last byte of a frame, as the terminal gets it.
package bench
