#!/usr/bin/env bash
# Tests the lab in containers: the conformance suite, Prometheus with every
# panel and alert, guided labs, and the console in a terminal, all beside an
# engine of its own in a network namespace (testbed.sh). The test bed needs root, or sudo.
# What cannot be tested here fails, or is said. Arguments go to the tests.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
begun=$SECONDS
say() { printf 'docker tests: %s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; return; fi
  local keep=() name
  for name in CI HOME PATH XDG_CACHE_HOME KCONSOLE_HUB KCONSOLE_PULL_LIMIT; do
    [ -z "${!name:-}" ] || keep+=("$name=${!name}")
  done
  sudo env "${keep[@]}" "$@"
}

why=$(as_root "$here/testbed.sh" check) || { say "NOT RUN: this machine cannot run a container engine${why:+: $why}"; exit 1; }
say "an engine runs here ($((SECONDS - begun)) s)"

# What is fetched and built belongs to whoever runs this, not to root.
work=$(mktemp -d)
chmod 755 "$work"
trap 'rm -rf "$work"' EXIT
compose=$("$here/compose-v2.sh")
command -v go >/dev/null || { say "needs Go"; exit 1; }
go run ./kafka/kafkatest/cmd/realstack fetch
say "docker compose $("$compose" version --short), Kafka and Apicurio are there ($((SECONDS - begun)) s)"
export CGO_ENABLED=0
build() {
  go build -trimpath -o "$work/kconsole" ./cmd/kconsole
  go test -trimpath -c -o "$work/docker.test" ./compose/docker
  go test -trimpath -c -o "$work/lessons.test" ./labs/lessons
  go test -trimpath -c -o "$work/e2e.test" ./e2e
}
build &
building=$!
as_root "$here/testbed.sh" images
wait $building || { say "the tests do not build"; exit 1; }
say "images and tests are built ($((SECONDS - begun)) s)"

# compose.yaml is checked by versions 1 and 2 of docker compose, and run by
# both: by the first here, by the second below.
as_root "$here/testbed.sh" run bash -euc '
  if [ -n "$(docker image ls -q grafana/grafana)" ]; then
    export KCONSOLE_GRAFANA=yes
  else
    echo "NOT TESTED: Grafana itself; its image cannot be had here. Its panels run as queries against Prometheus." >&2
  fi
  work=$1 compose=$2
  shift 2
  export KCONSOLE_LINUX_PROGRAM=$work/kconsole KCONSOLE_COMPOSE_2=$compose
  (cd compose/docker && "$work/docker.test" -test.v -test.timeout 20m "$@")
  (cd labs/lessons && "$work/lessons.test" -test.v -test.timeout 15m -test.run "^TestContainers" "$@")
  (cd e2e && KCONSOLE_COMPOSE=$compose "$work/e2e.test" -test.v -test.timeout 15m -test.run "^TestDocker" "$@")
' bash "$work" "$compose" "$@"
say "all is well ($((SECONDS - begun)) s)"
