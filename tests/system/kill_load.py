"""A write load that is killed again and again, and what is known of it."""
import random
import threading
import time

from node import tool
from raw_client import Connection

PARTITIONS = 3
TOPIC = "loaded"
NONE, NOT_LEADER = 0, 6


class Writer(threading.Thread):
    """Writes to one partition until the node is gone; knows what was acknowledged, and what may be there."""

    def __init__(self, port, partition, number):
        super().__init__()
        self.port, self.partition, self.number = port, partition, number
        self.acknowledged, self.wrong = {}, None

    def run(self):
        try:
            connection = Connection(self.port)
        except OSError:
            return
        try:
            while True:
                values = [f"{self.partition}.{self.number}.{i}".encode() + b"x" * (self.number * 37 % 500)
                          for i in range(1 + self.number % 4)]
                self.number += 1
                error, offset = connection.produce(TOPIC, self.partition, values)
                if error == NOT_LEADER:  # Being recovered.
                    continue
                if error != NONE:
                    self.wrong = f"error {error} for {values[0][:20]}"
                    return
                self.acknowledged.update({offset + i: value for i, value in enumerate(values)})
        except OSError:
            return
        finally:
            connection.close()


class KillLoad:
    """A topic on a node, whose writers know what they wrote."""

    def __init__(self, node):
        self.node = node
        tool("kafka-topics.sh", "--bootstrap-server", node.address, "--create", "--topic", TOPIC, "--partitions",
             str(PARTITIONS), "--config", "internal.segment.bytes=100000", "--config", "retention.ms=-1")
        self.acknowledged = [{} for _ in range(PARTITIONS)]
        self.numbers = [0] * PARTITIONS

    @property
    def count(self):
        return sum(map(len, self.acknowledged))

    def write_and_kill(self, seconds):
        """The node is down afterwards. Returns what a writer complains of."""
        writers = [Writer(self.node.port, partition, self.numbers[partition]) for partition in range(PARTITIONS)]
        for writer in writers:
            writer.start()
        time.sleep(seconds)  # The point of the kill.
        self.node.kill()
        for writer in writers:
            writer.join()
            self.acknowledged[writer.partition].update(writer.acknowledged)
            self.numbers[writer.partition] = writer.number
        return next((writer.wrong for writer in writers if writer.wrong), None)

    def write_and_kill_often(self, kills, seed):
        """That often; it is started after each kill but the last."""
        chance = random.Random(seed)
        for kill in range(kills):
            if kill > 0:
                self.node.start()
            if wrong := self.write_and_kill(chance.uniform(0, 0.15)):
                raise AssertionError(f"seed {seed}, kill {kill + 1}: {wrong}")

    def check(self, test, since, port=None):
        """All that was acknowledged is there as it was sent, with nothing missing before it; looks from `since` on,
        which is moved on."""
        connection = Connection(port or self.node.port)
        deadline = time.monotonic() + 60
        for partition in range(PARTITIONS):
            expected = self.acknowledged[partition]
            offset = since[partition]
            while True:
                error, end, records = connection.fetch(TOPIC, partition, offset)
                if error == NOT_LEADER and time.monotonic() < deadline:
                    time.sleep(0.01)  # It is being recovered, and has just been asked for.
                    continue
                test.assertEqual(error, NONE)
                for at, value in records:
                    if at < offset:
                        continue
                    test.assertEqual(at, offset, f"partition {partition} misses offsets")
                    test.assertEqual(expected.get(at, value), value, f"offset {at} of partition {partition}")
                    offset += 1
                if offset >= end:
                    break
            test.assertGreaterEqual(offset, max(expected, default=-1) + 1, f"partition {partition} has lost its end")
            since[partition] = offset
        connection.close()
