"""Reads Avro records with confluent-kafka and writes them as JSON to /dev/null.

    avro_consumer.py BROKERS REGISTRY TOPIC COUNT [OUTPUT]

Prints records a second, without the start of the interpreter and of the
modules. With OUTPUT the JSON goes there, as "PARTITION OFFSET JSON" lines.
"""

import json
import sys
import time

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext


def main() -> None:
    brokers, registry, topic, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    placed = len(sys.argv) > 5
    out = open(sys.argv[5] if placed else "/dev/null", "w", encoding="utf-8")
    began = time.monotonic()
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "bench", "enable.auto.commit": False})
    known = consumer.list_topics(topic, timeout=10).topics[topic].partitions
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in known])
    decode = AvroDeserializer(SchemaRegistryClient({"url": registry}))
    context = SerializationContext(topic, MessageField.VALUE)
    read = 0
    while read < count:
        for message in consumer.consume(min(count - read, 10_000), timeout=1.0):
            if message.error():
                sys.exit(str(message.error()))
            if placed:
                out.write(f"{message.partition()} {message.offset()} ")
            out.write(json.dumps(decode(message.value(), context)))
            out.write("\n")
            read += 1
    took = time.monotonic() - began
    consumer.close()
    out.close()
    print(read / took)


main()
