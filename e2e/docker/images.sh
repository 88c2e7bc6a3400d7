#!/usr/bin/env bash
# The images of compose.yaml, for the engine at DOCKER_HOST:
#
#   images.sh pull     the true ones, from the hub
#   images.sh build    stand-ins under the same names, of what packages and jars
#                      give: the same programs, another distribution around them
#   images.sh probe    only one, to run a container as compose.yaml does: with a
#                      memory limit, a network, a volume and a published port
#
# Grafana and Confluent's registry are in no package: they are left out.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/kconsole
compose=$root/compose/docker/files/compose.yaml
say() { printf 'images: %s\n' "$*" >&2; }

image() { # image NAME: the reference in compose.yaml that has NAME in it
  awk -v n="$1" '$1 == "image:" && index($2, n) {print $2; exit}' "$compose"
}

if [ "${1:-}" = pull ]; then
  # Confluent's registry is run by no test.
  for ref in $(awk '$1 == "image:" && $2 !~ /cp-schema-registry/ {print $2}' "$compose" | sort -u); do
    say "pulling $ref"
    timeout "${KCONSOLE_PULL_LIMIT:-600}" docker pull --quiet "$ref" >&2 || exit 1
  done
  exit 0
fi
case "${1:-}" in build | probe) ;; *) say "usage: images.sh pull|build|probe"; exit 2 ;; esac

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# with_libraries DIR PROGRAM...: copies programs and the libraries they load.
with_libraries() {
  local into=$1 lib
  shift
  for lib in $(ldd "$@" 2>/dev/null | grep -o '/[^ :]*' | sort -u); do
    [ -e "$into$lib" ] || install -D "$(readlink -f "$lib")" "$into$lib"
  done
}

busybox_root() { # busybox_root DIR
  mkdir -p "$1"/bin "$1"/etc "$1"/tmp "$1"/usr/bin
  chmod 1777 "$1/tmp"
  cp "$(command -v busybox)" "$1/bin/busybox"
  local applet
  for applet in $("$1/bin/busybox" --list); do
    [ "$applet" = busybox ] || ln -sf busybox "$1/bin/$applet"
  done
  printf 'root:x:0:0:root:/:/bin/sh\nappuser:x:1000:1000::/tmp:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n' > "$1/etc/passwd"
  printf 'root:x:0:\nappuser:x:1000:\nnobody:x:65534:\n' > "$1/etc/group"
  printf 'hosts: files dns\n' > "$1/etc/nsswitch.conf"
}
import() { # import DIR NAME CHANGE...
  local dir=$1 name=$2 change flags=()
  shift 2
  for change in "LABEL kconsole.build=$version" "ENV PATH=/usr/bin:/bin" "$@"; do flags+=(--change "$change"); done
  tar -C "$dir" --numeric-owner -c . | docker import "${flags[@]}" - "$name" >/dev/null
  say "built $name"
}

if [ "$1" = probe ]; then
  version=probe
  busybox_root "$work/probe"
  import "$work/probe" kconsole-testbed-probe
  docker run --rm --memory 32m --publish 127.0.0.1:18999:80 --volume kconsole-probe:/data \
    --cap-drop ALL --security-opt no-new-privileges:true kconsole-testbed-probe /bin/busybox true
  docker volume rm kconsole-probe >/dev/null
  docker image rm kconsole-testbed-probe >/dev/null
  exit 0
fi

# What an image is built of is in its label: another Java, jar or script makes
# another image.
sum() {
  {
    find "$here/images.sh" "$here/images" -type f -print0 | sort -z | xargs -0 cat
    find "$@" -type f -printf '%p %s\n' 2>/dev/null | sort
  } | sha256sum | cut -c1-16
}
java_home=$(dirname "$(dirname "$(readlink -f "$(command -v java)")")")
find_jars() {
  kafka=$(find "$cache" -maxdepth 1 -type d -name 'kafka-4.*' | sort | tail -1)
  apicurio=$(find "$cache" -maxdepth 1 -type d -name 'apicurio-2.*' | sort | tail -1)
}
find_jars
if [ -z "$kafka" ] || [ -z "$apicurio" ]; then
  say "fetching Kafka and Apicurio"
  (cd "$root" && go run ./kafka/kafkatest/cmd/realstack fetch)
  find_jars
fi
version=$(sum "$java_home" "$kafka" "$apicurio" "$(command -v prometheus)")
missing() { [ "$(docker image inspect -f '{{index .Config.Labels "kconsole.build"}}' "$1" 2>/dev/null)" != "$version" ]; }

busybox=$(image busybox)
if missing "$busybox"; then
  busybox_root "$work/busybox"
  import "$work/busybox" "$busybox" 'CMD ["sh"]'
fi

base=kconsole-testbed-java
if missing $base; then
  busybox_root "$work/base"
  rm -f "$work/base/bin/bash"
  cp "$(readlink -f "$(command -v bash)")" "$work/base/bin/bash"
  mkdir -p "$work/base/opt/java"
  # Its configuration is links into /etc, so links are followed.
  cp -rL "$java_home/." "$work/base/opt/java/" 2>/dev/null || true
  rm -rf "$work/base/opt/java/"{docs,man,jmods,include,demo,lib/src.zip}
  ln -s /opt/java/bin/java "$work/base/usr/bin/java"
  with_libraries "$work/base" "$work/base/bin/bash" "$java_home"/bin/java "$java_home"/lib/*.so "$java_home"/lib/server/*.so \
    "$(command -v prometheus || echo /bin/true)"
  for lib in libnss_files.so.2 libnss_dns.so.2 libresolv.so.2; do
    found=$(find /lib /usr/lib -name "$lib" -print -quit)
    [ -z "$found" ] || [ -e "$work/base$found" ] || install -D "$(readlink -f "$found")" "$work/base$found"
  done
  import "$work/base" $base
fi

build() { # build NAME: the Dockerfile comes on standard input, the context is $work/NAME
  DOCKER_BUILDKIT=0 docker build --quiet --label "kconsole.build=$version" -t "$1" -f - "$2" > "$work/build.log" 2>&1 ||
    { cat "$work/build.log" >&2; exit 1; }
  say "built $1"
}

kafka_image=$(image apache/kafka)
if missing "$kafka_image"; then
  mkdir -p "$work/kafka/libs" "$work/kafka/bin"
  cp -p "$kafka"/*.jar "$work/kafka/libs/"
  cp "$here"/images/kafka/*.sh "$work/kafka/bin/"
  dockerfile="FROM $base
RUN mkdir -p /var/lib/kafka/data && chown -R 1000:0 /var/lib/kafka
COPY libs /opt/kafka/libs
COPY bin /opt/kafka/bin
USER 1000
VOLUME [\"/var/lib/kafka/data\"]"
  build "$kafka_image" "$work/kafka" <<< "$dockerfile"
  mkdir "$work/kafka/jsa"
  docker run --rm --network none --user 0:0 -v "$work/kafka/jsa:/out" --entrypoint bash "$kafka_image" /opt/kafka/bin/train.sh
  build "$kafka_image" "$work/kafka" <<< "$dockerfile
COPY jsa/kafka.jsa /opt/kafka/kafka.jsa"
  docker image prune -f >/dev/null
fi

apicurio_image=$(image apicurio-registry)
if missing "$apicurio_image"; then
  mkdir -p "$work/apicurio"
  cp -rp "$apicurio" "$work/apicurio/deployments"
  cp "$here/images/apicurio/run.sh" "$work/apicurio/"
  build "$apicurio_image" "$work/apicurio" <<END
FROM $base
COPY deployments /deployments
COPY run.sh /usr/bin/run.sh
ENV JAVA_OPTIONS="-Dquarkus.http.host=0.0.0.0 -Djava.util.logging.manager=org.jboss.logmanager.LogManager"
CMD ["/usr/bin/run.sh"]
END
fi

prometheus_image=$(image prom/prometheus)
if missing "$prometheus_image"; then
  mkdir -p "$work/prometheus"
  cp "$(command -v prometheus)" "$work/prometheus/"
  build "$prometheus_image" "$work/prometheus" <<END
FROM $base
COPY prometheus /usr/bin/prometheus
RUN mkdir -p /prometheus /etc/prometheus && chown 65534:65534 /prometheus
USER 65534
VOLUME ["/prometheus"]
ENTRYPOINT ["/usr/bin/prometheus"]
END
fi
say "left out, because nothing here can be built into them: $(image grafana), $(image cp-schema-registry)"
