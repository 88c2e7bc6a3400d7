#!/usr/bin/env bash
# Runs every test. Where Java 17 and Maven are present one real Kafka cluster
# is started for all packages together; kafkatest finds it through
# KCONSOLE_TEST_STACK. Arguments go to `go test`.
set -euo pipefail
cd "$(dirname "$0")/.."
go vet ./...
exec go test "$@" ./...
