// Package bench holds the benchmarks: kconsole, and what it is made of, beside
// others that do the same work, in rounds that take turns. `make bench` runs
// them. Ratios count, since times depend on the machine; no number fails a test.
package bench
