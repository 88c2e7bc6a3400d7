#!/usr/bin/env bash
# Runs every test. Where Java 17 and Maven are present, one real Kafka cluster
# is started beside the first tests and shared by all packages; realstack says
# loudly where it is missing, and with CI=true that is a failure.
# Arguments go to `go test`.
set -euo pipefail
cd "$(dirname "$0")/.."
realstack=$(mktemp -d)
trap 'rm -rf "$realstack"' EXIT
go build -o "$realstack/realstack" ./kafka/kafkatest/cmd/realstack
"$realstack/realstack" run go test "$@" ./...
