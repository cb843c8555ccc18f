"""kafka-python 2.0.2, the version that most programs pin, as tutorials use it: told that the broker is a 0.10 (message
sets of magic 1), and finding out by itself (record batches of magic 2)."""

import json
import time

import msgpack
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

from background import Background
from check import BOOTSTRAP, check, check_for, equal, main, unique, until

API_0_10 = {"api_version": (0, 10)}
PROBED = {}
both = check_for(api_0_10=API_0_10, probed=PROBED)


def producer(version, **settings):
    return KafkaProducer(bootstrap_servers=[BOOTSTRAP], **version, **settings)


def consumer(version, *topics, **settings):
    settings.setdefault("auto_offset_reset", "earliest")
    return KafkaConsumer(*topics, bootstrap_servers=[BOOTSTRAP], **version, **settings)


def admin():
    return KafkaAdminClient(bootstrap_servers=[BOOTSTRAP])


def new_topic(stem, partitions):
    topic = unique(stem)
    client = admin()
    client.create_topics([NewTopic(topic, num_partitions=partitions, replication_factor=1)])
    client.close()
    # This producer does not retry by itself; the consumer does, until the new topic's leaders answer.
    reader = consumer(PROBED)
    reader.end_offsets([TopicPartition(topic, partition) for partition in range(partitions)])
    reader.close()
    return topic


def records_of(topic, count, version):
    """The first `count` records of a topic, read without a group."""
    reader = consumer(version, topic, consumer_timeout_ms=30_000)
    found = []
    for record in reader:
        found.append(record)
        if len(found) == count:
            break
    reader.close()
    return found


@both
def tutorial_sends_json_to_a_topic_that_does_not_exist_yet(version):
    topic = unique("numtest")
    sender = producer(version, value_serializer=lambda x: json.dumps(x).encode("utf-8"))
    for number in range(100):
        sender.send(topic, value={"number": number})
    sender.flush()
    reader = KafkaConsumer(
        topic,
        bootstrap_servers=[BOOTSTRAP],
        auto_offset_reset="earliest",
        enable_auto_commit=True,
        group_id=unique("my-group"),
        consumer_timeout_ms=1000,
        value_deserializer=lambda x: json.loads(x.decode("utf-8")),
        **version,
    )
    # The tutorial's loop ends after a second of silence, and joining a group may take longer: so it is run again.
    values = []
    until(lambda: values.extend(m.value for m in reader) or len(values) >= 100, "all numbers arrive")
    reader.close()
    sender.close()
    equal(values, [{"number": number} for number in range(100)], "values")


@both
def tutorial_reads_msgpack_until_a_second_of_silence(version):
    topic = new_topic("msgpackfoo", 1)
    sender = producer(version, value_serializer=msgpack.dumps)
    sender.send(topic, {"key": "value"})
    sender.send(topic, [1, 2, "three", None])
    sender.flush()
    sender.close()
    reader = consumer(version, consumer_timeout_ms=1000, value_deserializer=msgpack.unpackb)
    reader.subscribe([topic])
    begun = time.monotonic()
    values = [message.value for message in reader]
    silent = time.monotonic() - begun
    reader.close()
    equal(values, [{"key": "value"}, [1, 2, "three", None]], "values")
    assert silent >= 1, f"the loop ended after {silent} s"


@both
def sending_tells_partition_offset_and_timestamp(version):
    topic = new_topic("metadata", 2)
    sender = producer(version)
    for offset in range(3):
        sent = sender.send(topic, b"value", key=b"key", partition=1, timestamp_ms=1_600_000_000_000 + offset).get(30)
        equal((sent.topic, sent.partition, sent.offset), (topic, 1, offset), "place")
        equal(sent.timestamp, 1_600_000_000_000 + offset, "timestamp")
    sender.close()
    found = records_of(topic, 3, version)
    equal([r.offset for r in found], [0, 1, 2], "offsets")
    equal([r.timestamp for r in found], [1_600_000_000_000 + n for n in range(3)], "timestamps")
    equal({r.timestamp_type for r in found}, {0}, "timestamp types")


@both
def every_acks_setting_delivers(version):
    for acks in (0, 1, "all"):
        topic = new_topic("acks", 1)
        sender = producer(version, acks=acks)
        sender.send(topic, b"value")
        sender.flush()
        sender.close()
        equal([r.value for r in records_of(topic, 1, version)], [b"value"], f"with acks={acks}")


@both
def every_codec_brings_back_keys_values_and_order(version):
    for codec in (None, "gzip", "snappy", "lz4"):
        topic = new_topic("codec", 1)
        sent = [(b"key-%d" % n if n % 3 else None, b"value-%d " % n * 100) for n in range(200)] + [(b"tombstone", None)]
        sender = producer(version, compression_type=codec, linger_ms=20)
        for key, value in sent:
            sender.send(topic, key=key, value=value)
        sender.flush()
        sender.close()
        found = records_of(topic, len(sent), version)
        equal([(r.key, r.value) for r in found], sent, f"records with {codec}")
        equal([r.offset for r in found], list(range(201)), f"offsets with {codec}")


@check
def headers_come_back_in_order_with_repeats():
    topic = new_topic("headers", 1)
    headers = [("trace", b"1"), ("empty", b""), ("trace", b"2"), ("ünicode", b"\x00\xff")]
    sender = producer(PROBED)
    sender.send(topic, b"value", headers=headers)
    sender.flush()
    sender.close()
    equal(records_of(topic, 1, PROBED)[0].headers, headers, "headers")


# What one magic wrote is read by a client of the other.
@check
def clients_of_both_magics_read_each_other():
    topic = new_topic("magics", 1)
    for version, codec in ((API_0_10, None), (PROBED, None), (API_0_10, "gzip"), (PROBED, "gzip")):
        sender = producer(version, compression_type=codec, linger_ms=20)
        for n in range(10):
            sender.send(topic, b"%d" % n, key=b"key")
        sender.flush()
        sender.close()
    expected = [(b"key", b"%d" % n) for n in range(10)] * 4
    for version in (API_0_10, PROBED):
        found = records_of(topic, 40, version)
        equal([(r.key, r.value) for r in found], expected, f"records read with {version}")
        equal([r.offset for r in found], list(range(40)), f"offsets read with {version}")


@both
def two_members_share_the_partitions_and_hand_them_over(version):
    topic, group = new_topic("shared", 4), unique("group")
    seen, members = [], [consumer(version, topic, group_id=group, session_timeout_ms=10_000) for _ in range(2)]

    def poll(member):
        return lambda: seen.extend(r.value for rs in member.poll(timeout_ms=200).values() for r in rs)

    with Background(poll(members[0])) as first:
        with Background(poll(members[1])) as second:
            until(
                lambda: first.alive() and second.alive() and all(len(m.assignment()) == 2 for m in members),
                "both members have two partitions",
            )
            equal(
                members[0].assignment() | members[1].assignment(),
                {TopicPartition(topic, p) for p in range(4)},
                "partitions of both",
            )
            sender = producer(version)
            for n in range(40):
                sender.send(topic, b"%d" % n, partition=n % 4)
            sender.flush()
            until(lambda: len(seen) >= 40, "both together see everything")
        members[1].close()
        until(lambda: first.alive() and len(members[0].assignment()) == 4, "the one that stays takes over")
    members[0].close()
    sender.close()
    equal(sorted(seen), sorted(b"%d" % n for n in range(40)), "values")


@both
def a_restarted_consumer_goes_on_after_its_commit(version):
    topic, group = new_topic("resumed", 1), unique("group")
    partition = TopicPartition(topic, 0)
    sender = producer(version)
    for n in range(20):
        sender.send(topic, b"%d" % n)
    sender.flush()

    first = consumer(version, topic, group_id=group, enable_auto_commit=False, max_poll_records=5)
    got = []
    until(lambda: got.extend(r for rs in first.poll(1000).values() for r in rs) or got, "records arrive")
    first.commit({partition: OffsetAndMetadata(7, "seven")})
    equal(first.committed(partition), 7, "committed offset")
    first.close()

    second = consumer(version, topic, group_id=group, enable_auto_commit=False)
    values = []
    until(lambda: values.extend(r.value for rs in second.poll(1000).values() for r in rs) or len(values) >= 13, "the rest")
    equal(values, [b"%d" % n for n in range(7, 20)], "values after the commit")
    second.commit()
    second.close()
    third = consumer(version, group_id=group)
    equal(third.committed(partition), 20, "offset committed by the second")
    third.close()
    sender.close()


@both
def closing_commits_automatically(version):
    topic, group = new_topic("auto", 1), unique("group")
    sender = producer(version)
    for n in range(5):
        sender.send(topic, b"%d" % n)
    sender.flush()
    sender.close()
    reader = consumer(version, topic, group_id=group, enable_auto_commit=True)
    values = []
    until(lambda: values.extend(r.value for rs in reader.poll(1000).values() for r in rs) or len(values) == 5, "five")
    reader.close()
    after = consumer(version, group_id=group)
    equal(after.committed(TopicPartition(topic, 0)), 5, "committed offset")
    after.close()


@both
def seeking_goes_to_any_offset(version):
    topic = new_topic("seek", 1)
    partition = TopicPartition(topic, 0)
    sender = producer(version, compression_type="gzip", linger_ms=50)
    for n in range(30):
        sender.send(topic, b"%d" % n)
    sender.flush()
    sender.close()
    reader = consumer(version, enable_auto_commit=False, group_id=None)
    reader.assign([partition])
    for start in (17, 0, 29):
        reader.seek(partition, start)
        record = next(reader)
        equal((record.offset, record.value), (start, b"%d" % start), f"record after seek({start})")
    reader.seek_to_end(partition)
    equal(reader.position(partition), 30, "position at the end")
    reader.seek_to_beginning(partition)
    equal(reader.position(partition), 0, "position at the beginning")
    reader.close()


@check
def offsets_are_found_by_time():
    topic = new_topic("times", 1)
    partition = TopicPartition(topic, 0)
    sender = producer(PROBED)
    for n in range(5):
        sender.send(topic, b"%d" % n, timestamp_ms=1_700_000_000_000 + 1000 * n).get(30)
    sender.close()
    reader = consumer(PROBED)
    found = reader.offsets_for_times({partition: 1_700_000_002_500})[partition]
    equal((found.offset, found.timestamp), (3, 1_700_000_003_000), "offset and timestamp")
    equal(reader.offsets_for_times({partition: 1_800_000_000_000}), {partition: None}, "beyond the last")
    equal(reader.beginning_offsets([partition]), {partition: 0}, "beginning")
    equal(reader.end_offsets([partition]), {partition: 5}, "end")
    reader.close()


@both
def consumer_lists_topics_and_partitions(version):
    topic = new_topic("listed", 3)
    reader = consumer(version)
    assert topic in reader.topics(), f"{topic} is not among the topics"
    equal(reader.partitions_for_topic(topic), {0, 1, 2}, "partitions")
    reader.close()


@check
def admin_creates_describes_grows_and_deletes_topics():
    client = admin()
    topic = unique("admin")
    client.create_topics([NewTopic(topic, 2, 1, topic_configs={"retention.ms": "86400000"})])
    try:
        client.create_topics([NewTopic(topic, 2, 1)])
        raise AssertionError("a topic was created twice")
    except TopicAlreadyExistsError:
        pass
    until(lambda: topic in client.list_topics(), "the topic is listed")
    described = until(lambda: [t for t in client.describe_topics([topic]) if t["error_code"] == 0], "it is described")[0]
    equal(sorted(p["partition"] for p in described["partitions"]), [0, 1], "partitions")
    client.create_partitions({topic: NewPartitions(5)})
    until(lambda: len(client.describe_topics([topic])[0]["partitions"]) == 5, "it has five partitions")
    configs = client.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    values = {entry[0]: entry[1] for response in configs for resource in response.resources for entry in resource[4]}
    equal(values["retention.ms"], "86400000", "retention.ms")
    equal(values["cleanup.policy"], "delete", "cleanup.policy")
    client.delete_topics([topic])
    until(lambda: topic not in client.list_topics(), "the topic is gone")
    try:
        client.delete_topics([topic])
        raise AssertionError("a topic was deleted twice")
    except UnknownTopicOrPartitionError:
        pass
    client.close()


@check
def admin_lists_and_describes_groups():
    topic, group = new_topic("grouped", 2), unique("group")
    member = consumer(PROBED, topic, group_id=group, client_id="the-member", enable_auto_commit=False)
    client = admin()
    with Background(lambda: member.poll(timeout_ms=200)) as polling:
        until(lambda: polling.alive() and len(member.assignment()) == 2, "the member has its partitions")
        assert (group, "consumer") in client.list_consumer_groups(), f"{group} is not among the groups"
        described = client.describe_consumer_groups([group])[0]
        equal((described.group, described.state, described.protocol_type), (group, "Stable", "consumer"), "group")
        equal([m.client_id for m in described.members], ["the-member"], "members")
        equal(described.members[0].member_assignment.assignment, [(topic, [0, 1])], "assignment")
    member.commit({TopicPartition(topic, 1): OffsetAndMetadata(3, "three")})
    member.close()
    equal(
        client.list_consumer_group_offsets(group)[TopicPartition(topic, 1)], OffsetAndMetadata(3, "three"), "offset"
    )
    client.close()


main()
