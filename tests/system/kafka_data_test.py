"""A node on a data directory that Apache Kafka 4.4.0 wrote and stopped cleanly."""
import tarfile
import unittest

from node import ROOT, Node, run, tool

# What Apache Kafka 4.4.0 says of that directory.
ENDS = {"orders": [7115, 6788, 7127], "small": [33], "tx": [8], "compacted": [40]}
COMMITTED_TX = 3
GROUP, GROUP_TOPIC, GROUP_LAG = "test-group-1795343872566", "small", 3


class KafkaDataTest(unittest.TestCase):
    def setUp(self):
        self.node = Node("node.id=1")
        self.addCleanup(self.node.close)
        with tarfile.open(ROOT / "tests/fixtures/kafka-4.4.0-data.tar.gz") as archive:
            archive.extractall(self.node.directory)
        self.node.start()

    def kcat(self, *arguments):
        return run(["kcat", "-b", self.node.address, *arguments]).stdout.splitlines()

    def consume(self, topic, *arguments):
        return self.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", *arguments)

    def test_its_topics_are_served(self):
        topics = tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--list").stdout.splitlines()
        self.assertEqual(set(topics), {"__consumer_offsets", "__share_group_state", "__transaction_state", "compacted", "nope",
                                       "orders", "small", "tx", "with.dot"})
        for topic, ends in ENDS.items():
            offsets = tool("kafka-get-offsets.sh", "--bootstrap-server", self.node.address, "--topic", topic).stdout
            self.assertEqual(offsets, "".join(f"{topic}:{partition}:{end}\n" for partition, end in enumerate(ends)))
        self.assertEqual(len(self.consume("orders")), sum(ENDS["orders"]))
        self.assertEqual(len(self.consume("tx", "-X", "isolation.level=read_committed")), COMMITTED_TX)

    def test_its_groups_go_on_where_they_were(self):
        messages = self.consume(GROUP_TOPIC)
        rest = self.kcat("-G", GROUP, "-c", str(GROUP_LAG), "-q", GROUP_TOPIC)
        self.assertEqual(rest, messages[-GROUP_LAG:])

    def test_what_is_added_outlives_a_kill(self):
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "small", text="added\n")
        self.node.kill()
        self.node.start()
        self.assertEqual(self.consume("small")[-1], "added")
        self.assertEqual(self.node.stop(), 0)


if __name__ == "__main__":
    unittest.main()
