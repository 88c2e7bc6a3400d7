#!/bin/bash
# Makes the class-data archive that the apache/kafka image ships: runs one node
# to its readiness and lets the Java machine write down what it loaded.
set -eu
dir=$(mktemp -d)
cat > "$dir/server.properties" <<END
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093
controller.listener.names=CONTROLLER
log.dirs=$dir/data
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:ANONYMOUS
offsets.topic.replication.factor=1
END
cat > "$dir/log4j2.properties" <<END
appender.out.type=Console
appender.out.name=out
appender.out.layout.type=PatternLayout
appender.out.layout.pattern=%m%n
rootLogger.level=INFO
rootLogger.appenderRef.out.ref=out
END
export KAFKA_LOG4J_OPTS="-Dlog4j2.configurationFile=$dir/log4j2.properties"
export KAFKA_JVM_PERFORMANCE_OPTS="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -Djava.awt.headless=true"
/opt/kafka/bin/kafka-run-class.sh kafka.tools.StorageTool format -t AAAAAAAAAAAAAAAAAAAAAA -c "$dir/server.properties" > "$dir/format.log" 2>&1
KAFKA_OPTS="-XX:ArchiveClassesAtExit=/out/kafka.jsa" /opt/kafka/bin/kafka-server-start.sh "$dir/server.properties" > "$dir/log" 2>&1 &
server=$!
for _ in $(seq 600); do
  grep -q "Kafka Server started" "$dir/log" && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.2
done
kill -TERM "$server"
wait "$server" || true
[ -s /out/kafka.jsa ] || { tail -20 "$dir/log"; exit 1; }
chmod 0644 /out/kafka.jsa
