# kconsole: build, run and test. `make help` lists what there is.
# Needs: Go and make. `make test` also uses a C compiler (for the race
# detector), tmux, and Java 17 with Maven (for real Kafka) where they are present.

CACHE   := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/kconsole
BIN     := bin/kconsole
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X kconsole/cmd.version=$(VERSION)

LINT_VERSION := v2.15.0
LINT         := $(CACHE)/bin/golangci-lint-$(LINT_VERSION)

# The race detector needs cgo; without a C compiler the tests run without it.
RACE := $(shell command -v cc >/dev/null 2>&1 && echo -race)

# One test binary at a time may take long (real brokers); none takes this long.
TESTFLAGS ?= $(RACE) -timeout 20m

.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: build
build: ## build bin/kconsole
	@CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $(BIN) ./cmd/kconsole

.PHONY: run
run: build ## start the embedded lab with sample events and open the console on it
	@$(BIN) demo

.PHONY: test
test: ## run everything that must pass (the same in CI)
	@./e2e/test.sh $(TESTFLAGS)

.PHONY: test-labs
test-labs: ## every step of every lab, on the embedded stack and on real brokers
	@go test $(TESTFLAGS) ./labs/...

.PHONY: test-docker
test-docker: ## the lab in containers, beside an engine of its own (needs root)
	@./e2e/docker/test.sh

.PHONY: fuzz
fuzz: ## 60 s of hostile bytes at a broker's and at the registry's port
	@KCONSOLE_FUZZ_TIME=60s go test -count=1 -v -run '^(TestHostileStrangers|TestHostileBytesFromStrangers)$$' ./compose/embedded ./compose/embedded/registry

FUZZ_TIME ?= 5m

.PHONY: fuzz-avro
fuzz-avro: ## FUZZ_TIME (5m) each of the Avro decoder, encoder, schema parser, container reader
	@set -e; for part in Decode Encode Schema Container; do \
	  go test -run '^$$' -fuzz "^Fuzz$$part\$$" -fuzztime $(FUZZ_TIME) -fuzzminimizetime 200x ./avro; \
	done

.PHONY: monkey
monkey: ## 20,000 random keys on a live cluster whose brokers stop and start
	@KCONSOLE_MONKEY_KEYS=20000 go test $(RACE) -count=1 -timeout 60m -v -run Monkey ./ui ./ui/uitest

# Which benchmarks (Tail/Decode, Tail/Filter, Startup, Reads, Lag, Ring, Keys, Filter,
# Idle, Load, Embedded), as a regular expression, and how many rounds.
BENCH  ?= .
ROUNDS ?= 3

.PHONY: bench
bench: ## race against others and write bench/RESULTS.md (BENCH=Startup ROUNDS=9: only some, more rounds)
	@go test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 60m -v ./bench -rounds $(ROUNDS) -results RESULTS.md

.PHONY: bench-avro
bench-avro: ## decoding Avro: time and allocations a record, beside hamba, twmb and goavro
	@go test -run '^$$' -bench '^BenchmarkDecode$$' -count 5 ./avro

.PHONY: lint
lint: $(LINT) ## formatting, vet and the import rules
	@$(LINT) run ./...
	@go mod tidy -diff
	@GOOS=windows go vet ./cmd/... && GOOS=darwin go vet ./cmd/...

$(LINT):
	@mkdir -p $(CACHE)/bin/build
	@GOBIN=$(CACHE)/bin/build go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(LINT_VERSION)
	@mv $(CACHE)/bin/build/golangci-lint $@

.PHONY: fmt
fmt: $(LINT) ## format the code
	@$(LINT) fmt ./...

.PHONY: golden
golden: ## accept the screens as they are now (look at the diff before you commit it)
	@go test ./ui/... -update

.PHONY: clean
clean: ## remove what the build made
	@rm -rf bin dist
