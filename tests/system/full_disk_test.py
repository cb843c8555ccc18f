"""A disk that is really full: a file system of 24 MiB in a mount namespace of its own. What clients write is refused
with an error that they may retry, everything else goes on, and writes are taken again once there is room. Needs the
privilege to mount."""
import pathlib
import subprocess
import time
import unittest

from node import Node, tool
from raw_client import Connection, batch

SIZE = 24 << 20
NONE, KAFKA_STORAGE_ERROR, NOT_LEADER = 0, 56, 6
VALUES = [b"v" * 8000] * 10
BATCH = batch(VALUES)
BOUND_SECONDS = 60


class SmallDisk:
    """A file system that is mounted for one process, which holds its mount namespace until `close`."""

    def __init__(self, directory):
        mount = f'mount -t tmpfs -o size={SIZE} small "$0" && echo mounted && exec cat'
        self.process = subprocess.Popen(["unshare", "-m", "sh", "-c", mount, directory], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.mounted = self.process.stdout.readline() == b"mounted\n"
        self.prefix = ["nsenter", f"--mount=/proc/{self.process.pid}/ns/mnt"]
        self.root = pathlib.Path(f"/proc/{self.process.pid}/root{directory}")

    def close(self):
        self.process.communicate()


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.node = Node("log.segment.bytes=1048576", "log.segment.delete.delay.ms=0", "log.retention.check.interval.ms=100",
                         "offsets.topic.num.partitions=1")
        self.addCleanup(self.node.close)
        (self.node.directory / "data").mkdir()
        self.disk = SmallDisk(self.node.directory / "data")
        self.addCleanup(self.disk.close)
        if not self.disk.mounted:
            self.skipTest("this process may not mount anything (root may)")
        self.node.prefix = self.disk.prefix
        self.acknowledged = 0

    def start(self, *overrides):
        self.node.overrides += overrides
        self.node.start()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "filled",
             "--config", "retention.ms=-1")

    def fill(self):
        """Writes until nothing more is taken; returns the error."""
        connection = Connection(self.node.port)
        self.addCleanup(connection.close)
        for _ in range(2 * SIZE // 80_000):
            error, offset = connection.produce_batch("filled", 0, BATCH)
            if error != NONE:
                return error
            self.assertEqual(offset, self.acknowledged)
            self.acknowledged += len(VALUES)
        raise AssertionError("the disk took more than it has")

    def check(self, begin=0):
        """Everything that was acknowledged is there."""
        connection = Connection(self.node.port)
        self.addCleanup(connection.close)
        offset, deadline = begin, time.monotonic() + BOUND_SECONDS
        while offset < self.acknowledged:
            error, _, records = connection.fetch("filled", 0, offset)
            if error == NOT_LEADER and time.monotonic() < deadline:
                time.sleep(0.01)  # It is being recovered.
                continue
            self.assertEqual(error, NONE)
            self.assertGreater(len(records), 0, f"nothing at {offset}, {self.acknowledged} were acknowledged")
            for at, value in records:
                if at >= offset:
                    self.assertEqual((at, value), (offset, VALUES[0]))
                    offset += 1

    def make_room(self):
        wanted = self.node.directory / "delete.json"
        wanted.write_text('{"version": 1, "partitions": [{"topic": "filled", "partition": 0, "offset": %d}]}'
                          % (self.acknowledged // 2), encoding="utf-8")
        tool("kafka-delete-records.sh", "--bootstrap-server", self.node.address, "--offset-json-file", wanted)

    def write_again(self):
        """Once the node has seen that there is room."""
        connection = Connection(self.node.port)
        self.addCleanup(connection.close)
        deadline = time.monotonic() + BOUND_SECONDS
        while True:
            error, offset = connection.produce_batch("filled", 0, BATCH)
            if error == NONE:
                break
            self.assertIn(error, (KAFKA_STORAGE_ERROR, NOT_LEADER))
            self.assertLess(time.monotonic(), deadline, "no write was taken again")
            time.sleep(0.05)  # Between two tries; the bound is the deadline.
        self.assertEqual(offset, self.acknowledged)
        self.acknowledged += len(VALUES)

    def test_writes_are_refused_and_taken_again(self):
        self.start()
        self.assertEqual(self.fill(), KAFKA_STORAGE_ERROR)
        self.check()
        self.node.kill()
        self.node.start()
        self.check()
        self.make_room()
        self.write_again()
        self.check(self.acknowledged // 2 + len(VALUES))
        self.assertRegex(self.node.said(), r"the disk of \S+ is full \(\d+ MiB are left")
        self.assertRegex(self.node.said(), r"the disk of \S+ has room again")
        self.assertEqual(self.node.stop(), 0)

    def test_a_reserve_keeps_the_node_itself_going(self):
        """Groups, topics and settings are written although clients' records are not."""
        self.start()
        self.fill()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "other")
        tool("kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "filled", "--from-beginning",
             "--max-messages", "10", "--group", "readers")
        self.assertIn("readers", tool("kafka-consumer-groups.sh", "--bootstrap-server", self.node.address, "--list").stdout)
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--delete", "--topic", "filled")
        self.assertEqual(self.node.stop(), 0)

    def test_without_a_reserve_nothing_is_lost_either(self):
        """The system itself says that there is no room, in the middle of a batch."""
        self.start("sluice.disk.reserve.bytes=0")
        self.assertEqual(self.fill(), KAFKA_STORAGE_ERROR)
        self.check()
        self.make_room()
        self.write_again()
        self.assertNotIn("has failed", self.node.said())
        self.node.kill()
        self.node.start()
        self.check(self.acknowledged // 2 + len(VALUES))


if __name__ == "__main__":
    unittest.main()
