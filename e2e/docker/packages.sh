#!/usr/bin/env bash
# The packages of Debian's (or a relative's) that the test bed needs.
#
#   packages.sh missing           names those that are not there
#   packages.sh install NAME...   installs packages, as root, without starting
#                                 their services: the engine is one of our own
set -euo pipefail
PATH=$PATH:/usr/sbin:/sbin # where programs of the system are, also for those who are not root

missing() {
  local list=()
  command -v dockerd >/dev/null || list+=(docker.io)
  # Newer releases have the command in a package of its own.
  command -v docker >/dev/null || ! apt-cache show docker-cli >/dev/null 2>&1 || list+=(docker-cli)
  command -v docker-compose >/dev/null || list+=(docker-compose)
  command -v iptables >/dev/null || list+=(iptables)
  command -v ip >/dev/null || list+=(iproute2)
  command -v prometheus >/dev/null || list+=(prometheus)
  command -v yamllint >/dev/null || list+=(yamllint)
  command -v busybox >/dev/null && ! ldd "$(command -v busybox)" >/dev/null 2>&1 || list+=(busybox-static)
  command -v curl >/dev/null || list+=(curl)
  [ -e /etc/ssl/certs/ca-certificates.crt ] || list+=(ca-certificates)
  [ ${#list[@]} = 0 ] || printf '%s\n' "${list[@]}"
}

install() {
  local policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' > $policy
    chmod +x $policy
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  apt-get install -y -qq --no-install-recommends -o Dpkg::Options::=--force-unsafe-io -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

case "${1:-}" in
missing) missing ;;
install) shift; [ $# = 0 ] || install "$@" ;;
*) echo "usage: packages.sh missing | install NAME..." >&2; exit 2 ;;
esac
