#!/usr/bin/env bash
# Builds docker compose v2 into the cache, once: no distribution has it in a
# package that goes with an old engine.
set -euo pipefail
version=v2.40.3
out=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole/bin/docker-compose-$version
[ -x "$out" ] && exit 0
echo "building docker compose $version, once (some minutes)" >&2
work=$(mktemp -d)
trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
cd "$work"
GOFLAGS=-mod=mod go mod download -json "github.com/docker/compose/v2@$version" > module.json
cp -r "$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' module.json)" src
chmod -R u+w src
cd src
CGO_ENABLED=0 timeout 900 go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" \
  -o "$work/docker-compose" ./cmd
mkdir -p "$(dirname "$out")"
mv "$work/docker-compose" "$out"
