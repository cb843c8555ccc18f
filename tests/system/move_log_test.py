"""A partition goes to another log directory while the node serves (AlterReplicaLogDirs, KIP-113)."""
import struct
import time
import unittest

from node import Node, tool

ALTER_REPLICA_LOG_DIRS = 34
NONE, LOG_DIR_NOT_FOUND, UNKNOWN_TOPIC_OR_PARTITION, INVALID_REPLICA_ASSIGNMENT = 0, 57, 3, 39


def string(text):
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


def receive(connection, count):
    data = b""
    while len(data) < count:
        part = connection.recv(count - len(data))
        if not part:
            raise AssertionError("the node closed the connection")
        data += part
    return data


def move(node, directory, topic, partition):
    """The error code that the node gives for the move."""
    body = struct.pack(">i", 1) + string(str(directory)) + struct.pack(">i", 1) + string(topic) + struct.pack(">ii", 1, partition)
    request = struct.pack(">hhi", ALTER_REPLICA_LOG_DIRS, 1, 7) + string("test") + body
    with node.connect() as connection:
        connection.sendall(struct.pack(">i", len(request)) + request)
        answer = receive(connection, struct.unpack(">i", receive(connection, 4))[0])
    return struct.unpack(">h", answer[-2:])[0]


class MoveLogTest(unittest.TestCase):
    def setUp(self):
        self.node = Node("log.segment.bytes=1048576")
        self.addCleanup(self.node.close)
        self.first, self.second = self.node.directory / "one", self.node.directory / "two"
        self.node.overrides += (f"log.dirs={self.first},{self.second}",)
        self.node.start()
        self.lines = [f"{number:08}" + "x" * 500 for number in range(6000)]
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "moved",
             text="\n".join(self.lines) + "\n")

    def read(self):
        return tool("kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "moved",
                    "--from-beginning", "--max-messages", str(len(self.lines))).stdout.splitlines()

    def place(self):
        return [directory for directory in (self.first, self.second) if (directory / "moved-0").exists()]

    def wait_until_moved(self, to):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.place() == [to] and not list(self.node.directory.glob("*/*-future")):
                return
            time.sleep(0.02)  # Between two looks; the bound is the deadline.
        self.fail(f"the log is in {self.place()}")

    def test_the_log_goes_and_comes_back(self):
        here, = self.place()
        there = self.second if here == self.first else self.first
        self.assertEqual(move(self.node, there, "moved", 0), NONE)
        self.wait_until_moved(there)
        self.assertEqual(self.read(), self.lines)
        self.node.kill()
        self.node.start()
        self.assertEqual(self.read(), self.lines)
        self.assertEqual(move(self.node, here, "moved", 0), NONE)
        self.wait_until_moved(here)
        self.assertEqual(self.read(), self.lines)

    def test_says_what_cannot_be(self):
        self.assertEqual(move(self.node, self.node.directory / "three", "moved", 0), LOG_DIR_NOT_FOUND)
        self.assertEqual(move(self.node, self.second, "moved", 1), UNKNOWN_TOPIC_OR_PARTITION)

    def test_new_partitions_go_where_there_are_fewest(self):
        def counts():
            return sorted(sum(1 for log in directory.iterdir() if log.name.startswith(("moved-", "spread-", "more-"))
                              and not log.name.endswith("-delete")) for directory in (self.first, self.second))
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "spread", "--partitions", "6")
        self.assertEqual(counts(), [3, 4])
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--delete", "--topic", "spread")
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "more", "--partitions", "5")
        self.assertEqual(counts(), [3, 3])
        self.node.stop()
        self.node.start()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--alter", "--topic", "more", "--partitions", "7")
        self.assertEqual(counts(), [4, 4])

    def test_a_cordoned_directory_gets_nothing_new(self):
        here, = self.place()
        there = self.second if here == self.first else self.first
        tool("kafka-configs.sh", "--bootstrap-server", self.node.address, "--alter", "--entity-type", "brokers",
             "--entity-name", "1", "--add-config", f"cordoned.log.dirs=[{there}]")
        for number in range(4):
            tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", f"new-{number}")
        self.assertEqual(len(list(here.glob("new-*"))), 4)
        self.assertEqual(move(self.node, there, "moved", 0), INVALID_REPLICA_ASSIGNMENT)
        tool("kafka-configs.sh", "--bootstrap-server", self.node.address, "--alter", "--entity-type", "brokers",
             "--entity-name", "1", "--delete-config", "cordoned.log.dirs")
        self.assertEqual(move(self.node, there, "moved", 0), NONE)
        self.wait_until_moved(there)

    def test_a_move_that_a_crash_ended_is_taken_up(self):
        here, = self.place()
        there = self.second if here == self.first else self.first
        self.node.kill()
        half = there / "moved-0.0123456789abcdef0123456789abcdef-future"
        half.mkdir()
        (half / "00000000000000000000.log").write_bytes(b"torn")
        self.node.start()
        self.wait_until_moved(there)
        self.assertEqual(self.read(), self.lines)


if __name__ == "__main__":
    unittest.main()
