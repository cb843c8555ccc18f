"""Members of a group that live and die with one process: worker.py GROUP TOPIC PROTOCOL STRATEGY NAME COUNT.

Each says what happens to it, in lines of a time of the machine's monotonic clock, the member's name, a word, and
partitions or offsets. They leave when the standard input ends."""

import sys
import threading
import time

from confluent_kafka import Consumer, KafkaException, TopicPartition

from check import BOOTSTRAP

GROUP, TOPIC, PROTOCOL, STRATEGY, NAME, COUNT = sys.argv[1:]
STOPPING = threading.Event()
SAYING = threading.Lock()


class Member(threading.Thread):
    def __init__(self, name):
        super().__init__(daemon=True)
        self.name = name
        self.next = {}
        settings = {"bootstrap.servers": BOOTSTRAP, "group.id": GROUP, "auto.offset.reset": "earliest",
                    "enable.auto.commit": False, "log_level": 3, "client.id": name,
                    "topic.metadata.refresh.interval.ms": 1000}
        if PROTOCOL == "classic":
            settings.update({"partition.assignment.strategy": STRATEGY, "session.timeout.ms": 6000,
                             "heartbeat.interval.ms": 500})
        else:
            settings["group.protocol"] = PROTOCOL
        self.consumer = Consumer(settings)

    def say(self, word, what):
        with SAYING:
            print(time.monotonic_ns(), self.name, word, *what, flush=True)

    def assigned(self, _, partitions):
        self.say("assigned", [p.partition for p in partitions])

    def revoked(self, _, partitions):
        self.commit([p.partition for p in partitions])
        self.forget("revoked", partitions)

    def lost(self, _, partitions):
        self.forget("lost", partitions)

    def forget(self, word, partitions):
        for p in partitions:
            self.next.pop(p.partition, None)
        self.say(word, [p.partition for p in partitions])

    def commit(self, partitions):
        offsets = [TopicPartition(TOPIC, p, self.next[p]) for p in partitions if p in self.next]
        try:
            if offsets:
                self.consumer.commit(offsets=offsets, asynchronous=False)
        except KafkaException:
            pass  # Whoever has lost its place in the group may not, and others read the records again.

    def run(self):
        self.consumer.subscribe([TOPIC], on_assign=self.assigned, on_revoke=self.revoked, on_lost=self.lost)
        while not STOPPING.is_set():
            messages = [m for m in self.consumer.consume(100, 0.2) if m.error() is None]
            for message in messages:
                self.next[message.partition()] = message.offset() + 1
            if messages:
                self.say("read", [f"{m.partition()}@{m.offset()}" for m in messages])
                self.commit(list(self.next))
        self.consumer.close()


MEMBERS = [Member(f"{NAME}.{number}") for number in range(int(COUNT))]
for member in MEMBERS:
    member.start()
sys.stdin.read()
STOPPING.set()
for member in MEMBERS:
    member.join()
