#!/usr/bin/env bash
# A container engine for tests, by itself in a network namespace: its own
# loopback, so no port of ours meets one of the host's, and no firewall rule of
# the engine's reaches the host. As root:
#
#   testbed.sh run COMMAND [ARG ...]   engine up, COMMAND beside it, engine down
#
# COMMAND runs in the namespace with DOCKER_HOST set. Images and what they are
# built of stay in the cache directory; nothing else does. The images are the
# true ones where a hub can be reached, and otherwise built under the same names
# from jars and packages (KCONSOLE_HUB=yes|no decides instead of a try).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole
bed=$cache/docker-testbed
say() { printf 'testbed: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || die "needs root, for an engine and a network namespace of its own"
[ "${1:-}" = run ] && [ $# -ge 2 ] || die "usage: testbed.sh run COMMAND [ARG ...]"
shift

packages() {
  local missing=()
  command -v dockerd >/dev/null || missing+=(docker.io)
  command -v docker-compose >/dev/null || missing+=(docker-compose)
  command -v iptables >/dev/null || missing+=(iptables)
  command -v ip >/dev/null || missing+=(iproute2)
  command -v prometheus >/dev/null || missing+=(prometheus)
  command -v yamllint >/dev/null || missing+=(yamllint)
  dpkg -s busybox-static >/dev/null 2>&1 || missing+=(busybox-static)
  [ ${#missing[@]} = 0 ] && return
  say "installing ${missing[*]}"
  # Their services stay off: the engine here is one of our own.
  local policy=/usr/sbin/policy-rc.d made=
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
    made=yes
  fi
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  if [ -n "$made" ]; then rm -f $policy; fi
}
packages

mkdir -p "$bed"
exec 9> "$bed/lock"
flock -n 9 || { say "waiting for another test bed"; flock 9; }

run=$(mktemp -d /run/kconsole-bed.XXXXXX)
name=$(basename "$run" | tr . -)
netns=/run/netns/$name
export DOCKER_HOST=unix://$run/docker.sock
unset DOCKER_CONTEXT COMPOSE_PROJECT_NAME COMPOSE_FILE COMPOSE_PROFILES

engine() { # engine WHERE FLAG...: starts dockerd and waits until it answers
  local where=$1
  shift
  "${where}" dockerd --host "$DOCKER_HOST" --data-root "$bed/data" --exec-root "$run/exec" --pidfile "$run/pid" \
    --group root --log-level error "$@" > "$run/engine.log" 2>&1 9>&- &
  for _ in $(seq 200); do
    docker version >/dev/null 2>&1 && return
    sleep 0.1
  done
  cat "$run/engine.log" >&2
  die "the engine does not start"
}
stop_engine() {
  [ -e "$run/pid" ] || return 0
  local pid
  pid=$(cat "$run/pid")
  kill -TERM "$pid" 2>/dev/null || return 0
  for _ in $(seq 300); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  say "the engine does not end by itself"
  kill -KILL "$pid"
}
inside() { nsenter --net="$netns" "$@"; }
outside() { "$@"; }

down() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  if docker version >/dev/null 2>&1; then
    local left
    left=$(docker ps -aq; docker volume ls -q; docker network ls -q --filter type=custom)
    if [ -n "$left" ]; then
      say "left behind:"
      docker ps -a >&2; docker volume ls >&2; docker network ls --filter type=custom >&2
      [ $status = 0 ] && status=1
      docker ps -aq | xargs -r docker rm -f -v >/dev/null
      docker volume ls -q | xargs -r docker volume rm >/dev/null
      docker network ls -q --filter type=custom | xargs -r docker network rm >/dev/null
    fi
  fi
  stop_engine
  [ -e "$netns" ] && ip netns del "$name"
  # The exec root may hold mounts of containers that were killed.
  awk -v r="$run" 'index($2, r) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$run"
  exit $status
}
trap down EXIT
trap 'exit 130' INT TERM

hub=${KCONSOLE_HUB:-auto}
if [ "$hub" != no ] && [ ! -e "$bed/true-images" ]; then
  engine outside --bridge none --iptables=false
  if "$here/images.sh" pull; then
    touch "$bed/true-images"
  elif [ "$hub" = yes ]; then
    die "the images cannot be pulled"
  else
    say "no hub can be reached: building images under the names of compose.yaml"
  fi
  stop_engine
fi

ip netns add "$name"
inside ip link set lo up
engine inside
[ -e "$bed/true-images" ] || "$here/images.sh" build
export KCONSOLE_TESTBED=$name
cd "$root"
inside "$@"
