#!/bin/bash
# As the apache/kafka image has it, as far as the lab uses it.
set -eu
cp=$(printf '%s:' /opt/kafka/libs/*.jar)
# shellcheck disable=SC2086 # several options in one variable each
exec java ${KAFKA_HEAP_OPTS:--Xmx256m} ${KAFKA_JVM_PERFORMANCE_OPTS:-} ${KAFKA_JMX_OPTS:-} \
  ${KAFKA_LOG4J_OPTS:-} -cp "${cp%:}" ${KAFKA_OPTS:-} "$@"
