"""kafka-console-share-consumer.sh against a node."""
import json
import subprocess
import unittest

from node import NodeTest, ROOT, tool


class ConsoleShareConsumerTest(NodeTest):
    def setUp(self):
        super().setUp()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "jobs")
        # A share group begins with what comes after it unless it is told otherwise.
        for group in ("g", "console-share-consumer"):
            tool("kafka-configs.sh", "--bootstrap-server", self.node.address, "--alter", "--entity-type", "groups",
                 "--entity-name", group, "--add-config", "share.auto.offset.reset=earliest")

    def share(self, *arguments, check=True):
        return tool("kafka-console-share-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "jobs",
                    *arguments, check=check)

    def read(self, *arguments):
        said = self.share("--group", "g", "--timeout-ms", "4000", *arguments)
        count = len(said.stdout.splitlines())
        self.assertEqual(said.stderr, f"Processed a total of {count} messages\n")
        return said.stdout.splitlines()

    def test_what_was_printed_is_accepted(self):
        self.produce("jobs", ["a", "b", "c"])
        self.assertEqual(self.read(), ["a", "b", "c"])
        self.assertEqual(self.read(), [])

    def test_what_was_not_printed_goes_back(self):
        self.produce("jobs", ["a", "b", "c"])
        self.assertEqual(self.read("--max-messages", "1"), ["a"])
        self.assertEqual(self.read("--max-messages", "2"), ["b", "c"])

    def test_released_records_come_again_and_rejected_ones_do_not(self):
        self.produce("jobs", ["a", "b"])
        delivery = ["--property", "print.delivery=true"]
        self.assertEqual(self.read("--release", "--max-messages", "2", *delivery), ["Delivery:1\ta", "Delivery:1\tb"])
        again = self.read("--reject", "--max-messages", "2", *delivery)
        self.assertEqual([line.split("\t")[1] for line in again], ["a", "b"])
        self.assertTrue(all(int(line.split("\t")[0].removeprefix("Delivery:")) >= 2 for line in again), again)
        self.assertEqual(self.read(), [])

    def test_prints_what_the_formatter_is_told(self):
        self.produce("jobs", ["key:value"], "-K", ":", "-H", "h=1", "-H", "i=2")
        said = self.read("--max-messages", "1", "--formatter-property", "print.key=true", "--formatter-property",
                         "print.headers=true", "--property", "print.partition=true", "--property", "print.offset=true",
                         "--property", "key.separator=|")
        self.assertEqual(said, ["Partition:0|Offset:0|h:1,i:2|key|value"])

    def test_two_consumers_share_the_records(self):
        lines = [str(number) for number in range(200)]
        words = [str(ROOT / "bin/kafka-console-share-consumer.sh"), "--bootstrap-server", self.node.address, "--topic",
                 "jobs", "--group", "g", "--timeout-ms", "6000", "--command-property", "max.poll.records=10",
                 "--command-property", "share.acquire.mode=record_limit"]
        readers = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
                   for _ in range(2)]
        for reader in readers:
            self.addCleanup(reader.stdout.close)
        self.produce("jobs", lines)
        said = [reader.communicate(timeout=60)[0].splitlines() for reader in readers]
        self.assertEqual(sorted(said[0] + said[1], key=int), lines)

    def test_events_frame_the_output(self):
        self.produce("jobs", ["a"])
        said = self.share("--max-messages", "1", "--timeout-ms", "20000", "--enable-systest-events").stdout.splitlines()
        self.assertEqual([json.loads(said[0])["name"], said[1], json.loads(said[2])["name"]],
                         ["startup_complete", "a", "shutdown_complete"])

    def test_refuses_what_does_not_fit(self):
        cases = {"--topic is a required argument": ["--bootstrap-server", "x:1"],
                 'Missing required argument "[bootstrap-server]"': ["--topic", "jobs"],
                 "auto.offset.reset cannot be set when using a share group.":
                     ["--bootstrap-server", "x:1", "--topic", "t", "--command-property", "auto.offset.reset=earliest"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = tool("kafka-console-share-consumer.sh", *arguments, check=False)
                self.assertEqual((said.returncode, said.stdout, said.stderr.splitlines()[0]), (1, "", message))
        said = self.share("--group", "g", "--command-property", "group.id=h", check=False)
        self.assertIn("do not match. Detected group ids: 'g', 'h'", said.stderr)


if __name__ == "__main__":
    unittest.main()
