#!/usr/bin/env bash
# A container engine for tests, by itself in a network namespace: its own
# loopback, so no port of ours meets one of the host's, and no firewall rule of
# the engine's reaches the host. As root:
#
#   testbed.sh check                   whether an engine can run here: 0, or 3 and
#                                      one line that says what this machine denies
#   testbed.sh images                  gets the images into the cache
#   testbed.sh run COMMAND [ARG ...]   engine up, COMMAND beside it, engine down
#
# COMMAND runs in the namespace with DOCKER_HOST set. Images and what they are
# built of stay in the cache directory; nothing else does. The images are the
# true ones where a hub can be reached, and otherwise built under the same names
# from jars and packages (KCONSOLE_HUB=yes|no decides instead of a try).
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole
bed=$cache/docker-testbed
say() { printf 'testbed: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

what=${1:-}
case "$what:$#" in
check:1 | images:1) ;;
run:1) what= ;;
run:*) shift ;;
*) what= ;;
esac
[ -n "$what" ] || { say "usage: testbed.sh check | images | run COMMAND [ARG ...]"; exit 2; }

mapfile -t missing < <("$here/packages.sh" missing)
if [ ${#missing[@]} != 0 ] && [ "$(id -u)" = 0 ]; then
  say "installing ${missing[*]}"
  "$here/packages.sh" install "${missing[@]}"
fi
if ! why=$("$here/machine.sh"); then
  [ "$what" = check ] || die "an engine cannot run here: $why"
  printf '%s\n' "$why"
  exit 3
fi

# Without control groups of the machine's we mount our own, for us alone.
if [ -z "$(find /sys/fs/cgroup -mindepth 1 -maxdepth 1 -print -quit)" ]; then
  [ -n "${KCONSOLE_MOUNTED:-}" ] || KCONSOLE_MOUNTED=yes exec unshare --mount "$0" "$what" "$@"
  mount -t tmpfs -o mode=755 cgroup /sys/fs/cgroup
  for name in cpu cpuacct cpuset memory devices freezer blkio pids; do
    mkdir "/sys/fs/cgroup/$name"
    mount -t cgroup -o $name cgroup "/sys/fs/cgroup/$name" || rmdir "/sys/fs/cgroup/$name"
  done
fi

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
  for _ in $(seq 600); do
    docker version >/dev/null 2>&1 && return
    kill -0 $! 2>/dev/null || break
    sleep 0.1
  done
  cat "$run/engine.log" >&2
  die "the engine does not start"
}
stop_engine() { # of $1, our own without one
  local pid file=${1:-$run}/pid
  [ -e "$file" ] || return 0
  pid=$(cat "$file")
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

# Removes all containers, volumes and networks; says what they are, after $1.
# True when there were some.
remove_left() {
  local left
  left=$(docker ps -aq; docker volume ls -q; docker network ls -q --filter type=custom)
  [ -n "$left" ] || return 1
  say "$1:"
  docker ps -a >&2; docker volume ls >&2; docker network ls --filter type=custom >&2
  docker ps -aq | xargs -r docker rm -f -v >/dev/null
  docker volume ls -q | xargs -r docker volume rm >/dev/null
  docker network ls -q --filter type=custom | xargs -r docker network rm >/dev/null
}
remove_bed() { # remove_bed RUN: its namespace, mounts and folder
  local gone=/run/netns/$(basename "$1" | tr . -)
  [ -e "$gone" ] && ip netns del "$(basename "$gone")"
  # The exec root may hold mounts of containers that were killed.
  awk -v r="$1/" 'index($2, r) == 1 {print $2}' /proc/mounts | sort -r | xargs -r umount -l
  rm -rf "$1"
}

down() {
  local status=$?
  trap - EXIT INT TERM
  set +e
  if docker version >/dev/null 2>&1 && remove_left "left behind"; then
    [ $status = 0 ] && status=1
  fi
  stop_engine
  remove_bed "$run"
  rm -f "$bed/run"
  # What came into the caches on the way belongs to whoever asked for it.
  [ -z "${SUDO_UID:-}" ] || find "$cache" "$HOME/.m2" -path "$bed" -prune -o -user root -exec chown -h "$SUDO_UID:$SUDO_GID" {} + 2>/dev/null
  exit $status
}
trap down EXIT
trap 'exit 130' INT TERM

begun=$SECONDS
pull() { # the true images, unless they are there or may not or cannot be had
  local hub=${KCONSOLE_HUB:-auto} answer
  [ "$hub" != no ] && [ ! -e "$bed/true-images" ] || return 0
  if [ "$hub" = auto ]; then
    # Whatever it answers, it is there.
    answer=$(curl --silent --head --location --max-time 10 --output /dev/null --write-out '%{http_code}' https://registry-1.docker.io/v2/) || true
    case "$answer" in 200 | 401) ;; *) say "no hub can be reached: building images under the names of compose.yaml"; return ;; esac
  fi
  engine outside --bridge none --iptables=false
  if "$here/images.sh" pull; then
    touch "$bed/true-images"
  elif [ "$hub" = yes ]; then
    die "the images cannot be pulled"
  else
    say "the images cannot be pulled: building others under the same names"
  fi
  stop_engine
}
[ "$what" != images ] || pull

# A run that was cut off (the machine went down, kill -9) could not tidy up. The
# lock is ours, so what it left belongs to no one: its folder and its namespace
# (their name is in the cache), its engine, and the containers that the engine
# shows when it is up.
old=$(cat "$bed/run" 2>/dev/null) || true
case $old in /run/kconsole-bed.*)
  # A pid may have gone to another program since.
  ! grep -qa "$old" "/proc/$(cat "$old/pid" 2>/dev/null)/cmdline" 2>/dev/null || stop_engine "$old"
  remove_bed "$old" || true
  ;;
esac
printf '%s\n' "$run" > "$bed/run"
ip netns add "$name"
inside ip link set lo up
engine inside
remove_left "an earlier run was cut off; removing what it left" || true
case "$what" in
check) "$here/images.sh" probe || die "an engine starts here, and a container does not run in it" ;;
images) [ -e "$bed/true-images" ] || "$here/images.sh" build; say "the images are there after $((SECONDS - begun)) s" ;;
run)
  [ -e "$bed/true-images" ] || "$here/images.sh" build
  export KCONSOLE_TESTBED=$name
  cd "$root"
  inside "$@"
  ;;
esac
