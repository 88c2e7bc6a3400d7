#!/bin/bash
# As the apache/kafka image has it, as far as the lab uses it.
exec /opt/kafka/bin/kafka-run-class.sh kafka.Kafka "$@"
