"""A power failure that takes the states of a share group, and leaves what its coordinator says of them."""
import os
import unittest

from node import NodeTest, tool


class ShareStatesLostTest(NodeTest):
    def receive(self, count):
        done = tool("kafka-console-share-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "orders",
                    "--group", "workers", "--max-messages", str(count), "--timeout-ms", "40000")
        return done.stdout.split()

    def lose_states(self):
        for directory in (self.node.directory / "data").glob("__share_group_state-*"):
            for log in directory.glob("*.log"):
                os.truncate(log, 0)

    def test_the_group_begins_anew(self):
        tool("kafka-configs.sh", "--bootstrap-server", self.node.address, "--entity-type", "groups", "--entity-name",
             "workers", "--alter", "--add-config", "share.auto.offset.reset=earliest")
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "orders")
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "orders", text="a\nb\n")
        self.assertEqual(self.receive(2), ["a", "b"])
        self.node.kill()
        self.lose_states()
        self.node.start()
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "orders", text="c\n")
        self.assertEqual(self.receive(3), ["a", "b", "c"])
        self.assertIn("the share coordinator has lost workers:", self.node.said())


if __name__ == "__main__":
    unittest.main()
