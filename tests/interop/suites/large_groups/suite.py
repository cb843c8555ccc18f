"""Groups of many members, of librdkafka, of Apache Kafka's own consumer and of both: they join, leave, crash, and go
over from one protocol to the other and back, while somebody writes without a pause.

Every record that is written is read by some member; no member has a partition before another has given it up or is
dead; committed offsets never go back."""

import collections
import itertools
import os
import shlex
import subprocess
import sys
import threading
import time

from confluent_kafka import Consumer, ConsumerGroupType, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from background import Background
from check import BOOTSTRAP, WAIT_SECONDS, broker_serves, check_for, equal, main, unique, until

COMMON = {"bootstrap.servers": BOOTSTRAP, "log_level": 3}
ADMIN = AdminClient(COMMON)
PARTITIONS = 24
CONSUMER_GROUP_HEARTBEAT = 68
COMMANDS = {
    "python": [sys.executable, os.path.join(sys.path[0], "worker.py")],
    "java": shlex.split(os.environ["INTEROP_JAVA"]) + ["Worker"],
}


class Worker:
    """A process with some members, and what they have said."""

    def __init__(self, group, client, protocol, strategy, count):
        self.group, self.count, self.protocol = group, count, protocol
        self.name = f"{client}-{protocol}-{next(group.numbers)}"
        words = [*COMMANDS[client], group.name, group.topic, protocol, strategy, self.name, str(count)]
        self.complaints = os.path.join(os.environ["INTEROP_WORK"], f"{group.name}-{self.name}.stderr")
        with open(self.complaints, "w") as stderr:
            self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr, text=True)
        self.listener = threading.Thread(target=self.listen, daemon=True)
        self.listener.start()

    def listen(self):
        for line in self.process.stdout:
            moment, member, word, *what = line.split()
            self.group.heard(int(moment), member, word, what)

    def check_alive(self):
        if self.process.poll() is not None:
            with open(self.complaints) as stderr:
                raise AssertionError(f"{self.name} ended with {self.process.returncode}: {stderr.read()[-2000:]}")

    def leave(self):
        self.process.stdin.close()
        status = self.process.wait(WAIT_SECONDS)
        self.listener.join()
        self.group.gone(self, None)
        equal(status, 0, f"exit status of {self.name}")

    def crash(self):
        self.process.kill()
        moment = time.monotonic_ns()
        self.process.wait()
        self.listener.join()
        self.group.gone(self, moment)


class Group:
    """Everything that is known of a group and its topic, told in the order in which it comes in."""

    def __init__(self):
        self.topic, self.name, self.numbers = unique("large"), unique("group"), itertools.count()
        (future,) = ADMIN.create_topics([NewTopic(self.topic, PARTITIONS, 1)]).values()
        future.result(30)
        self.lock = threading.Lock()
        self.workers = []
        self.spans = collections.defaultdict(list)  # By partition: [member, from, to].
        self.read = collections.defaultdict(set)
        self.ends = [0] * PARTITIONS
        self.committed = [-1] * PARTITIONS
        self.wrong = []
        self.written = 0
        self.writer = Producer({**COMMON, "linger.ms": 5})
        self.watcher = Consumer({**COMMON, "group.id": self.name})

    # What goes on all the time.

    def write(self):
        if self.written > sum(self.ends) + 200:
            self.writer.poll(0.01)
            return
        self.writer.produce(self.topic, b"%d" % self.written, partition=self.written % PARTITIONS, on_delivery=self.delivered)
        self.written += 1
        self.writer.poll(0.005)

    def delivered(self, error, message):
        assert error is None, f"not delivered: {error}"
        self.ends[message.partition()] = message.offset() + 1

    def watch(self):
        try:
            found = self.watcher.committed([TopicPartition(self.topic, p) for p in range(PARTITIONS)], timeout=10)
        except KafkaException:
            return  # It is asked again.
        for partition in found:
            before = self.committed[partition.partition]
            # Nothing is -1001 here.
            if partition.offset < before and before >= 0:
                self.note(f"the commit of {partition.partition} goes back from {before} to {partition.offset}")
            self.committed[partition.partition] = partition.offset
        time.sleep(0.02)  # Between two looks.

    # What members say.

    def note(self, what):
        with self.lock:
            self.wrong.append(what)

    def heard(self, moment, member, word, what):
        with self.lock:
            for item in what:
                if word == "read":
                    partition, offset = map(int, item.split("@"))
                    self.read[partition].add(offset)
                elif word == "assigned":
                    self.spans[int(item)].append([member, moment, None])
                else:
                    # Whoever has lost its place may hear of it when others have the partition.
                    self.close(int(item), member, moment if word == "revoked" else 0)

    def close(self, partition, member, moment):
        for span in self.spans[partition]:
            if span[0] == member and span[2] is None:
                span[2] = moment

    def gone(self, worker, moment):
        with self.lock:
            self.workers.remove(worker)
            for partition, spans in self.spans.items():
                for span in spans:
                    if span[0].rpartition(".")[0] == worker.name and span[2] is None:
                        assert moment is not None, f"{span[0]} left with partition {partition}"
                        span[2] = 0  # A dead member's partitions were free when its session was over.

    # What a check does with them.

    def start(self, client, protocol="classic", strategy="range", count=4):
        worker = Worker(self, client, protocol, strategy, count)
        self.workers.append(worker)
        return worker

    def owners(self):
        """By member: its partitions. None where a partition has no owner or several."""
        owners = collections.Counter()
        with self.lock:
            for partition in range(PARTITIONS):
                open_ones = [span[0] for span in self.spans[partition] if span[2] is None]
                if len(open_ones) != 1:
                    return None
                owners[open_ones[0]] += 1
        return owners

    def is_even(self):
        members = sum(worker.count for worker in self.workers)
        owners = self.owners()
        return owners is not None and len(owners) == members and max(owners.values()) - min(owners.values()) <= 1

    def settle(self):
        """Everybody has a fair share, and then everything that is written by now is read."""
        until(lambda: self.alive() and self.is_even(), f"all {PARTITIONS} partitions are shared evenly", 2 * WAIT_SECONDS)
        ends = list(self.ends)
        until(lambda: self.alive() and self.has_read(ends), "what was written is read", 2 * WAIT_SECONDS)
        self.check()

    def has_read(self, ends):
        with self.lock:
            return all(len(self.read[partition]) >= end for partition, end in enumerate(ends))

    def alive(self):
        for worker in self.workers:
            worker.check_alive()
        return True

    def check(self):
        with self.lock:
            wrong = list(self.wrong)
            for partition, spans in self.spans.items():
                for (one, _, end), (other, begin, _) in zip(spans_in_order(spans), spans_in_order(spans)[1:]):
                    if one != other and (end is None or end > begin):
                        wrong.append(f"partition {partition}: {other} had it before {one} gave it up")
        equal(wrong, [], "what is wrong")

    def type(self):
        (listing,) = [g for g in ADMIN.list_consumer_groups().result(30).valid if g.group_id == self.name]
        return listing.type

    def __enter__(self):
        self.tasks = [Background(self.write), Background(self.watch)]
        for task in self.tasks:
            task.__enter__()
        return self

    def __exit__(self, kind, value, trace):
        try:
            for task in self.tasks:
                task.__exit__(kind, value, trace)
            if kind is None:
                self.finish()
        finally:
            for worker in list(self.workers):
                worker.process.kill()
            self.watcher.close()

    def finish(self):
        equal(self.writer.flush(60), 0, "records that were not delivered")
        until(lambda: self.alive() and self.has_read(self.ends), "everything is read", 2 * WAIT_SECONDS)
        for partition, end in enumerate(self.ends):
            equal(self.read[partition], set(range(end)), f"offsets of partition {partition}")
        for worker in list(self.workers):
            worker.leave()
        self.check()


def spans_in_order(spans):
    return sorted(spans, key=lambda span: span[1])


def clients(kind):
    """Who the members are, one after the other."""
    return itertools.cycle({"python": ["python"], "java": ["java"], "mixed": ["python", "java"]}[kind])


def modes():
    """By name: the members' clients, protocol and strategy."""
    found = {
        "librdkafka_classic": ("python", "classic", "cooperative-sticky"),
        "java_classic": ("java", "classic", "cooperative-sticky"),
        "mixed_classic": ("mixed", "classic", "range"),
    }
    if broker_serves(CONSUMER_GROUP_HEARTBEAT):
        for kind, client in {"librdkafka": "python", "java": "java", "mixed": "mixed"}.items():
            found[f"{kind}_consumer"] = (client, "consumer", "range")
    return found


@check_for(**modes())
def members_join_leave_and_crash(mode):
    kind, protocol, strategy = mode
    who = clients(kind)
    with Group() as group:
        def start():
            return group.start(next(who), protocol, strategy)

        first = start()
        group.settle()
        others = [start() for _ in range(4)]
        group.settle()
        first.leave()
        group.settle()
        others[0].crash()
        others[1].crash()
        group.settle()
        start()
        others[2].leave()
        group.settle()


if broker_serves(CONSUMER_GROUP_HEARTBEAT):
    @check_for(librdkafka="python", java="java", mixed="mixed")
    def members_go_over_to_the_other_protocol_and_back(kind):
        who = clients(kind)
        with Group() as group:
            for _ in range(3):
                group.start(next(who), count=2)
            group.settle()
            equal(group.type(), ConsumerGroupType.CLASSIC, "type of the group at first")
            for protocol in ("consumer", "classic"):
                for old in list(group.workers):
                    group.start(next(who), protocol, count=2)
                    old.leave()
                    group.settle()
                until(lambda: group.type() == ConsumerGroupType[protocol.upper()], f"the group is of type {protocol}")


if __name__ == "__main__":
    main()
