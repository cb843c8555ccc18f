"""kill -9 at random points of a write load: nothing that was acknowledged is lost, nothing is served that was not
written. SLUICE_KILLS says how often, SLUICE_KILL_SEED with which random numbers."""
import os
import random
import threading
import time
import unittest

from node import Node, tool
from raw_client import Connection

PARTITIONS = 3
KILLS = int(os.environ.get("SLUICE_KILLS", "200"))
BOUND_SECONDS = 120
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
                error, offset = connection.produce("loaded", self.partition, values)
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


class KillTest(unittest.TestCase):
    def setUp(self):
        self.node = Node("log.segment.bytes=1048576", "log.roll.ms=300")
        self.addCleanup(self.node.close)
        self.node.start()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "loaded", "--partitions",
             str(PARTITIONS))
        self.acknowledged = [{} for _ in range(PARTITIONS)]
        self.numbers = [0] * PARTITIONS

    def check(self, since):
        """All that was acknowledged is there as it was sent, with nothing missing before it."""
        connection = Connection(self.node.port)
        deadline = time.monotonic() + 60
        for partition in range(PARTITIONS):
            expected = self.acknowledged[partition]
            offset = since[partition]
            while True:
                error, end, records = connection.fetch("loaded", partition, offset)
                if error == NOT_LEADER and time.monotonic() < deadline:
                    time.sleep(0.01)  # It is being recovered, and has just been asked for.
                    continue
                self.assertEqual(error, NONE)
                for at, value in records:
                    if at < offset:
                        continue
                    self.assertEqual(at, offset, f"partition {partition} misses offsets")
                    self.assertEqual(expected.get(at, value), value, f"offset {at} of partition {partition}")
                    offset += 1
                if offset >= end:
                    break
            self.assertGreaterEqual(offset, max(expected, default=-1) + 1, f"partition {partition} has lost its end")
            since[partition] = offset
        connection.close()

    def test_what_was_acknowledged_survives_any_kill(self):
        seed = int(os.environ.get("SLUICE_KILL_SEED", "1"))
        chance = random.Random(seed)
        checked, kills, begun = [0] * PARTITIONS, 0, time.monotonic()
        while kills < KILLS and time.monotonic() - begun < BOUND_SECONDS:
            writers = [Writer(self.node.port, partition, self.numbers[partition]) for partition in range(PARTITIONS)]
            for writer in writers:
                writer.start()
            time.sleep(chance.uniform(0, 0.15))  # The point of the kill.
            self.node.kill()
            kills += 1
            for writer in writers:
                writer.join()
                self.assertIsNone(writer.wrong, f"seed {seed}, kill {kills}")
                self.acknowledged[writer.partition].update(writer.acknowledged)
                self.numbers[writer.partition] = writer.number
            self.node.start()
            with self.subTest(seed=seed, kill=kills):
                self.check(checked)
        self.check([0] * PARTITIONS)
        self.assertGreater(sum(map(len, self.acknowledged)), 10 * kills, "hardly anything was written")
        self.assertGreaterEqual(kills, min(KILLS, 20), "the node takes long to start")
        print(f"{kills} kills, {sum(map(len, self.acknowledged))} records acknowledged")


if __name__ == "__main__":
    unittest.main()
