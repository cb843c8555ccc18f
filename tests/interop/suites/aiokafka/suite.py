"""aiokafka: the asyncio client, its own implementation of protocol and group membership."""

import asyncio
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, OffsetAndMetadata, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import TopicAlreadyExistsError, UnknownTopicOrPartitionError

from check import BOOTSTRAP, WAIT_SECONDS, check_for, check, equal, main, unique


def in_loop(coroutine):
    """Makes an ordinary function of a coroutine function: it runs in a loop of its own, for a bounded time."""

    def function(*arguments):
        asyncio.run(asyncio.wait_for(coroutine(*arguments), 4 * WAIT_SECONDS))

    function.__name__ = coroutine.__name__
    return function


@asynccontextmanager
async def started(client, end="stop"):
    await client.start()
    try:
        yield client
    finally:
        await getattr(client, end)()


def producer(**settings):
    return started(AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, **settings))


def consumer(*topics, **settings):
    defaults = {"auto_offset_reset": "earliest", "enable_auto_commit": False}
    return started(AIOKafkaConsumer(*topics, bootstrap_servers=BOOTSTRAP, **{**defaults, **settings}))


def admin():
    return started(AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP), end="close")


async def until(condition, what):
    async def ask():
        while not await condition():
            await asyncio.sleep(0.02)

    try:
        await asyncio.wait_for(ask(), WAIT_SECONDS)
    except asyncio.TimeoutError:
        raise AssertionError(f"not within {WAIT_SECONDS} s: {what}") from None


async def new_topic(stem, partitions):
    topic = unique(stem)
    async with admin() as client:
        await client.create_topics([NewTopic(topic, partitions, 1)])

        async def listed():
            return topic in await client.list_topics()

        await until(listed, f"{topic} is listed")
    return topic


async def send_numbers(topic, count, partitions=1):
    async with producer() as sender:
        for n in range(count):
            await sender.send(topic, b"%d" % n, partition=n % partitions)


async def take(reader, count):
    return [await asyncio.wait_for(reader.getone(), WAIT_SECONDS) for _ in range(count)]


@check_for(none=None, gzip="gzip", snappy="snappy", lz4="lz4", zstd="zstd")
@in_loop
async def codec_brings_back_keys_values_headers_and_timestamps(codec):
    topic = await new_topic("codec", 1)
    sent = [
        (b"key-%d" % n if n % 3 else None, b"value-%d " % n * 100 if n % 7 else b"", (("n", b"%d" % n),), 1_600_000_000_000 + n)
        for n in range(300)
    ]
    sent.append((b"gone", None, (), 1_600_000_000_300))
    async with producer(compression_type=codec, linger_ms=20) as sender:
        for key, value, headers, timestamp in sent:
            await sender.send(topic, key=key, value=value, headers=list(headers), timestamp_ms=timestamp)
    async with consumer(topic) as reader:
        found = await take(reader, len(sent))
    equal([(r.key, r.value, tuple(r.headers), r.timestamp) for r in found], sent, "records")
    equal([r.offset for r in found], list(range(len(sent))), "offsets")


@check_for(acks_0=0, acks_1=1, acks_all="all")
@in_loop
async def acks_setting_delivers(acks):
    topic = await new_topic("acks", 1)
    async with producer(acks=acks) as sender:
        await sender.send(topic, b"value")
    async with consumer(topic) as reader:
        equal([r.value for r in await take(reader, 1)], [b"value"], "values")


@check
@in_loop
async def idempotent_producer_numbers_what_it_sends():
    topic = await new_topic("idempotent", 2)
    async with producer(enable_idempotence=True) as sender:
        sent = [await sender.send(topic, b"%d" % n, partition=n % 2) for n in range(200)]
        places = [((await s).partition, (await s).offset) for s in sent]
    equal(places, [(n % 2, n // 2) for n in range(200)], "places")


@check
@in_loop
async def transactions_commit_and_abort():
    topic = await new_topic("tx", 1)
    async with producer(transactional_id=unique("tx")) as sender:
        for n in range(3):
            await sender.begin_transaction()
            await sender.send_and_wait(topic, b"%d" % n)
            await (sender.abort_transaction() if n == 1 else sender.commit_transaction())
    async with consumer(topic, isolation_level="read_committed") as reader:
        found = await take(reader, 2)
    equal([(r.offset, r.value) for r in found], [(0, b"0"), (4, b"2")], "with read_committed")
    async with consumer(topic) as reader:
        found = await take(reader, 3)
    equal([(r.offset, r.value) for r in found], [(0, b"0"), (2, b"1"), (4, b"2")], "with read_uncommitted")


class Told(ConsumerRebalanceListener):
    """Knows from the callbacks alone which partitions a consumer has."""

    def __init__(self):
        self.partitions = set()

    def on_partitions_assigned(self, assigned):
        self.partitions = {p.partition for p in assigned}

    def on_partitions_revoked(self, revoked):
        self.partitions = set()


@check
@in_loop
async def two_members_share_the_partitions_and_hand_them_over():
    topic, group, seen = await new_topic("shared", 4), unique("group"), []
    one, other = Told(), Told()

    async def collect(reader):
        async for record in reader:
            seen.append(record.value)

    async with consumer(group_id=group, enable_auto_commit=True) as stays:
        stays.subscribe([topic], listener=one)
        collecting = [asyncio.create_task(collect(stays))]
        async with consumer(group_id=group, enable_auto_commit=True) as leaves:
            leaves.subscribe([topic], listener=other)
            collecting.append(asyncio.create_task(collect(leaves)))
            await until(lambda: truth(len(one.partitions) == len(other.partitions) == 2), "both have two partitions")
            equal(one.partitions | other.partitions, {0, 1, 2, 3}, "partitions of both")
            await send_numbers(topic, 40, partitions=4)
            await until(lambda: truth(len(seen) >= 40), "both together see everything")
            collecting[1].cancel()
        await until(lambda: truth(one.partitions == {0, 1, 2, 3}), "the one that stays takes over")
        collecting[0].cancel()
    equal(sorted(seen), sorted(b"%d" % n for n in range(40)), "values")


async def truth(condition):
    return condition


@check
@in_loop
async def a_restarted_consumer_goes_on_after_its_commit():
    topic, group = await new_topic("resumed", 1), unique("group")
    partition = TopicPartition(topic, 0)
    await send_numbers(topic, 20)
    async with consumer(topic, group_id=group) as first:
        await take(first, 10)
        await first.commit({partition: OffsetAndMetadata(7, "seven")})
        equal(await first.committed(partition), 7, "committed offset")
    async with consumer(topic, group_id=group) as second:
        equal([r.value for r in await take(second, 13)], [b"%d" % n for n in range(7, 20)], "values after the commit")
        await second.commit()
        equal(await second.committed(partition), 20, "offset committed by the second")


@check
@in_loop
async def seeking_and_offsets_by_time():
    topic = await new_topic("seek", 1)
    partition = TopicPartition(topic, 0)
    async with producer(compression_type="gzip", linger_ms=50) as sender:
        for n in range(30):
            await sender.send(topic, b"%d" % n, timestamp_ms=1_700_000_000_000 + 1000 * n)
    async with consumer() as reader:
        reader.assign([partition])
        equal(await reader.beginning_offsets([partition]), {partition: 0}, "beginning")
        equal(await reader.end_offsets([partition]), {partition: 30}, "end")
        for start in (17, 0, 29):
            reader.seek(partition, start)
            equal([r.offset for r in await take(reader, 1)], [start], f"offset after seek({start})")
        found = (await reader.offsets_for_times({partition: 1_700_000_004_500}))[partition]
        equal((found.offset, found.timestamp), (5, 1_700_000_005_000), "by time")
        equal(await reader.offsets_for_times({partition: 1_800_000_000_000}), {partition: None}, "beyond the last")


@check
@in_loop
async def admin_creates_describes_grows_and_deletes_topics():
    topic = await new_topic("admin", 2)
    async with admin() as client:
        try:
            answer = await client.create_topics([NewTopic(topic, 2, 1)])
            equal(answer.topic_errors[0][1], TopicAlreadyExistsError.errno, "creating twice")
        except TopicAlreadyExistsError:
            pass
        described = (await client.describe_topics([topic]))[0]
        equal(sorted(p["partition"] for p in described["partitions"]), [0, 1], "partitions")
        await client.create_partitions({topic: NewPartitions(5)})

        async def grown():
            return len((await client.describe_topics([topic]))[0]["partitions"]) == 5

        await until(grown, "it has five partitions")
        await client.delete_topics([topic])

        async def gone():
            return topic not in await client.list_topics()

        await until(gone, "the topic is gone")
        answer = await client.delete_topics([topic])
        equal(answer.topic_error_codes, [(topic, UnknownTopicOrPartitionError.errno)], "deleting twice")


@check
@in_loop
async def admin_knows_configurations_groups_and_offsets():
    topic, group = await new_topic("known", 1), unique("group")
    partition = TopicPartition(topic, 0)
    await send_numbers(topic, 10)
    async with admin() as client, consumer(topic, group_id=group, client_id="the-member") as member:
        await take(member, 10)
        await member.commit()
        resource = ConfigResource(ConfigResourceType.TOPIC, topic)
        described = (await client.describe_configs([resource]))[0].resources[0]
        values = {entry[0]: entry[1] for entry in described[4]}
        equal(values["cleanup.policy"], "delete", "cleanup.policy")
        assert (group, "consumer") in await client.list_consumer_groups(), f"{group} is not among the groups"
        answer = (await client.describe_consumer_groups([group]))[0].groups[0]
        equal((answer[1], answer[2], len(answer[5])), (group, "Stable", 1), "group, state and members")
        offsets = await client.list_consumer_group_offsets(group)
        equal(offsets[partition].offset, 10, "committed offset")
        equal(await client.delete_records({partition: RecordsToDelete(4)}), {partition: 4}, "low watermark")
        equal(await member.beginning_offsets([partition]), {partition: 4}, "beginning")


main()
