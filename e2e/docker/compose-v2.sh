#!/usr/bin/env bash
# Puts docker compose v2 into the cache, once, and prints its path. Debian has
# it from 13 on, in a package that also runs on 12: it is unpacked, not
# installed. Where that cannot be had it is built from its Go module, which
# takes minutes.
set -euo pipefail
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole
out=$cache/bin/docker-compose-v2
say() { printf 'compose-v2: %s\n' "$*" >&2; }
works() { "$1" version --short 2>/dev/null | grep -q '^v\?2\.'; }

packaged() { # from Debian 13's archive, beside the system's own package lists
  local suite=trixie key=/usr/share/keyrings/debian-archive-keyring.gpg
  command -v apt-get >/dev/null && command -v dpkg-deb >/dev/null && [ -e $key ] || return 1
  mkdir -p "$work/lists/partial" "$work/archives/partial"
  echo "deb [signed-by=$key] ${KCONSOLE_DEBIAN:-http://deb.debian.org/debian} $suite main" > "$work/sources.list"
  local apt=(
    -qq -o Dir::Etc::SourceList="$work/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$work/lists"
    -o Dir::Cache="$work" -o Dir::State::Status=/dev/null -o APT::Sandbox::User= -o Acquire::Languages=none
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false
    -o Acquire::Retries=2 -o Acquire::http::Timeout=20
  )
  (cd "$work" && timeout 120 apt-get "${apt[@]}" update && timeout 120 apt-get "${apt[@]}" download docker-compose) >&2 || return 1
  dpkg-deb -x "$work"/docker-compose_*.deb "$work/package"
  cp "$work/package/usr/libexec/docker/cli-plugins/docker-compose" "$work/docker-compose"
  works "$work/docker-compose"
}

built() {
  local version=v2.40.3
  say "building docker compose $version, once (some minutes)"
  cd "$work"
  GOFLAGS=-mod=mod go mod download -json "github.com/docker/compose/v2@$version" > module.json
  cp -r "$(sed -n 's/.*"Dir": "\(.*\)".*/\1/p' module.json)" src
  chmod -R u+w src
  cd src
  CGO_ENABLED=0 timeout 900 go build -trimpath -ldflags "-s -w -X github.com/docker/compose/v2/internal.Version=$version" \
    -o "$work/docker-compose" ./cmd
  works "$work/docker-compose"
}

if ! works "$out"; then
  work=$(mktemp -d)
  trap 'chmod -R u+w "$work" && rm -rf "$work"' EXIT
  packaged || built
  mkdir -p "$(dirname "$out")"
  mv "$work/docker-compose" "$out"
fi
printf '%s\n' "$out"
