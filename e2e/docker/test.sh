#!/usr/bin/env bash
# Tests the lab in containers: the conformance suite, Prometheus with every
# panel and alert, and the console in a terminal, all beside an engine of its
# own in a network namespace (testbed.sh). Needs root. Arguments go to `go test`.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole

# compose.yaml is checked by docker compose 1.29, which Debian has, and by
# version 2, which is built once; without it that check is left out, loudly.
"$here/compose-v2.sh" || echo "NOT TESTED: docker compose v2 could not be built" >&2

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -o "$work/kconsole" ./cmd/kconsole
go test -c -o "$work/docker.test" ./compose/docker
go test -c -o "$work/e2e.test" ./e2e
export KCONSOLE_LINUX_PROGRAM=$work/kconsole

"$here/testbed.sh" run bash -euc '
  if docker image inspect grafana/grafana >/dev/null 2>&1 || [ -n "$(docker image ls -q grafana/grafana)" ]; then
    export KCONSOLE_GRAFANA=yes
  else
    echo "NOT TESTED: Grafana itself; its image cannot be had here. Its panels run as queries against Prometheus." >&2
  fi
  work=$1; shift
  (cd compose/docker && "$work/docker.test" -test.v -test.timeout 30m "$@")
  (cd e2e && "$work/e2e.test" -test.v -test.timeout 15m -test.run "^TestDocker" "$@")
' bash "$work" "$@"
