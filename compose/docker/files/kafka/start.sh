#!/bin/bash
# Runs one Kafka node of the lab in the apache/kafka image: formats its storage
# once, with the lab's users, and becomes the server.
set -euo pipefail

conf=/etc/kconsole/server.properties
data=/var/lib/kafka/data/kafka
# Written last, so that a format that was cut short is done again.
formatted=/var/lib/kafka/data/kconsole-formatted

# The image's class-data archive makes starts quicker, where it has one.
archive=""
if [ -f /opt/kafka/kafka.jsa ]; then
  archive="-Xshare:auto -XX:SharedArchiveFile=/opt/kafka/kafka.jsa"
fi
export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=/opt/kconsole/log4j2.properties"
export KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+ExitOnOutOfMemoryError \
  -XX:-UsePerfData -Djava.awt.headless=true $archive -Xlog:disable -Xlog:all=error:stderr"
export KAFKA_JMX_OPTS="-Dkconsole.lab=true" # no JMX port: the agent below reads the beans

if [ ! -f "$formatted" ]; then
  rm -rf "$data"
  if [ -f /etc/kconsole/meta.properties ]; then
    # A broker takes everything else from the controller.
    mkdir -p "$data"
    cp /etc/kconsole/meta.properties "$data/"
  else
    # The arguments hold passwords, so they come from a file.
    KAFKA_HEAP_OPTS="-Xmx128m" /opt/kafka/bin/kafka-run-class.sh @/etc/kconsole/format.args
  fi
  : > "$formatted"
fi

agent=/opt/kconsole/jmx_prometheus_javaagent.jar
if [ -f "$agent" ]; then
  export KAFKA_OPTS="-javaagent:$agent=9404:/opt/kconsole/jmx.yaml"
fi
export KAFKA_HEAP_OPTS="-Xms64m -Xmx${KCONSOLE_HEAP:-256m}"
export EXTRA_ARGS="-name kafkaServer"
exec /opt/kafka/bin/kafka-server-start.sh "$conf"
