"""The command-line tools against a node, as people type them."""
import unittest

from node import NodeTest, tool


class ToolsTest(NodeTest):
    def topics(self, *arguments, **options):
        return tool("kafka-topics.sh", "--bootstrap-server", self.node.address, *arguments, **options)

    def test_creates_lists_describes_and_deletes_topics(self):
        created = self.topics("--create", "--topic", "made", "--partitions", "3", "--replication-factor", "1", "--config",
                              "retention.ms=86400000")
        self.assertEqual(created.stdout, "Created topic made.\n")
        self.assertEqual(self.topics("--list").stdout, "made\n")
        described = self.topics("--describe", "--topic", "made").stdout
        self.assertRegex(described, r"Topic: made\tTopicId: \S{22}\tPartitionCount: 3\tReplicationFactor: 1\tConfigs: ")
        self.assertIn("retention.ms=86400000", described)
        self.assertIn("\tTopic: made\tPartition: 2\tLeader: 1\tReplicas: 1\tIsr: 1\tElr: \tLastKnownElr: \n", described)
        self.topics("--delete", "--topic", "made")
        self.assertEqual(self.topics("--list").stdout, "")

    def test_says_what_is_wrong_and_fails(self):
        self.topics("--create", "--topic", "made")
        again = self.topics("--create", "--topic", "made", check=False)
        self.assertEqual(again.returncode, 1)
        self.assertIn("already exists", again.stdout)
        self.topics("--create", "--topic", "made", "--if-not-exists")
        missing = self.topics("--describe", "--topic", "nope", check=False)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("Topic 'nope' does not exist as expected", missing.stdout)

    def test_the_console_tools_pass_messages_on(self):
        tool("kafka-console-producer.sh", "--broker-list", self.node.address, "--topic", "chat", "--property",
             "parse.key=true", "--property", "key.separator=:", text="a:one\nb:two\n")
        read = tool("kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "chat",
                    "--from-beginning", "--max-messages", "2", "--property", "print.key=true")
        self.assertEqual(read.stdout, "a\tone\nb\ttwo\n")
        self.assertIn("Processed a total of 2 messages", read.stderr)

    def test_a_group_of_the_console_consumer_resumes(self):
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "queue", text="1\n2\n3\n")
        arguments = ["--bootstrap-server", self.node.address, "--topic", "queue", "--group", "g", "--from-beginning"]
        first = tool("kafka-console-consumer.sh", *arguments, "--max-messages", "2")
        second = tool("kafka-console-consumer.sh", *arguments, "--max-messages", "1")
        self.assertEqual(first.stdout + second.stdout, "1\n2\n3\n")

    def test_get_offsets(self):
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "counted", text="1\n2\n3\n")
        offsets = tool("kafka-get-offsets.sh", "--bootstrap-server", self.node.address, "--topic", "counted")
        self.assertEqual(offsets.stdout, "counted:0:3\n")

    def test_broker_api_versions(self):
        said = tool("kafka-broker-api-versions.sh", "--bootstrap-server", self.node.address).stdout
        self.assertRegex(said, r"127\.0\.0\.1:\d+ \(id: 1 rack: null isFenced: false\) -> \(\n\tProduce\(0\): 0 to 13 ")

    def test_a_broker_that_is_down_is_one_clear_line(self):
        self.node.stop()
        said = self.topics("--list", check=False)
        self.assertNotEqual(said.returncode, 0)
        self.assertLessEqual(len((said.stdout + said.stderr).splitlines()), 2)


if __name__ == "__main__":
    unittest.main()
