"""Uses every API that Confluent's Python client has, over SASL_SSL.

Usage: matrix.py CLIENT_CONF REGISTRY_URL CA USER PASSWORD_FILE
Prints {"api", "error"} for each, one a line; no error is an empty one.
"""
import json
import sys
import time

from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, ElectionType, IsolationLevel, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, NewPartitions,
    NewTopic, OffsetSpec, ResourcePatternType, ResourceType, ScramCredentialInfo, ScramMechanism, UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

TOPIC = "matrix-python"
LIMIT = 30

rows = []


def row(api):
    """Marks a function as what is tried for an API."""
    def note(function):
        rows.append((api, function))
        return function
    return note


def all_of(futures):
    return {key: future.result(LIMIT) for key, future in futures.items()}


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


class Matrix:
    def __init__(self, conf, registry):
        self.conf, self.registry = conf, registry
        self.admin = AdminClient(conf)

    def offsets(self, spec, partitions, **more):
        """Asks with a new client: self.admin remembers the topic as it was before it had four partitions."""
        admin = AdminClient(self.conf)
        return all_of(admin.list_offsets({p: spec for p in partitions}, **more))

    def consumer(self, group, **more):
        return Consumer({**self.conf, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, **more})

    def read(self, consumer, n, topic=TOPIC):
        """Reads n records in a group and commits them."""
        got, deadline = [], time.monotonic() + LIMIT
        consumer.subscribe([topic])
        while len(got) < n:
            expect(time.monotonic() < deadline, f"{len(got)} of {n} records came")
            message = consumer.poll(0.5)
            if message is None:
                continue
            expect(message.error() is None, message.error())
            got.append(message)
        consumer.commit(asynchronous=False)
        return got

    def set(self, resource, value, operation=AlterConfigOpType.SET):
        name, text = value
        resource.incremental_configs = [ConfigEntry(name, text, incremental_operation=operation)]
        all_of(self.admin.incremental_alter_configs([resource]))

    def config(self, resource, name):
        (found,) = all_of(self.admin.describe_configs([resource])).values()
        return found[name].value

    @row("Metadata, DescribeCluster")
    def cluster(self):
        found = self.admin.describe_cluster(include_authorized_operations=True).result(LIMIT)
        expect(len(found.nodes) == 3 and found.cluster_id and found.controller.id in (1, 2, 3), found)
        expect(len(self.admin.list_topics(timeout=LIMIT).brokers) == 3, "brokers")

    @row("CreateTopics")
    def create_topics(self):
        all_of(self.admin.create_topics([NewTopic(TOPIC, 3, 3, config={"min.insync.replicas": "2"}), NewTopic(TOPIC + "-b", 1, replica_assignment=[[1, 2]])]))

    @row("Metadata, DescribeTopicPartitions")
    def describe_topics(self):
        (found,) = all_of(self.admin.describe_topics(TopicCollection([TOPIC]))).values()
        expect(len(found.partitions) == 3 and all(len(p.isr) == 3 for p in found.partitions), found.partitions)

    @row("CreatePartitions")
    def create_partitions(self):
        all_of(self.admin.create_partitions([NewPartitions(TOPIC, 4)]))

    @row("DescribeConfigs, IncrementalAlterConfigs: topic")
    def topic_configs(self):
        topic = ConfigResource(ConfigResource.Type.TOPIC, TOPIC)
        self.set(topic, ("retention.ms", "86400000"))
        expect(self.config(topic, "retention.ms") == "86400000", "it is not set")
        self.set(topic, ("retention.ms", None), AlterConfigOpType.DELETE)
        expect(self.config(topic, "retention.ms") != "86400000", "it is not gone")

    @row("DescribeConfigs, IncrementalAlterConfigs: broker")
    def broker_configs(self):
        broker = ConfigResource(ConfigResource.Type.BROKER, "3")
        self.set(broker, ("log.retention.ms", "86400000"))
        expect(self.config(broker, "log.retention.ms") == "86400000", "it is not set")

    @row("Produce, acks=all, idempotent")
    def produce(self):
        failed = []
        producer = Producer({**self.conf, "enable.idempotence": True, "acks": "all", "compression.type": "zstd"})
        for i in range(300):
            producer.produce(TOPIC, f"v{i}", key=f"k{i % 17}", on_delivery=lambda err, _: failed.append(err) if err else None)
        left = producer.flush(LIMIT)
        expect(not left and not failed, f"{left} not sent, {failed[:2]}")

    @row("Fetch")
    def fetch(self):
        consumer = self.consumer(TOPIC + "-none")
        consumer.assign([TopicPartition(TOPIC, p, 0) for p in range(4)])
        got, deadline = 0, time.monotonic() + LIMIT
        while got < 300 and time.monotonic() < deadline:
            got += len(consumer.consume(500, 1))
        consumer.close()
        expect(got == 300, f"{got} records")

    @row("ListOffsets")
    def list_offsets(self):
        parts = [TopicPartition(TOPIC, p) for p in range(4)]
        ends = self.offsets(OffsetSpec.latest(), parts, isolation_level=IsolationLevel.READ_COMMITTED)
        expect(sum(r.offset for r in ends.values()) == 300, ends)
        for spec in (OffsetSpec.earliest(), OffsetSpec.max_timestamp(), OffsetSpec.for_timestamp(1)):
            self.offsets(spec, parts)

    @row("InitProducerId, AddPartitionsToTxn, EndTxn")
    def transactions(self):
        producer = Producer({**self.conf, "transactional.id": TOPIC + "-tx"})
        producer.init_transactions(LIMIT)
        for commit in (False, True):
            producer.begin_transaction()
            producer.produce(TOPIC + "-b", f"committed={commit}")
            if commit:
                producer.commit_transaction(LIMIT)
            else:
                producer.flush(LIMIT)
                producer.abort_transaction(LIMIT)
        consumer = self.consumer(TOPIC + "-rc", **{"isolation.level": "read_committed"})
        got = self.read(consumer, 1, TOPIC + "-b")
        consumer.close()
        expect(got[0].value() == b"committed=True", got[0].value())

    @row("AddOffsetsToTxn, TxnOffsetCommit")
    def transaction_offsets(self):
        producer = Producer({**self.conf, "transactional.id": TOPIC + "-tx2"})
        consumer = self.consumer(TOPIC + "-rcp")
        self.read(consumer, 1, TOPIC)
        producer.init_transactions(LIMIT)
        producer.begin_transaction()
        producer.send_offsets_to_transaction([TopicPartition(TOPIC, 0, 7)], consumer.consumer_group_metadata(), LIMIT)
        producer.commit_transaction(LIMIT)
        (found,) = consumer.committed([TopicPartition(TOPIC, 0)], LIMIT)
        consumer.close()
        expect(found.offset == 7, found)

    @row("classic group: JoinGroup, SyncGroup, Heartbeat, OffsetCommit")
    def classic_group(self):
        consumer = self.consumer(TOPIC + "-g")
        self.read(consumer, 300)
        consumer.close()

    @row("consumer group: ConsumerGroupHeartbeat")
    def consumer_group(self):
        consumer = self.consumer(TOPIC + "-n", **{"group.protocol": "consumer"})
        self.read(consumer, 300)
        consumer.close()

    @row("ListGroups")
    def list_groups(self):
        found = self.admin.list_consumer_groups().result(LIMIT)
        names = {g.group_id for g in found.valid}
        expect({TOPIC + "-g", TOPIC + "-n"} <= names and not found.errors, names)

    @row("DescribeGroups, OffsetFetch")
    def describe_groups(self):
        found = all_of(self.admin.describe_consumer_groups([TOPIC + "-g", TOPIC + "-n"]))
        expect(all(g.state.name == "EMPTY" for g in found.values()), [g.state for g in found.values()])
        offsets = all_of(self.admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(TOPIC + "-g")]))
        expect(sum(p.offset for p in offsets[TOPIC + "-g"].topic_partitions) == 300, offsets)

    @row("OffsetCommit from outside")
    def commit_offsets(self):
        wanted = [TopicPartition(TOPIC, p, 1) for p in range(4)]
        all_of(self.admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(TOPIC + "-g", wanted)]))

    @row("DeleteGroups")
    def delete_groups(self):
        all_of(self.admin.delete_consumer_groups([TOPIC + "-g"]))

    def acl(self):
        return AclBinding(ResourceType.TOPIC, TOPIC, ResourcePatternType.LITERAL, "User:matrix", "*", AclOperation.READ, AclPermissionType.ALLOW)

    def acl_filter(self):
        return AclBindingFilter(ResourceType.TOPIC, TOPIC, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)

    @row("CreateAcls")
    def create_acls(self):
        all_of(self.admin.create_acls([self.acl()]))

    @row("DescribeAcls")
    def describe_acls(self):
        found = self.admin.describe_acls(self.acl_filter()).result(LIMIT)
        expect(found == [self.acl()], found)

    @row("DeleteAcls")
    def delete_acls(self):
        (found,) = all_of(self.admin.delete_acls([self.acl_filter()])).values()
        expect(len(found) == 1, found)

    def scram(self, user, iterations):
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, iterations)
        all_of(self.admin.alter_user_scram_credentials([UserScramCredentialUpsertion(user, info, b"matrix-pw")]))

    @row("AlterUserScramCredentials, 4096 iterations")
    def alter_scram(self):
        self.scram("matrix-python", 4096)

    @row("AlterUserScramCredentials, 8192 iterations")
    def alter_scram_more(self):
        self.scram("matrix-python-2", 8192)

    @row("DescribeUserScramCredentials")
    def describe_scram(self):
        found = all_of(self.admin.describe_user_scram_credentials(["matrix-python"]))["matrix-python"]
        expect(found.scram_credential_infos[0].iterations == 4096, found)
        all_of(self.admin.alter_user_scram_credentials([UserScramCredentialDeletion("matrix-python", ScramMechanism.SCRAM_SHA_512)]))

    @row("ElectLeaders")
    def elect_leaders(self):
        found = self.admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(TOPIC, 0)]).result(LIMIT)
        expect(all(e is None or e.name() == "ELECTION_NOT_NEEDED" for e in found.values()), found)

    @row("DeleteRecords")
    def delete_records(self):
        (found,) = all_of(self.admin.delete_records([TopicPartition(TOPIC, 0, 5)])).values()
        expect(found.low_watermark == 5, found.low_watermark)

    @row("DeleteTopics")
    def delete_topics(self):
        all_of(self.admin.delete_topics([TOPIC + "-b"]))

    def schema(self, fields):
        return json.dumps({"type": "record", "name": "Matrix", "fields": [{"name": "id", "type": "long"}] + fields})

    @row("registry: register, look up, list versions")
    def register(self):
        subject, one = TOPIC + "-value", Schema(self.schema([]), "AVRO")
        number = self.registry.register_schema(subject, one)
        two = Schema(self.schema([{"name": "note", "type": ["null", "string"], "default": None}]), "AVRO")
        self.registry.register_schema(subject, two)
        expect(self.registry.get_versions(subject) == [1, 2], "versions")
        expect(self.registry.lookup_schema(subject, one).schema_id == number, "the first schema's id")
        expect(self.registry.get_latest_version(subject).version == 2, "the latest version")
        expect(subject in self.registry.get_subjects(), "the subject is not listed")

    @row("registry: levels, compatibility, refusal")
    def compatibility(self):
        subject = TOPIC + "-value"
        bad = Schema(self.schema([{"name": "total", "type": "double"}]), "AVRO")
        self.registry.set_compatibility(subject, "BACKWARD")
        expect(self.registry.get_compatibility(subject) == "BACKWARD", "the level")
        expect(not self.registry.test_compatibility(subject, bad), "an incompatible schema passes the test")
        try:
            self.registry.register_schema(subject, bad)
        except Exception as e:
            expect(e.http_status_code == 409, e)
        else:
            raise AssertionError("an incompatible schema was registered")

    @row("registry: Avro records there and back")
    def avro(self):
        serialize = AvroSerializer(self.registry, self.schema([{"name": "note", "type": ["null", "string"], "default": None}]))
        deserialize = AvroDeserializer(self.registry)
        context = SerializationContext(TOPIC, MessageField.VALUE)
        sent = [{"id": i, "note": None if i % 2 else f"zażółć {i}"} for i in range(20)]
        producer = Producer({**self.conf, "acks": "all"})
        for value in sent:
            producer.produce(TOPIC, serialize(value, context), partition=3)
        expect(producer.flush(LIMIT) == 0, "records are not sent")
        consumer = self.consumer(TOPIC + "-avro")
        (end,) = self.offsets(OffsetSpec.latest(), [TopicPartition(TOPIC, 3)]).values()
        consumer.assign([TopicPartition(TOPIC, 3, end.offset - len(sent))])
        got = [deserialize(m.value(), context) for m in consumer.consume(len(sent), LIMIT)]
        consumer.close()
        expect(got == sent, got)

    @row("registry: soft and hard delete")
    def schema_delete(self):
        subject = TOPIC + "-value"
        expect(self.registry.delete_subject(subject) == [1, 2], "soft")
        expect(self.registry.delete_subject(subject, permanent=True) == [1, 2], "hard")
        expect(subject not in self.registry.get_subjects(), "it is still listed")


def main():
    conf_path, url, ca, user, password_file = sys.argv[1:]
    with open(conf_path, encoding="utf-8") as f:
        conf = dict(line.rstrip("\n").split("=", 1) for line in f if line.strip())
    with open(password_file, encoding="utf-8") as f:
        password = f.read().strip()
    registry = SchemaRegistryClient({"url": url, "ssl.ca.location": ca, "basic.auth.user.info": f"{user}:{password}"})
    matrix = Matrix(conf, registry)
    for api, function in rows:
        began, error = time.monotonic(), ""
        try:
            function(matrix)
        except Exception as e:  # what it says is the outcome
            error = f"{type(e).__name__}: {e}"
        print(json.dumps({"api": api, "error": error}))
        print(f"{time.monotonic() - began:6.2f} s {api}", file=sys.stderr)


if __name__ == "__main__":
    main()
