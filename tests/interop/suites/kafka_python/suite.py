"""The newest kafka-python: idempotent by default, transactions, static members and an admin client of many calls."""

from uuid import UUID

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import AlterConfigOp, ConfigResource, ConfigResourceType, OffsetSpec
from kafka.errors import GroupIdNotFoundError, NoError, TopicAlreadyExistsError, UnknownTopicOrPartitionError
from kafka.structs import OffsetAndMetadata

from background import Background
from check import BOOTSTRAP, check, check_for, equal, main, unique, until


def producer(**settings):
    return KafkaProducer(bootstrap_servers=BOOTSTRAP, **settings)


def consumer(*topics, **settings):
    settings.setdefault("auto_offset_reset", "earliest")
    return KafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, **settings)


def admin():
    return KafkaAdminClient(bootstrap_servers=BOOTSTRAP)


def new_topic(stem, partitions, **configs):
    topic = unique(stem)
    client = admin()
    named = {name.replace("_", "."): value for name, value in configs.items()}
    client.create_topics({topic: {"num_partitions": partitions, "configs": named}}, wait_for_metadata=True)
    client.close()
    return topic


def send_all(topic, values, **settings):
    sender = producer(**settings)
    for value in values:
        sender.send(topic, value, partition=0)
    sender.flush()
    sender.close()


def poll(reader, count):
    """Polls until there are `count` records."""
    found = []
    until(lambda: found.extend(r for rs in reader.poll(500).values() for r in rs) or len(found) >= count, f"{count} records")
    return found


def records_of(topic, count, **settings):
    reader = consumer(topic, **settings)
    found = poll(reader, count)
    reader.close()
    return found


@check_for(none=None, gzip="gzip", snappy="snappy", lz4="lz4", zstd="zstd")
def codec_brings_back_keys_values_headers_and_timestamps(codec):
    topic = new_topic("codec", 1)
    sent = [
        (b"key-%d" % n if n % 3 else None, b"value-%d " % n * 100 if n % 7 else b"", [("n", b"%d" % n)], 1_600_000_000_000 + n)
        for n in range(300)
    ]
    sent.append((b"gone", None, [], 1_600_000_000_300))
    sender = producer(compression_type=codec, linger_ms=20)
    for key, value, headers, timestamp in sent:
        sender.send(topic, key=key, value=value, headers=headers, timestamp_ms=timestamp)
    sender.flush()
    sender.close()
    found = records_of(topic, len(sent))
    equal([(r.key, r.value, list(r.headers), r.timestamp) for r in found], sent, "records")
    equal([r.offset for r in found], list(range(len(sent))), "offsets")


@check
def every_acks_setting_delivers():
    for acks in (0, 1, "all"):
        topic = new_topic("acks", 1)
        send_all(topic, [b"value"], acks=acks, enable_idempotence=False)
        equal([r.value for r in records_of(topic, 1)], [b"value"], f"with acks={acks}")


@check
def idempotent_producer_numbers_what_it_sends():
    topic = new_topic("idempotent", 2)
    sender = producer(enable_idempotence=True, linger_ms=0)
    sent = [sender.send(topic, b"%d" % n, partition=n % 2) for n in range(200)]
    equal([(s.get(30).partition, s.get(30).offset) for s in sent], [(n % 2, n // 2) for n in range(200)], "places")
    sender.close()


@check
def a_big_record_and_many_small_ones_pass():
    topic = new_topic("sizes", 1)
    big = bytes(range(256)) * 3500
    send_all(topic, [big] + [b"%d" % n for n in range(5000)], linger_ms=5)
    found = records_of(topic, 5001)
    equal(found[0].value, big, "the big one")
    equal([r.value for r in found[1:]], [b"%d" % n for n in range(5000)], "the small ones")


@check
def log_append_time_is_the_brokers():
    topic = new_topic("appendtime", 1, message_timestamp_type="LogAppendTime")
    sender = producer()
    answered = sender.send(topic, b"value", timestamp_ms=1000).get(30).timestamp
    sender.close()
    record = records_of(topic, 1)[0]
    equal(record.timestamp_type, 1, "timestamp type")
    equal(record.timestamp, answered, "timestamp")
    assert record.timestamp > 1_500_000_000_000, f"timestamp {record.timestamp} is not now"


@check
def committed_transactions_are_seen_and_aborted_ones_are_not():
    topic = new_topic("tx", 1)
    sender = producer(transactional_id=unique("tx"))
    sender.init_transactions()
    for n, end in enumerate((sender.commit_transaction, sender.abort_transaction, sender.commit_transaction)):
        sender.begin_transaction()
        sender.send(topic, b"%d" % n).get(30)  # An abort drops what has not been sent.
        end()
    sender.close()
    committed = records_of(topic, 2, isolation_level="read_committed")
    equal([(r.offset, r.value) for r in committed], [(0, b"0"), (4, b"2")], "with read_committed")
    everything = records_of(topic, 3, isolation_level="read_uncommitted")
    equal([(r.offset, r.value) for r in everything], [(0, b"0"), (2, b"1"), (4, b"2")], "with read_uncommitted")


@check
def offsets_are_committed_with_a_transaction():
    source, target, group = new_topic("source", 1), new_topic("target", 1), unique("group")
    send_all(source, [b"a", b"b"])
    reader = consumer(source, group_id=group, enable_auto_commit=False, isolation_level="read_committed")
    sender = producer(transactional_id=unique("tx"))
    sender.init_transactions()
    records = poll(reader, 2)
    sender.begin_transaction()
    for record in records:
        sender.send(target, record.value.upper())
    sender.send_offsets_to_transaction({TopicPartition(source, 0): OffsetAndMetadata(2, "", -1)}, reader.group_metadata())
    sender.commit_transaction()
    equal(reader.committed(TopicPartition(source, 0)), 2, "committed offset")
    reader.close()
    sender.close()
    equal([r.value for r in records_of(target, 2, isolation_level="read_committed")], [b"A", b"B"], "values")


@check
def two_members_share_the_partitions_and_hand_them_over():
    topic, group = new_topic("shared", 4), unique("group")
    seen, members = [], [consumer(topic, group_id=group) for _ in range(2)]

    def polling(member):
        return Background(lambda: seen.extend(r.value for rs in member.poll(200).values() for r in rs))

    with polling(members[0]) as first:
        with polling(members[1]) as second:
            until(
                lambda: first.alive() and second.alive() and all(len(m.assignment()) == 2 for m in members),
                "both members have two partitions",
            )
            equal(
                members[0].assignment() | members[1].assignment(),
                {TopicPartition(topic, p) for p in range(4)},
                "partitions of both",
            )
            sender = producer()
            for n in range(40):
                sender.send(topic, b"%d" % n, partition=n % 4)
            sender.flush()
            sender.close()
            until(lambda: len(seen) >= 40, "both together see everything")
        members[1].close()
        until(lambda: first.alive() and len(members[0].assignment()) == 4, "the one that stays takes over")
    members[0].close()
    equal(sorted(seen), sorted(b"%d" % n for n in range(40)), "values")


@check
def a_static_member_comes_back_to_its_partitions():
    topic, group = new_topic("static", 2), unique("group")
    first = consumer(topic, group_id=group, group_instance_id="the-instance")
    until(lambda: first.poll(200) or len(first.assignment()) == 2, "it has both partitions")
    generation = first.group_metadata().generation_id
    first.close()
    second = consumer(topic, group_id=group, group_instance_id="the-instance")
    until(lambda: second.poll(200) or len(second.assignment()) == 2, "it has both partitions again")
    equal(second.group_metadata().generation_id, generation, "generation: a restart makes no rebalance")
    client = admin()
    members = client.describe_groups([group])[group]["members"]
    equal([m["group_instance_id"] for m in members], ["the-instance"], "instances")
    client.close()
    second.close()


@check
def a_restarted_consumer_goes_on_after_its_commit():
    topic, group = new_topic("resumed", 1), unique("group")
    partition = TopicPartition(topic, 0)
    send_all(topic, [b"%d" % n for n in range(20)])
    first = consumer(topic, group_id=group, enable_auto_commit=False, max_poll_records=5)
    poll(first, 5)
    first.commit({partition: OffsetAndMetadata(7, "seven", -1)})
    equal(first.committed(partition, metadata=True)[:2], (7, "seven"), "commit")
    first.close()
    second = consumer(topic, group_id=group, enable_auto_commit=False)
    equal([r.value for r in poll(second, 13)], [b"%d" % n for n in range(7, 20)], "values after the commit")
    second.commit()
    equal(second.committed(partition), 20, "offset committed by the second")
    second.close()


@check
def seeking_pausing_and_offsets_by_time():
    topic = new_topic("seek", 2)
    partitions = [TopicPartition(topic, 0), TopicPartition(topic, 1)]
    sender = producer(compression_type="gzip", linger_ms=50)
    for n in range(30):
        sender.send(topic, b"%d" % n, partition=n % 2, timestamp_ms=1_700_000_000_000 + 1000 * n)
    sender.flush()
    sender.close()
    reader = consumer()
    reader.assign(partitions)
    equal(reader.beginning_offsets(partitions), dict.fromkeys(partitions, 0), "beginning")
    equal(reader.end_offsets(partitions), dict.fromkeys(partitions, 15), "end")
    reader.pause(partitions[1])
    reader.seek(partitions[0], 11)
    equal([(r.partition, r.offset) for r in poll(reader, 4)], [(0, n) for n in range(11, 15)], "with one paused")
    reader.resume(partitions[1])
    equal([(r.partition, r.offset) for r in poll(reader, 15)], [(1, n) for n in range(15)], "once resumed")
    found = reader.offsets_for_times({partitions[0]: 1_700_000_004_500, partitions[1]: 1_800_000_000_000})
    equal((found[partitions[0]].offset, found[partitions[0]].timestamp), (3, 1_700_000_006_000), "by time")
    equal(found[partitions[1]], None, "beyond the last")
    reader.close()


@check
def admin_creates_describes_grows_and_deletes_topics():
    client = admin()
    topic = unique("admin")
    client.create_topics(
        {topic: {"num_partitions": 2, "replication_factor": 1, "configs": {"retention.ms": "86400000"}}},
        wait_for_metadata=True,
    )
    try:
        client.create_topics([topic])
        raise AssertionError("a topic was created twice")
    except TopicAlreadyExistsError:
        pass
    described = client.describe_topics([topic])[0]
    equal((described["error_code"], described["is_internal"]), (0, False), "error and whether internal")
    equal(sorted(p["partition_index"] for p in described["partitions"]), [0, 1], "partitions")
    by_id = client.describe_topics([UUID(described["topic_id"])])[0]
    equal(by_id["name"], topic, "name of the topic with that id")
    client.create_partitions({topic: 5})
    until(lambda: len(client.describe_topics([topic])[0]["partitions"]) == 5, "it has five partitions")
    paged = client.describe_topic_partitions([topic], response_partition_limit=3)
    equal([p["partition_index"] for p in paged["topics"][0]["partitions"]], [0, 1, 2], "first page")
    equal(paged["next_cursor"], {"topic_name": topic, "partition_index": 3}, "cursor")
    client.delete_topics([topic])
    until(lambda: topic not in client.list_topics(), "the topic is gone")
    try:
        client.delete_topics([topic])
        raise AssertionError("a topic was deleted twice")
    except UnknownTopicOrPartitionError:
        pass
    client.close()


@check
def admin_changes_and_describes_configurations():
    topic = new_topic("configured", 1)
    client = admin()

    def entry(name):
        found = client.describe_configs([ConfigResource("topic", topic)], config_filter="all")
        return found["topic"][topic][name]

    def change(operation, value=None):
        client.alter_configs([ConfigResource("topic", topic, {"cleanup.policy": (operation, value)})])

    equal((entry("cleanup.policy")["value"], entry("cleanup.policy")["config_source"]), ("delete", "DEFAULT_CONFIG"), "at first")
    change(AlterConfigOp.SET, "compact")
    until(lambda: entry("cleanup.policy")["value"] == "compact", "it is set")
    equal(entry("cleanup.policy")["config_source"], "DYNAMIC_TOPIC_CONFIG", "source")
    change(AlterConfigOp.APPEND, "delete")
    until(lambda: entry("cleanup.policy")["value"] == "compact,delete", "it is appended to")
    change(AlterConfigOp.SUBTRACT, "compact")
    until(lambda: entry("cleanup.policy")["value"] == "delete", "it is subtracted from")
    change(AlterConfigOp.DELETE)
    until(lambda: entry("cleanup.policy")["config_source"] == "DEFAULT_CONFIG", "it is the default again")
    client.close()


@check
def admin_lists_offsets_and_deletes_records():
    topic = new_topic("offsets", 1)
    partition = TopicPartition(topic, 0)
    send_all(topic, [b"%d" % n for n in range(10)])
    client = admin()
    client.delete_records({partition: 4})
    ends = {
        spec: client.list_partition_offsets({partition: spec})[partition].offset for spec in (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    }
    equal(ends, {OffsetSpec.EARLIEST: 4, OffsetSpec.LATEST: 10}, "offsets")
    equal([r.offset for r in records_of(topic, 6)], list(range(4, 10)), "offsets that are left")
    client.close()


@check
def admin_lists_describes_and_deletes_groups():
    topic, group = new_topic("grouped", 2), unique("group")
    partition = TopicPartition(topic, 1)
    client = admin()
    member = consumer(topic, group_id=group, client_id="the-member", enable_auto_commit=False)
    with Background(lambda: member.poll(200)) as polling:
        until(lambda: polling.alive() and len(member.assignment()) == 2, "the member has its partitions")
        listed = {g["group_id"]: g for g in client.list_groups(states_filter=["Stable"])}
        equal(listed[group]["protocol_type"], "consumer", "protocol type in the list")
        described = client.describe_groups([group])[group]
        equal((described["group_state"], described["protocol_type"]), ("Stable", "consumer"), "state and type")
        equal([m["client_id"] for m in described["members"]], ["the-member"], "members")
    member.commit({partition: OffsetAndMetadata(3, "three", -1)})
    member.close()
    equal(client.list_group_offsets(group)[group][partition][:2], (3, "three"), "offset")
    equal(client.alter_group_offsets(group, {partition: OffsetAndMetadata(1, "", -1)}), {partition: NoError}, "altering")
    equal(client.list_group_offsets(group)[group][partition].offset, 1, "altered offset")
    equal(client.delete_groups([group]), {group: "OK"}, "deleting")
    assert group not in {g["group_id"] for g in client.list_groups()}, "the group is still listed"
    equal(client.delete_groups([group]), {group: GroupIdNotFoundError.__name__}, "deleting again")
    client.close()


@check
def admin_describes_the_cluster():
    client = admin()
    described = client.describe_cluster()
    address = BOOTSTRAP.split(":")
    equal([(b["host"], b["port"]) for b in described["brokers"]], [(address[0], int(address[1]))], "brokers")
    assert described["cluster_id"], "no cluster id"
    equal(described["controller_id"], described["brokers"][0]["broker_id"], "controller")
    topic = new_topic("sized", 1)
    send_all(topic, [b"x" * 1000])
    log_dir = client.describe_log_dirs({topic: [0]})[0]["log_dirs"][0]
    size = log_dir["topics"][0]["partitions"][0]["partition_size"]
    assert 1000 < size < 1200, f"the partition takes {size} bytes"
    features = client.describe_features()
    assert "metadata.version" in features, f"features are {features}"
    quorum = client.describe_metadata_quorum()["topics"][0]["partitions"][0]
    equal(quorum["leader_id"], quorum["current_voters"][0]["replica_id"], "leader of the quorum")
    client.close()


main()
