"""pykafka, which stopped at the protocol of Kafka 0.10: message sets of magic 0 and 1, and the first versions of requests.
Its broker_version decides which of them it sends."""

from pykafka import KafkaClient
from pykafka.common import CompressionType, OffsetType
from pykafka.protocol import CreateTopicRequest

from background import Background
from check import BOOTSTRAP, WAIT_SECONDS, check_for, equal, main, unique, until

versions = check_for(v0_9_0="0.9.0", v0_10_2="0.10.2", v1_0_0="1.0.0")


def client(version):
    return KafkaClient(hosts=BOOTSTRAP, broker_version=version)


def name(stem):
    return unique(stem).encode()


def new_topic(version, stem, partitions):
    """The topic, and its client, which has to stay alive as long."""
    kafka, topic = client(version), name(stem)
    broker = next(iter(kafka.brokers.values()))
    broker.create_topics([CreateTopicRequest(topic, partitions, 1, [], [])], timeout=1000 * WAIT_SECONDS)
    until(lambda: kafka.update_cluster() or (topic in kafka.topics and len(kafka.topics[topic].partitions) == partitions), "topic")
    return kafka, kafka.topics[topic]


def synchronous(topic):
    return topic.get_sync_producer(linger_ms=10)  # Stopping waits for this long, which by default is seconds.


def take(consumer, count):
    found = []

    def once():
        message = consumer.consume()
        if message is not None:
            found.append(message)
        return len(found) >= count

    until(once, f"{count} messages")
    return found


def messages_of(topic, count):
    consumer = topic.get_simple_consumer(consumer_timeout_ms=500, auto_offset_reset=OffsetType.EARLIEST)
    found = take(consumer, count)
    consumer.stop()
    return found


@versions
def a_topic_appears_by_being_asked_for(version):
    kafka, topic = client(version), name("asked")
    with synchronous(kafka.topics[topic]) as producer:
        producer.produce(b"first")
    equal([m.value for m in messages_of(kafka.topics[topic], 1)], [b"first"], "values")
    assert topic in kafka.topics, "the topic is not listed"


@versions
def synchronous_producer_waits_for_each_message(version):
    kafka, topic = new_topic(version, "sync", 1)
    with synchronous(topic) as producer:
        for n in range(20):
            sent = producer.produce(b"test message %d" % n)
            equal(sent.offset, n, "offset of what was sent")
    found = messages_of(topic, 20)
    equal([m.value for m in found], [b"test message %d" % n for n in range(20)], "values")
    equal([m.offset for m in found], list(range(20)), "offsets")


@versions
def asynchronous_producer_reports_each_delivery(version):
    kafka, topic = new_topic(version, "async", 2)
    with topic.get_producer(delivery_reports=True, linger_ms=20) as producer:
        for n in range(200):
            producer.produce(b"value-%d" % n, partition_key=b"key-%d" % n)
        reports = [producer.get_delivery_report(timeout=WAIT_SECONDS) for _ in range(200)]
    equal([error for _, error in reports if error], [], "errors")
    told = sorted((message.partition_key, message.value) for message, _ in reports)
    found = messages_of(topic, 200)
    equal(told, sorted((b"key-%d" % n, b"value-%d" % n) for n in range(200)), "reports")
    equal(sorted((m.partition_key, m.value) for m in found), told, "messages")


@versions
def codecs_bring_back_keys_and_values(version):
    # It also writes LZ4, and then cannot read it: it fetches magic 0, whose LZ4 has a header checksum of its own kind.
    for codec in (CompressionType.NONE, CompressionType.GZIP, CompressionType.SNAPPY):
        kafka, topic = new_topic(version, "codec", 1)
        sent = [(b"key-%d" % n, b"value-%d " % n * 50) for n in range(200)]
        with topic.get_producer(compression=codec, linger_ms=20, required_acks=-1) as producer:
            for key, value in sent:
                producer.produce(value, partition_key=key)
        found = messages_of(topic, len(sent))
        equal([(m.partition_key, m.value) for m in found], sent, f"messages with codec {codec}")
        equal([m.offset for m in found], list(range(len(sent))), f"offsets with codec {codec}")


@versions
def a_simple_consumer_goes_on_after_its_commit(version):
    kafka, topic = new_topic(version, "resumed", 1)
    with synchronous(topic) as producer:
        for n in range(10):
            producer.produce(b"%d" % n)
    settings = {
        "consumer_group": name("group"),
        "auto_offset_reset": OffsetType.EARLIEST,
        "auto_commit_enable": False,
        "consumer_timeout_ms": 500,
    }
    first = topic.get_simple_consumer(**settings)
    equal([m.value for m in take(first, 4)], [b"%d" % n for n in range(4)], "values at first")
    first.commit_offsets()
    first.stop()
    second = topic.get_simple_consumer(**settings)
    equal([m.value for m in take(second, 6)], [b"%d" % n for n in range(4, 10)], "values after the commit")
    second.stop()


@versions
def offsets_are_listed_and_reset(version):
    kafka, topic = new_topic(version, "offsets", 1)
    equal(topic.latest_available_offsets()[0].offset, [0], "latest of an empty topic")
    with synchronous(topic) as producer:
        for n in range(10):
            producer.produce(b"%d" % n)
    equal(topic.latest_available_offsets()[0].offset, [10], "latest")
    equal(topic.earliest_available_offsets()[0].offset, [0], "earliest")
    consumer = topic.get_simple_consumer(consumer_timeout_ms=500, auto_offset_reset=OffsetType.EARLIEST)
    take(consumer, 10)
    consumer.reset_offsets([(topic.partitions[0], 6)])
    equal([m.offset for m in take(consumer, 3)], [7, 8, 9], "offsets after a reset to the message at 6")
    consumer.stop()


# Kafka's own group management, of which pykafka speaks the very first versions.
@versions
def two_managed_consumers_share_the_partitions_and_hand_them_over(version):
    kafka, topic = new_topic(version, "shared", 4)
    other_kafka = client(version)
    other_topic = other_kafka.topics[topic.name]
    settings = {
        "consumer_group": name("group"),
        "managed": True,
        "consumer_timeout_ms": 200,
        "heartbeat_interval_ms": 500,
        "auto_offset_reset": OffsetType.EARLIEST,
        "auto_commit_enable": True,
        "auto_commit_interval_ms": 200,
    }
    seen = set()

    def step(consumer):
        def consume():
            message = consumer.consume()
            if message is not None:
                seen.add(message.value)

        return consume

    stays = topic.get_balanced_consumer(**settings)
    with Background(step(stays)) as first:
        leaves = other_topic.get_balanced_consumer(**settings)
        with Background(step(leaves)) as second:
            until(
                lambda: first.alive() and second.alive() and len(stays.partitions) == len(leaves.partitions) == 2,
                "both consumers have two partitions",
            )
            equal({*stays.partitions, *leaves.partitions}, {0, 1, 2, 3}, "partitions of both")
            with topic.get_producer(linger_ms=10) as producer:
                for n in range(40):
                    producer.produce(b"%d" % n)
            until(lambda: len(seen) == 40, "both together see everything")
        leaves.stop()
        until(lambda: first.alive() and len(stays.partitions) == 4, "the one that stays takes over")
    stays.stop()
    equal(seen, {b"%d" % n for n in range(40)}, "values")


@versions
def groups_are_listed_and_described(version):
    kafka, topic = new_topic(version, "grouped", 2)
    group = name("group")
    consumer = topic.get_balanced_consumer(consumer_group=group, managed=True, consumer_timeout_ms=200)
    coordinator = kafka.cluster.get_group_coordinator(group)
    assert group in coordinator.list_groups().groups, f"{group} is not among the groups"
    described = coordinator.describe_groups([group]).groups[group]
    equal((described.state, described.protocol_type, len(described.members)), (b"Stable", b"consumer", 1), "the group")
    consumer.stop()


main()
