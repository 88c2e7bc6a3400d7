#!/usr/bin/env bash
# Tells whether this machine lets us run a container engine in a network
# namespace of its own: root's rights, namespaces, control groups, a bridge with
# address translation. It prints what is denied, one line, and exits with 3; or
# prints nothing and exits with 0. It leaves nothing behind.
set -uo pipefail
PATH=$PATH:/usr/sbin:/sbin

denied() { printf '%s\n' "$*"; exit 3; }

[ "$(id -u)" = 0 ] || denied "this is not root"

if why=$(unshare --net --mount --pid --fork true 2>&1); [ -n "$why" ]; then
  denied "namespaces cannot be made ($why)"
fi

# cgroups 2 with the memory controller, or 1 with those that engines ask for;
# where nothing is mounted, whether it could be (testbed.sh then does).
cgroups() {
  local dir=/sys/fs/cgroup name
  if [ -e $dir/cgroup.controllers ]; then
    grep -qw memory $dir/cgroup.controllers || { echo "cgroups 2 without the memory controller"; return; }
    mkdir "$dir/kconsole-probe" 2>&1 && rmdir "$dir/kconsole-probe"
    return
  fi
  for name in memory devices cpu freezer; do
    if [ -e "$dir/$name/cgroup.procs" ]; then
      mkdir "$dir/$name/kconsole-probe" 2>&1 || return
      rmdir "$dir/$name/kconsole-probe"
    else
      unshare --mount sh -c "mount -t tmpfs none /mnt && mkdir /mnt/x && mount -t cgroup -o $name none /mnt/x" 2>&1 || return
    fi
  done
}
why=$(cgroups)
[ -z "$why" ] || denied "control groups cannot be made ($(head -1 <<< "$why"))"

network() {
  ip link set lo up && ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2 &&
    iptables --wait --table nat --list-rules >/dev/null && iptables --wait --list-rules >/dev/null &&
    iptables --wait --table nat --append POSTROUTING --source 192.0.2.0/24 --jump MASQUERADE
}
export -f network
why=$(unshare --net bash -c network 2>&1) || denied "a bridge with address translation cannot be made ($(tail -1 <<< "$why"))"
