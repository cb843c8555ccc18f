"""The loads by name. Each runs rounds on both brokers in turn (A B A B) and yields what it has measured."""
import dataclasses
import subprocess
import time

from . import process

MEGABYTE = 1_000_000
GIGABYTE = 1_000_000_000


@dataclasses.dataclass(frozen=True)
class Metric:
    """What a load measures, and the ratio of Sluice to Kafka that is wanted: at least for rates, else at most."""
    name: str
    target: float | None = None
    more_is_better: bool = False


THROUGHPUT = Metric("MB/s", 2, True)
CPU_PER_GB = Metric("broker CPU s/GB", 1 / 6)
MEMORY = Metric("memory, MiB (PSS)", 1 / 10)


@dataclasses.dataclass(frozen=True)
class Load:
    name: str
    what: str
    metrics: tuple
    run: callable  # run(Bench): yields (server's name, {metric: value}), a round of each server after the other
    settings: dict = dataclasses.field(default_factory=dict)  # Of both brokers, where the default ones will not do.


def _produced(result):
    return {"MB/s": result["produce"]["mb_per_second"], "broker CPU s/GB": result["server"]["cpu_seconds_per_gb"],
            "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}


def _check_arrived(bench, server, topic, result):
    """What was acknowledged is there: the partitions' ends tell."""
    end = bench.generator.end_of(server, topic)
    if end < result["produce"]["records"]:
        raise RuntimeError(f"{server.name} has {end} records of the {result['produce']['records']} that it acknowledged")


def _produce(**options):
    """A closed loop of producers, on a new topic in every round."""
    def rounds(bench):
        for number, server in bench.alternate():
            topic = f"produce-{number}"
            result = bench.generator("produce", server, topic=topic, connections=4, seconds=bench.seconds, warm_up=bench.warm_up(number),
                                     bytes_max=bench.round_bytes, **options)
            _check_arrived(bench, server, topic, result)
            yield server.name, _produced(result)
            bench.generator.delete(server, topic)
    return rounds


def _small_requests(bench):
    for number, server in bench.alternate():
        topic = f"small-{number}"
        result = bench.generator("produce", server, topic=topic, partitions=16, connections=64, in_flight=1, batch_bytes=1,
                                 record_bytes=100, seconds=bench.seconds, warm_up=bench.warm_up(number))
        _check_arrived(bench, server, topic, result)
        yield server.name, {"requests/s": result["produce"]["requests_per_second"],
                            "broker CPU us/request": result["server"]["cpu_us_per_request"],
                            "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}
        bench.generator.delete(server, topic)


def _fill(bench, server, topic, size, **options):
    """Stores `size` bytes in batches of 16 KB, without counting how fast."""
    shape = {"connections": 4, "partitions": 1} | options
    return bench.generator("produce", server, topic=topic, warm_up=0, seconds=3600, bytes_max=size, **shape)


def _fetch_catch_up(bench):
    for server in bench.servers:
        _fill(bench, server, "filled", bench.round_bytes)
        bench.generator("fetch", server, topic="filled", check_crcs=True, warm_up=0, seconds=3600, rewind=True,
                        bytes_max=bench.round_bytes)
    for number, server in bench.alternate():
        result = bench.generator("fetch", server, topic="filled", rewind=True, connections=2, seconds=bench.seconds,
                                 warm_up=bench.warm_up(number))
        yield server.name, {"MB/s": result["fetch"]["mb_per_second"],
                            "broker CPU s/GB": result["server"]["cpu_seconds_per_gb"],
                            "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}


def _fetch_tail(bench):
    """Many consumers for one producer, so that what is measured is mostly fetching."""
    for number, server in bench.alternate():
        topic = f"tail-{number}"
        result = bench.generator("end-to-end", server, topic=topic, consumers=16, seconds=bench.seconds, bytes_max=8 * bench.round_bytes,
                                 warm_up=bench.warm_up(number))
        _check_arrived(bench, server, topic, result)
        fetched = result["fetch"]["bytes"]
        yield server.name, {"MB/s": result["fetch"]["mb_per_second"],
                            "broker CPU s/GB": result["server"]["cpu_seconds"] * GIGABYTE / max(fetched, 1)}
        bench.generator.delete(server, topic)


def _latency(bench):
    """First Kafka's maximum, then both at half of it."""
    kafka = bench.server("kafka")
    most = bench.generator("produce", kafka, topic="maximum", connections=4, partitions=4, seconds=bench.seconds, warm_up=bench.warm_up(0),
                           bytes_max=bench.round_bytes)["produce"]["requests_per_second"]
    bench.say(f"Kafka's maximum is {most:.0f} requests/s")
    bench.generator.delete(kafka, "maximum")
    for number, server in bench.alternate():
        topic = f"latency-{number}"
        result = bench.generator("end-to-end", server, topic=topic, connections=4, partitions=4, in_flight=1000, rate=most / 2,
                                 seconds=bench.seconds, warm_up=bench.warm_up(number))
        acknowledged = result["produce"]["latency_us"]
        yield server.name, {name + ", ms": acknowledged[name] / 1000 for name in ("p50", "p99", "p99.9")} | {
            "end to end p99, ms": result["end_to_end"]["latency_us"]["p99"] / 1000}
        bench.generator.delete(server, topic)


def _restarted(bench, server):
    """A server that has just begun and rests."""
    server.stop()
    server.start()
    process.wait_until_idle(server.pid)
    return server


def _memory_idle(bench):
    for _, server in bench.alternate():
        yield server.name, {"memory, MiB (PSS)": process.memory_mib(_restarted(bench, server).pid)["pss"]}


def _memory_partitions(bench):
    for server in bench.servers:
        bench.generator("topics", server, topic="many", topics=bench.partitions // 100, partitions=100, keep=True)
    for _, server in bench.alternate():
        yield server.name, {"memory, MiB (PSS)": process.memory_mib(_restarted(bench, server).pid)["pss"]}


def _memory_connections(bench):
    for _, server in bench.alternate():
        _restarted(bench, server)
        result = bench.generator("connections", server, connections=bench.connections, seconds=2)
        yield server.name, {"memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}


def _start_empty(bench):
    for number, server in bench.alternate(running=False):
        server.remove()
        server = bench.renew(server)
        yield server.name, {"seconds": server.start()}
        server.stop()


def _start_filled(stop):
    def rounds(bench):
        for server in bench.servers:
            _fill(bench, server, "filled", bench.stored_gigabytes * GIGABYTE, partitions=1000)
            server.stop()
        for _, server in bench.alternate(running=False):
            # A clean start comes before each measured one, so that every round ends what one like it began.
            server.start()
            _fill(bench, server, "filled", 10 * MEGABYTE, partitions=1000)
            stop(server)
            subprocess.run(["sync"], check=True)
            yield server.name, {"seconds": server.start()}
            server.stop()
    return rounds


def _topics(bench):
    for number, server in bench.alternate():
        result = bench.generator("topics", server, topic=f"churn-{number}", topics=bench.topics, partitions=10)
        yield server.name, {"create, s": result["create_seconds"], "delete, s": result["delete_seconds"],
                            "broker CPU s": result["server"]["cpu_seconds"]}


def _commits(**options):
    """Each connection commits for one partition at a time; four connections share a group."""
    def rounds(bench):
        for number, server in bench.alternate():
            result = bench.generator("commits", server, topic="committed", partitions=16, connections=32, groups=8,
                                     seconds=bench.seconds, warm_up=bench.warm_up(number), **options)
            yield server.name, {"commits/s": result["commit"]["requests_per_second"],
                                "broker CPU us/commit": result["server"]["cpu_us_per_request"],
                                "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}
    return rounds


def _join(protocol):
    """One group after the other, each of new members; means of a round."""
    def rounds(bench):
        for number, server in bench.alternate():
            result = bench.generator("join", server, topic="joined", partitions=500, connections=500, group_protocol=protocol,
                                     seconds=bench.seconds, warm_up=bench.warm_up(number))
            yield server.name, {"join, s": result["join_seconds"], "join broker CPU s": result["join_cpu_seconds"],
                                "rejoin, s": result["rejoin_seconds"], "rejoin broker CPU s": result["rejoin_cpu_seconds"],
                                "memory, MiB (PSS)": result["pss_joined_kib"] / 1024,
                                "growth, MiB": (result["pss_joined_kib"] - result["pss_before_kib"]) / 1024}
    return rounds


def _transactions(bench):
    for number, server in bench.alternate():
        result = bench.generator("transactions", server, topic="transactions", partitions=16, connections=16, batch_bytes=1,
                                 record_bytes=1000, seconds=bench.seconds, warm_up=bench.warm_up(number))
        yield server.name, {"transactions/s": result["transaction"]["requests_per_second"],
                            "broker CPU us/transaction": result["server"]["cpu_us_per_request"],
                            "p50, ms": result["transaction"]["latency_us"]["p50"] / 1000,
                            "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}


def _share_fetch(partitions):
    """Each run is a new group that reads what is stored from the beginning, so the warm-up is as many as there is time for."""
    def rounds(bench):
        def run(server):
            return bench.generator("share-fetch", server, topic="shared", partitions=partitions, connections=4,
                                   seconds=bench.seconds, warm_up=0.1, bytes_max=bench.round_bytes * 7 // 10)
        for server in bench.servers:
            _fill(bench, server, "shared", bench.round_bytes, partitions=partitions)
        for number, server in bench.alternate():
            begun = time.monotonic()
            while number == 0 and time.monotonic() - begun < bench.warm_up(number):
                run(server)
            result = run(server)
            yield server.name, {"records/s": result["share_fetch"]["records_per_second"],
                                "MB/s": result["share_fetch"]["mb_per_second"],
                                "broker CPU s/GB": result["server"]["cpu_seconds_per_gb"],
                                "memory, MiB (PSS)": result["server"]["pss_kib"] / 1024}
    return rounds


def _stored(bench):
    """Sluice alone: what it does with little stored, and with much. The first counts as Kafka's place in the ratio."""
    server = bench.server("sluice")
    for size, stored in ((1, "little"), (bench.stored_gigabytes, "much")):
        _fill(bench, server, "filled", size * GIGABYTE, partitions=100)
        for number in range(bench.rounds):
            topic = f"rate-{stored}-{number}"
            result = bench.generator("end-to-end", server, topic=topic, seconds=bench.seconds, warm_up=1, bytes_max=bench.round_bytes)
            yield stored, {"produce, MB/s": result["produce"]["mb_per_second"], "tail, MB/s": result["fetch"]["mb_per_second"],
                           "broker CPU s": result["server"]["cpu_seconds_per_gb"]}
            bench.generator.delete(server, topic)


def _foreign(generator, record_bytes=1024):
    def rounds(bench):
        tool = generator(bench)
        try:
            records = bench.round_bytes // record_bytes
            for number, server in bench.alternate():
                topic = f"foreign-{number}"
                bench.generator.create(server, topic, 1)
                produced = tool.produce(server, topic, records, record_bytes)
                if bench.generator.end_of(server, topic) != records:
                    raise RuntimeError(f"{server.name} does not have what was sent")
                consumed = tool.consume(server, topic, records, record_bytes)
                yield server.name, ({"produce " + name: value for name, value in produced.items()} |
                                    {"consume " + name: value for name, value in consumed.items()})
                bench.generator.delete(server, topic)
        finally:
            if hasattr(tool, "remove"):
                tool.remove()
    return rounds


_PRODUCE = (THROUGHPUT, CPU_PER_GB, MEMORY)
_FETCH = (Metric("MB/s", 1.5, True), Metric("broker CPU s/GB", 1 / 4), MEMORY)
_FOREIGN = (Metric("produce MB/s", 2, True), Metric("produce broker CPU s/GB", 1 / 6), Metric("consume MB/s", 1.5, True),
            Metric("consume broker CPU s/GB", 1 / 4))
_SECONDS = (Metric("seconds", 1 / 10),)
_COMMITS = (Metric("commits/s", 1, True), Metric("broker CPU us/commit", 1 / 3), MEMORY)
_JOIN = (Metric("join, s", 1), Metric("join broker CPU s", 1 / 3), Metric("rejoin, s", 1), Metric("rejoin broker CPU s", 1 / 3), MEMORY,
         Metric("growth, MiB"))
_SHARE = (Metric("records/s", 1, True), Metric("MB/s"), Metric("broker CPU s/GB", 1 / 3), MEMORY)
# Both wait for nobody but the members: what remains is work.
NO_DELAY = {"group.initial.rebalance.delay.ms": 0, "group.consumer.assignment.interval.ms": 0}

LOADS = [
    Load("produce-16k", "16 KB batches of 1 KB records, 1 partition, acks=1", _PRODUCE, _produce(partitions=1)),
    Load("produce-16k-16", "the same, 16 partitions", _PRODUCE, _produce(partitions=16)),
    Load("produce-256k", "256 KB batches of 1 KB records, 1 partition", _PRODUCE, _produce(partitions=1, batch_bytes=256 * 1024)),
    Load("produce-100b", "16 KB batches of 100 B records, 1 partition", (THROUGHPUT, Metric("broker CPU s/GB", 1 / 8), MEMORY),
         _produce(partitions=1, record_bytes=100)),
    Load("fetch-catch-up", "2 consumers read 1 partition from the page cache, over and over", _FETCH, _fetch_catch_up),
    Load("fetch-tail", "16 consumers at the tail of 1 partition that is written at the maximum", _FETCH[:2], _fetch_tail),
    Load("small-requests", "one record of 100 B a request, 64 connections, 16 partitions, acks=1",
         (Metric("requests/s", 3, True), Metric("broker CPU us/request", 1 / 5), MEMORY), _small_requests),
    Load("latency", "open loop at half of Kafka's maximum rate, 16 KB batches, 4 connections and partitions",
         (Metric("p50, ms", 1 / 3), Metric("p99, ms", 1 / 5), Metric("p99.9, ms", 1 / 10), Metric("end to end p99, ms")), _latency),
    Load("memory-idle", "just started, empty", (MEMORY,), _memory_idle),
    Load("memory-partitions", "just started, with many partitions (--partitions)", (MEMORY,), _memory_partitions),
    Load("memory-connections", "with many connections (--connections)", (MEMORY,), _memory_connections),
    Load("start-empty", "start on an empty directory until the broker is named in Metadata", _SECONDS, _start_empty),
    Load("start-clean", "start after a clean stop, 1,000 partitions (--stored-gigabytes)", _SECONDS,
         _start_filled(lambda server: server.stop())),
    Load("start-killed", "the same after kill -9", _SECONDS, _start_filled(lambda server: server.kill())),
    Load("topics", "create topics of 10 partitions, ten at a time, and delete them (--topics)",
         (Metric("create, s", 1 / 5), Metric("delete, s", 1 / 5), Metric("broker CPU s")), _topics),
    Load("commits", "one partition's offset a request, 32 connections, 8 groups, none of them a member", _COMMITS, _commits()),
    Load("commits-members", "the same by members of classic groups", _COMMITS, _commits(members=True)),
    Load("join-500", "classic groups of 500 members, from the first JoinGroup until all have an assignment, and again after one has left; "
         "no initial delay, heartbeats every 100 ms", _JOIN, _join("classic"), NO_DELAY),
    Load("join-500-consumer", "the same by the consumer protocol, without a pause between assignments", _JOIN, _join("consumer"), NO_DELAY),
    Load("transactions", "one record of 1 KB a transaction, 16 producers, 16 partitions",
         (Metric("transactions/s", 1, True), Metric("broker CPU us/transaction", 1 / 3), Metric("p50, ms"), MEMORY), _transactions),
    Load("share-fetch", "4 members of a share group take in and accept 1 KB records, 500 at a time, 1 partition", _SHARE, _share_fetch(1)),
    Load("share-fetch-16", "the same, 16 partitions", _SHARE, _share_fetch(16)),
    Load("stored", "Sluice alone: rates with much stored (--stored-gigabytes) against 1 GB",
         (Metric("produce, MB/s", 0.95, True), Metric("tail, MB/s", 0.95, True), Metric("broker CPU s")), _stored),
    Load("kafka-perf", "kafka-producer-perf-test.sh and kafka-consumer-perf-test.sh of Kafka, 1 KB records", _FOREIGN,
         _foreign(lambda bench: bench.kafka_perf())),
    Load("rdkafka", "rdkafka_performance of librdkafka, 1 KB records", _FOREIGN, _foreign(lambda bench: bench.rdkafka())),
]
