"""confluent-kafka, librdkafka from Python: its producer, its consumer in each kind of group, and its admin ADMIN."""

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from background import Background
from check import BOOTSTRAP, broker_serves, check, check_for, equal, main, unique, until

# Topics appear to a client that does not know them yet with its next refresh of metadata.
COMMON = {"bootstrap.servers": BOOTSTRAP, "topic.metadata.refresh.interval.ms": 1000, "log_level": 3}
ADMIN = AdminClient(COMMON)


def producer(**settings):
    return Producer({**COMMON, **named(settings)})


def consumer(topics=(), **settings):
    defaults = {"group.id": unique("alone"), "auto.offset.reset": "earliest", "enable.auto.commit": False}
    reader = Consumer({**COMMON, **defaults, **named(settings)})
    if topics:
        reader.subscribe(list(topics))
    return reader


def named(settings):
    return {name.replace("_", "."): value for name, value in settings.items()}


def done(futures):
    """The result of the one future in an admin client's answer."""
    (future,) = futures.values()
    return future.result(30)


def error_of(futures):
    try:
        done(futures)
    except KafkaException as error:
        return error.args[0].code()
    return KafkaError.NO_ERROR


def new_topic(stem, partitions, **configs):
    topic = unique(stem)
    done(ADMIN.create_topics([NewTopic(topic, partitions, 1, config=named(configs))]))
    until(lambda: len(listed_topic(topic).partitions) == partitions, f"{topic} is listed")
    return topic


def listed_topic(topic):
    return ADMIN.list_topics(topic, timeout=30).topics[topic]


def send_all(topic, values, **settings):
    """Sends values to partition 0, and returns the offsets of the delivery reports."""
    offsets = []

    def delivered(error, message):
        assert error is None, f"not delivered: {error}"
        offsets.append(message.offset())

    sender = producer(**settings)
    for value in values:
        sender.produce(topic, value, partition=0, on_delivery=delivered)
        sender.poll(0)
    equal(sender.flush(60), 0, "messages left after a flush")
    return offsets


def poll(reader, count):
    """Polls until there are `count` messages."""
    found = []

    def once():
        found.extend(reader.consume(count - len(found), 0.5))
        for message in found:
            assert message.error() is None, f"got {message.error()}"
        return len(found) >= count

    until(once, f"{count} messages")
    return found


def messages_of(topic, count, **settings):
    reader = consumer([topic], **settings)
    found = poll(reader, count)
    reader.close()
    return found


@check_for(none="none", gzip="gzip", snappy="snappy", lz4="lz4", zstd="zstd")
def codec_brings_back_keys_values_headers_and_timestamps(codec):
    topic = new_topic("codec", 1)
    sent = [
        (b"key-%d" % n if n % 3 else None, b"value-%d " % n * 100 if n % 7 else b"", [("n", b"%d" % n)], 1_600_000_000_000 + n)
        for n in range(300)
    ]
    sent.append((b"gone", None, [("none", None), ("twice", b"1"), ("twice", b"2")], 1_600_000_000_300))
    sender = producer(compression_type=codec, linger_ms=20)
    for key, value, headers, timestamp in sent:
        sender.produce(topic, key=key, value=value, headers=headers, timestamp=timestamp)
    equal(sender.flush(30), 0, "messages left after a flush")
    found = messages_of(topic, len(sent))
    equal([(m.key(), m.value(), m.headers(), m.timestamp()[1]) for m in found], sent, "messages")
    equal([m.offset() for m in found], list(range(len(sent))), "offsets")


@check
def every_acks_setting_delivers():
    for acks in (0, 1, "all"):
        topic = new_topic("acks", 1)
        send_all(topic, [b"value"], acks=acks)
        equal([m.value() for m in messages_of(topic, 1)], [b"value"], f"with acks={acks}")


@check
def delivery_reports_tell_partition_offset_and_latency():
    topic, reports = new_topic("reports", 3), []
    sender = producer()
    for n in range(30):
        sender.produce(topic, b"%d" % n, partition=n % 3, on_delivery=lambda error, message: reports.append((error, message)))
    sender.flush(30)
    equal([error for error, _ in reports if error], [], "errors")
    equal(
        sorted((m.partition(), m.offset(), m.value()) for _, m in reports),
        sorted((n % 3, n // 3, b"%d" % n) for n in range(30)),
        "places",
    )


@check
def idempotent_producer_keeps_order_and_counts_once():
    topic = new_topic("idempotent", 1)
    offsets = send_all(topic, (b"%d" % n for n in range(2000)), enable_idempotence=True, linger_ms=1)
    equal(offsets, list(range(2000)), "offsets")
    equal([m.value() for m in messages_of(topic, 2000)], [b"%d" % n for n in range(2000)], "values")


@check
def too_big_a_message_is_refused_by_the_broker():
    topic, errors = new_topic("small", 1, max_message_bytes="1000"), []
    sender = producer(message_max_bytes=2_000_000)
    sender.produce(topic, bytes(5000), on_delivery=lambda error, _: errors.append(error.code()))
    sender.flush(30)
    equal(errors, [KafkaError.MSG_SIZE_TOO_LARGE], "errors")


@check
def committed_transactions_are_seen_and_aborted_ones_are_not():
    topic = new_topic("tx", 1)
    sender = producer(transactional_id=unique("tx"))
    sender.init_transactions(30)
    for n in range(3):
        sender.begin_transaction()
        sender.produce(topic, b"%d" % n)
        sender.flush(30)
        if n == 1:
            sender.abort_transaction(30)
        else:
            sender.commit_transaction(30)
    committed = messages_of(topic, 2, isolation_level="read_committed")
    equal([(m.offset(), m.value()) for m in committed], [(0, b"0"), (4, b"2")], "with read_committed")
    everything = messages_of(topic, 3, isolation_level="read_uncommitted")
    equal([(m.offset(), m.value()) for m in everything], [(0, b"0"), (2, b"1"), (4, b"2")], "with read_uncommitted")


@check
def offsets_are_committed_with_a_transaction():
    source, target, group = new_topic("source", 1), new_topic("target", 1), unique("group")
    send_all(source, [b"a", b"b"])
    reader = consumer([source], group_id=group)
    sender = producer(transactional_id=unique("tx"))
    sender.init_transactions(30)
    messages = poll(reader, 2)
    sender.begin_transaction()
    for message in messages:
        sender.produce(target, message.value().upper())
    sender.send_offsets_to_transaction(reader.position(reader.assignment()), reader.consumer_group_metadata(), 30)
    sender.commit_transaction(30)
    equal(reader.committed([TopicPartition(source, 0)], 30)[0].offset, 2, "committed offset")
    reader.close()
    found = messages_of(target, 2, isolation_level="read_committed")
    equal([m.value() for m in found], [b"A", b"B"], "values")


@check
def a_fenced_transactional_producer_is_told():
    topic, transactional_id = new_topic("fenced", 1), unique("tx")
    old, new = producer(transactional_id=transactional_id), producer(transactional_id=transactional_id)
    old.init_transactions(30)
    new.init_transactions(30)
    old.begin_transaction()
    try:
        old.produce(topic, b"value")
        old.commit_transaction(30)
        raise AssertionError("a fenced producer could commit")
    except KafkaException as error:
        assert error.args[0].fatal(), f"not a fatal error: {error}"


CONSUMER_GROUP_HEARTBEAT = 68
PROTOCOLS = {
    "range": {"partition.assignment.strategy": "range"},
    "cooperative_sticky": {"partition.assignment.strategy": "cooperative-sticky"},
}
if broker_serves(CONSUMER_GROUP_HEARTBEAT):
    PROTOCOLS["consumer_protocol"] = {"group.protocol": "consumer"}
else:
    print("left out: groups of the consumer protocol (KIP-848), which the broker does not serve")
GROUPS = check_for(**PROTOCOLS)


class Member:
    """A consumer in a group, polled by a thread of its own, which alone touches it."""

    def __init__(self, topic, group, seen, kind):
        self.told = set()  # The partitions as the callbacks tell of them.
        self.owned = set()  # The partitions as the consumer answers when asked.
        self.consumer = consumer(group_id=group, enable_auto_commit=True, **kind)
        self.consumer.subscribe([topic], on_assign=self._gained, on_revoke=self._lost)
        self._seen = seen

    def _gained(self, _, partitions):
        self.told |= {p.partition for p in partitions}

    def _lost(self, _, partitions):
        self.told -= {p.partition for p in partitions}

    def step(self):
        message = self.consumer.poll(0.2)
        if message is not None and message.error() is None:
            self._seen.append(message.value())
        self.owned = {p.partition for p in self.consumer.assignment()}

    def has(self, count):
        return self.told == self.owned and len(self.owned) == count


@GROUPS
def two_members_share_the_partitions_and_hand_them_over(kind):
    topic, group, seen = new_topic("shared", 4), unique("group"), []
    stays, leaves = (Member(topic, group, seen, kind) for _ in range(2))
    with Background(stays.step) as first:
        with Background(leaves.step) as second:
            until(lambda: first.alive() and second.alive() and stays.has(2) and leaves.has(2), "both have two partitions")
            equal(stays.owned | leaves.owned, {0, 1, 2, 3}, "partitions of both")
            sender = producer()
            for n in range(40):
                sender.produce(topic, b"%d" % n, partition=n % 4)
            sender.flush(30)
            until(lambda: len(seen) >= 40, "both together see everything")
        leaves.consumer.close()
        until(lambda: first.alive() and stays.has(4), "the one that stays takes over")
    stays.consumer.close()
    equal(sorted(seen), sorted(b"%d" % n for n in range(40)), "values")


@GROUPS
def a_restarted_consumer_goes_on_after_its_commit(kind):
    topic, group = new_topic("resumed", 1), unique("group")
    send_all(topic, [b"%d" % n for n in range(20)])
    first = consumer([topic], group_id=group, **kind)
    poll(first, 10)
    first.commit(offsets=[TopicPartition(topic, 0, 7, metadata="seven")], asynchronous=False)
    committed = first.committed([TopicPartition(topic, 0)], 30)[0]
    equal((committed.offset, committed.metadata), (7, "seven"), "commit")
    first.close()
    second = consumer([topic], group_id=group, **kind)
    found = poll(second, 13)
    equal([m.value() for m in found], [b"%d" % n for n in range(7, 20)], "values after the commit")
    second.commit(message=found[-1], asynchronous=False)
    equal(second.committed([TopicPartition(topic, 0)], 30)[0].offset, 20, "offset committed by the second")
    second.close()


@check
def a_pattern_subscribes_to_topics_that_come_later():
    stem = unique("pattern")
    reader = consumer([f"^{stem}.*"])
    until(lambda: reader.poll(0.2) is None, "it polls")
    done(ADMIN.create_topics([NewTopic(f"{stem}-one", 1, 1)]))
    send_all(f"{stem}-one", [b"value"])
    # Until there is a topic, the consumer is told again and again that nothing matches.
    found = until(lambda: [m for m in reader.consume(1, 0.5) if m.error() is None], "a message")
    equal([m.topic() for m in found], [f"{stem}-one"], "topic")
    reader.close()


@check
def seeking_pausing_and_offsets_by_time():
    topic = new_topic("seek", 1)
    sender = producer(compression_type="zstd", linger_ms=50)
    for n in range(30):
        sender.produce(topic, b"%d" % n, timestamp=1_700_000_000_000 + 1000 * n)
    sender.flush(30)
    reader = consumer()
    partition = TopicPartition(topic, 0)
    equal(reader.get_watermark_offsets(partition, 30), (0, 30), "watermarks")
    equal(reader.offsets_for_times([TopicPartition(topic, 0, 1_700_000_004_500)], 30)[0].offset, 5, "offset by time")
    reader.assign([TopicPartition(topic, 0, 17)])
    equal(poll(reader, 1)[0].offset(), 17, "offset after assign")
    reader.seek(TopicPartition(topic, 0, 3))
    equal([m.offset() for m in poll(reader, 3)], [3, 4, 5], "offsets after seek")
    reader.pause([partition])
    equal(reader.poll(0.5), None, "what a paused partition gives")
    reader.resume([partition])
    equal(poll(reader, 1)[0].offset(), 6, "offset after resume")
    reader.close()


@check
def the_end_of_a_partition_is_told():
    topic = new_topic("end", 1)
    send_all(topic, [b"value"])
    reader = consumer([topic], enable_partition_eof=True)
    codes = []
    until(lambda: codes.extend(m.error() and m.error().code() for m in reader.consume(2, 0.5)) or len(codes) == 2, "two events")
    equal(codes, [None, KafkaError._PARTITION_EOF], "events")
    reader.close()


@check
def admin_creates_describes_grows_and_deletes_topics():
    topic = unique("admin")
    done(ADMIN.create_topics([NewTopic(topic, 2, 1, config={"retention.ms": "86400000"})]))
    equal(error_of(ADMIN.create_topics([NewTopic(topic, 2, 1)])), KafkaError.TOPIC_ALREADY_EXISTS, "creating again")
    equal(error_of(ADMIN.create_topics([NewTopic("in valid", 2, 1)])), KafkaError.TOPIC_EXCEPTION, "a wrong name")
    equal(
        error_of(ADMIN.create_topics([NewTopic(unique("replicas"), 1, 99)])), KafkaError.INVALID_REPLICATION_FACTOR, "99 replicas"
    )
    equal(error_of(ADMIN.create_topics([NewTopic(unique("dry"), 2, 1)], validate_only=True)), 0, "only validating")
    until(lambda: topic in ADMIN.list_topics(timeout=30).topics, "the topic is listed")
    described = done(ADMIN.describe_topics(TopicCollection([topic])))
    equal((described.name, described.is_internal, len(described.partitions)), (topic, False, 2), "description")
    equal([len(p.replicas) for p in described.partitions], [1, 1], "replicas")
    equal([p.leader.id for p in described.partitions], [p.isr[0].id for p in described.partitions], "leaders")
    done(ADMIN.create_partitions([NewPartitions(topic, 5)]))
    until(lambda: len(done(ADMIN.describe_topics(TopicCollection([topic]))).partitions) == 5, "it has five partitions")
    equal(error_of(ADMIN.create_partitions([NewPartitions(topic, 3)])), KafkaError.INVALID_PARTITIONS, "shrinking")
    done(ADMIN.delete_topics([topic]))
    until(lambda: topic not in ADMIN.list_topics(timeout=30).topics, "the topic is gone")
    equal(error_of(ADMIN.delete_topics([topic])), KafkaError.UNKNOWN_TOPIC_OR_PART, "deleting again")


@check
def admin_changes_and_describes_configurations():
    topic = new_topic("configured", 1)

    def entry(name):
        return done(ADMIN.describe_configs([ConfigResource(ResourceType.TOPIC, topic)]))[name]

    def change(operation, value=None):
        entries = [ConfigEntry("cleanup.policy", value, incremental_operation=operation)]
        done(ADMIN.incremental_alter_configs([ConfigResource(ResourceType.TOPIC, topic, incremental_configs=entries)]))

    equal((entry("cleanup.policy").value, entry("cleanup.policy").is_default), ("delete", True), "at first")
    change(AlterConfigOpType.SET, "compact")
    until(lambda: entry("cleanup.policy").value == "compact", "it is set")
    equal(entry("cleanup.policy").source, ConfigSource.DYNAMIC_TOPIC_CONFIG.value, "source")
    change(AlterConfigOpType.APPEND, "delete")
    until(lambda: entry("cleanup.policy").value == "compact,delete", "it is appended to")
    change(AlterConfigOpType.SUBTRACT, "compact")
    until(lambda: entry("cleanup.policy").value == "delete", "it is subtracted from")
    change(AlterConfigOpType.DELETE)
    until(lambda: entry("cleanup.policy").is_default, "it is the default again")
    wrong = ConfigResource(
        ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry("no.such", "1", incremental_operation=AlterConfigOpType.SET)]
    )
    equal(error_of(ADMIN.incremental_alter_configs([wrong])), KafkaError.INVALID_CONFIG, "an unknown name")
    broker = str(next(iter(ADMIN.list_topics(timeout=30).brokers)))
    described = done(ADMIN.describe_configs([ConfigResource(ResourceType.BROKER, broker)]))
    equal(described["node.id"].value, broker, "node.id")
    equal(described["log.retention.hours"].value, "168", "log.retention.hours")


@check
def admin_lists_offsets_and_deletes_records():
    topic = new_topic("offsets", 1)
    partition = TopicPartition(topic, 0)
    sender = producer()
    for n in range(10):
        sender.produce(topic, b"%d" % n, timestamp=1_700_000_000_000 + 1000 * n)
    sender.flush(30)
    equal(done(ADMIN.delete_records([TopicPartition(topic, 0, 4)])).low_watermark, 4, "low watermark")

    def offset(spec):
        return done(ADMIN.list_offsets({partition: spec}, isolation_level=IsolationLevel.READ_COMMITTED)).offset

    equal(offset(OffsetSpec.earliest()), 4, "earliest")
    equal(offset(OffsetSpec.latest()), 10, "latest")
    equal(offset(OffsetSpec.max_timestamp()), 9, "of the greatest timestamp")
    equal(offset(OffsetSpec.for_timestamp(1_700_000_006_500)), 7, "by time")
    equal([m.offset() for m in messages_of(topic, 6)], list(range(4, 10)), "offsets that are left")
    equal(error_of(ADMIN.delete_records([TopicPartition(topic, 0, 11)])), KafkaError.OFFSET_OUT_OF_RANGE, "beyond the end")


@check
def admin_lists_describes_and_deletes_groups():
    topic, group = new_topic("grouped", 2), unique("group")
    member = consumer([topic], group_id=group, client_id="the-member", partition_assignment_strategy="roundrobin")
    until(lambda: member.poll(0.2) or len(member.assignment()) == 2, "the member has its partitions")
    until(lambda: member.poll(0.2) or described_state(group) == ConsumerGroupState.STABLE, "the group is stable")
    listed = {g.group_id: g for g in ADMIN.list_consumer_groups(states={ConsumerGroupState.STABLE}).result(30).valid}
    equal((listed[group].state, listed[group].is_simple_consumer_group), (ConsumerGroupState.STABLE, False), "in the list")
    assert group in {g.id for g in ADMIN.list_groups(timeout=30)}, f"{group} is not in the older list"
    described = done(ADMIN.describe_consumer_groups([group]))
    equal((described.partition_assignor, [m.client_id for m in described.members]), ("roundrobin", ["the-member"]), "group")
    equal([p.partition for p in described.members[0].assignment.topic_partitions], [0, 1], "assignment")
    equal(error_of(ADMIN.delete_consumer_groups([group])), KafkaError.NON_EMPTY_GROUP, "deleting while it has a member")
    member.commit(offsets=[TopicPartition(topic, 1, 3)], asynchronous=False)
    member.close()

    def committed():
        return done(ADMIN.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)])).topic_partitions

    equal([(p.partition, p.offset) for p in committed()], [(1, 3)], "offsets")
    done(ADMIN.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 1, 1)])]))
    equal([(p.partition, p.offset) for p in committed()], [(1, 1)], "altered offsets")
    done(ADMIN.delete_consumer_groups([group]))
    equal(error_of(ADMIN.delete_consumer_groups([group])), KafkaError.GROUP_ID_NOT_FOUND, "deleting again")


def described_state(group):
    return done(ADMIN.describe_consumer_groups([group])).state


@check
def admin_describes_the_cluster():
    described = ADMIN.describe_cluster().result(30)
    equal([f"{node.host}:{node.port}" for node in described.nodes], [BOOTSTRAP], "nodes")
    equal(described.controller.id, described.nodes[0].id, "controller")
    equal(described.cluster_id, ADMIN.cluster_id(timeout=30), "cluster id")


main()
