"""Writes Avro records with Confluent's own client, over SASL_SSL.

Usage: produce_orders.py CLIENT_CONF REGISTRY_URL CA USER PASSWORD TOPIC COUNT
CLIENT_CONF holds librdkafka key=value lines.
"""
import sys

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

SCHEMA = """{
  "type": "record", "name": "Payment", "namespace": "e2e",
  "fields": [
    {"name": "id", "type": "long"},
    {"name": "payer", "type": "string"},
    {"name": "amount", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    {"name": "note", "type": ["null", "string"], "default": null},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}"""


def main():
    from datetime import datetime, timezone
    from decimal import Decimal

    conf_path, url, ca, user, password, topic, count = sys.argv[1:]
    with open(conf_path, encoding="utf-8") as f:
        conf = dict(line.rstrip("\n").split("=", 1) for line in f if line.strip())
    admin = AdminClient(conf)
    for future in admin.create_topics([NewTopic(topic, 3, 3)]).values():
        future.result(30)
    registry = SchemaRegistryClient({"url": url, "ssl.ca.location": ca, "basic.auth.user.info": f"{user}:{password}"})
    serialize = AvroSerializer(registry, SCHEMA)
    failed = []
    producer = Producer({**conf, "enable.idempotence": True, "acks": "all"})
    for i in range(int(count)):
        payment = {
            "id": i, "payer": f"p-{i % 7}", "amount": Decimal(1999 + i) / 100,
            "note": None if i % 2 else f"zażółć {i}",
            "at": datetime(2026, 3, 4, 5, 6, 7, i % 1000 * 1000, tzinfo=timezone.utc),
        }
        value = serialize(payment, SerializationContext(topic, MessageField.VALUE))
        producer.produce(topic, value, key=payment["payer"], headers=[("made-by", b"confluent-kafka"), ("made-by", b"again")],
                         on_delivery=lambda err, msg: failed.append(str(err)) if err else None)
    left = producer.flush(30)
    if failed or left:
        sys.exit(f"{left} not sent, failures: {failed[:3]}")
    print(f"{count} written")


if __name__ == "__main__":
    main()
