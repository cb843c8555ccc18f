"""A node's life: clean stops, kills, and a second node on the same directory."""
import unittest

from node import Node, NodeTest, tool


class LifeTest(NodeTest):
    def test_a_clean_stop_keeps_everything_and_is_quick_to_come_back(self):
        lines = [str(number) for number in range(1000)]
        self.produce("kept", lines)
        self.assertEqual(self.node.stop(), 0)
        self.assertTrue((self.node.directory / "data/.kafka_cleanshutdown").exists())
        self.node.start()
        self.assertEqual(self.consume("kept"), lines)

    def test_a_kill_loses_nothing_that_was_acknowledged(self):
        lines = []
        for turn in range(5):
            more = [f"{turn}-{number}" for number in range(200)]
            self.produce("survivor", more, "-X", "acks=all")
            lines += more
            self.node.kill()
            self.node.start()
            self.assertEqual(self.consume("survivor"), lines)

    def test_clients_that_know_epochs_go_on_after_a_kill(self):
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "known", text="1\n2\n")
        self.node.kill()
        self.node.start()
        read = tool("kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "known",
                    "--from-beginning", "--max-messages", "2")
        self.assertEqual(read.stdout, "1\n2\n")

    def test_committed_offsets_survive_a_kill(self):
        self.produce("resumed", [str(number) for number in range(10)])
        group = ["-G", "readers", "-X", "auto.offset.reset=earliest", "-c", "5", "-q", "resumed"]
        first = self.kcat(*group).stdout.split()
        self.node.kill()
        self.node.start()
        self.assertEqual(first + self.kcat(*group).stdout.split(), [str(number) for number in range(10)])

    def test_a_second_node_on_the_same_directory_is_refused(self):
        second = Node()
        self.addCleanup(second.close)
        second.directory.joinpath("data").symlink_to(self.node.directory / "data")
        with self.assertRaisesRegex(AssertionError, "in use by another process"):
            second.start()

    def test_a_taken_port_is_said(self):
        second = Node()
        self.addCleanup(second.close)
        second.port = self.node.port
        with self.assertRaisesRegex(AssertionError, "in use"):
            second.start()

    def test_a_setting_that_nothing_acts_on_is_said(self):
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "compacted", "--config",
             "max.decompressed.message.bytes=1000000")
        self.assertIn("max.decompressed.message.bytes=1000000 of topic compacted is accepted, but nothing acts on it yet",
                      self.node.said())

    def test_a_wrong_value_stops_the_start_with_its_name(self):
        wrong = Node("num.partitions=many")
        self.addCleanup(wrong.close)
        with self.assertRaisesRegex(AssertionError, "num.partitions"):
            wrong.start()


class RefusedTest(unittest.TestCase):
    """What this version would only seem to do is refused, with what to do instead."""

    def refuse(self, sentence, *overrides):
        node = Node(*overrides)
        self.addCleanup(node.close)
        with self.assertRaisesRegex(AssertionError, sentence):
            node.start()
        self.assertFalse((node.directory / "data/meta.properties").exists())

    def test_half_a_node(self):
        self.refuse("set process.roles=broker,controller", "process.roles=broker", "node.id=2",
                    "controller.quorum.bootstrap.servers=localhost:9093", "controller.listener.names=CONTROLLER")

    def test_a_quorum_of_three(self):
        self.refuse("quorums of one", "process.roles=broker,controller", "node.id=1",
                    "controller.quorum.voters=1@localhost:9093,2@localhost:9094,3@localhost:9095",
                    "controller.listener.names=CONTROLLER",
                    "listeners=PLAINTEXT://127.0.0.1:0,CONTROLLER://127.0.0.1:9093")


class MetadataDirectoryTest(unittest.TestCase):
    def test_the_metadata_log_may_lie_by_itself(self):
        node = Node()
        self.addCleanup(node.close)
        node.overrides += (f"metadata.log.dir={node.directory / 'metadata'}",)
        node.start()
        tool("kafka-topics.sh", "--bootstrap-server", node.address, "--create", "--topic", "kept", "--partitions", "3")
        self.assertTrue((node.directory / "metadata/__cluster_metadata-0").exists())
        self.assertEqual(list((node.directory / "metadata").glob("kept-*")), [])
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertEqual(tool("kafka-topics.sh", "--bootstrap-server", node.address, "--list").stdout, "kept\n")


class ZooKeeperEraTest(NodeTest):
    properties = """broker.id=7
num.network.threads=3
zookeeper.connect=localhost:2181
zookeeper.connection.timeout.ms=18000
inter.broker.protocol.version=2.8
offsets.topic.replication.factor=1
"""

    def test_an_old_configuration_is_taken(self):
        self.assertIn("broker 7", self.kcat("-L").stdout)


if __name__ == "__main__":
    unittest.main()
