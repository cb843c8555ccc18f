"""`sluice bench`: what it says that it did is what the node has."""
import json
import tempfile
import unittest

from node import NodeTest, tool


class BenchTool(NodeTest):
    def bench(self, load, *arguments, check=True):
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            said = tool("sluice", "bench", load, "--bootstrap-server", self.node.address, "--warm-up", "0", "--seconds", "20",
                        "--json", file.name, *arguments, check=check)
            text = file.read()
        return said, json.loads(text) if text else None

    def end(self, topic):
        lines = tool("kafka-get-offsets.sh", "--bootstrap-server", self.node.address, "--topic", topic).stdout.splitlines()
        return sum(int(line.rsplit(":", 1)[1]) for line in lines)

    def test_produces_what_it_says(self):
        for codec in ("none", "zstd"):
            with self.subTest(codec):
                _, result = self.bench("produce", "--topic", codec, "--partitions", "3", "--connections", "2", "--record-bytes",
                                       "100", "--compression", codec, "--requests-max", "50", "--acks", "all")
                work = result["produce"]
                self.assertGreaterEqual(work["requests"], 50)
                self.assertGreaterEqual(work["latency_us"]["count"], work["requests"])
                # What was on its way when the window ended is there too.
                self.assertGreaterEqual(self.end(codec), work["records"])
                self.assertLessEqual(self.end(codec), work["records"] + 10 * work["records"] / work["requests"])

    def test_fetches_all_and_again(self):
        self.bench("produce", "--topic", "t", "--partitions", "2", "--requests-max", "30", "--batches-per-request", "2")
        stored = self.end("t")
        _, result = self.bench("fetch", "--topic", "t", "--partitions", "2", "--check-crcs", "--rewind", "--requests-max", "20")
        self.assertEqual(result["fetch"]["records"] % stored, 0)
        self.assertGreater(result["fetch"]["records"], stored)

    def test_brings_every_batch_from_producer_to_consumer(self):
        said, result = self.bench("end-to-end", "--topic", "t", "--partitions", "4", "--connections", "4", "--consumers", "2",
                                  "--rate", "500", "--seconds", "1")
        self.assertGreaterEqual(result["produce"]["latency_us"]["count"], 499)
        self.assertGreater(result["end_to_end"]["latency_us"]["count"], 0)
        self.assertLessEqual(result["end_to_end"]["latency_us"]["count"], result["produce"]["latency_us"]["count"])
        self.assertIn("end_to_end", said.stdout)

    def test_brings_every_record_through_the_client_library(self):
        _, result = self.bench("client-end-to-end", "--topic", "t", "--partitions", "3", "--rate", "300", "--seconds", "1",
                               "--record-bytes", "50", "--client-property", "linger.ms=0")
        self.assertGreaterEqual(result["produce"]["latency_us"]["count"], 299)
        self.assertEqual(result["end_to_end"]["latency_us"]["count"], result["produce"]["latency_us"]["count"])
        self.assertGreaterEqual(self.end("t"), result["produce"]["records"])

    def test_commits_what_it_says(self):
        for members in ([], ["--members"]):
            with self.subTest(members):
                _, result = self.bench("commits", "--partitions", "2", "--connections", "4", "--groups", "2", "--requests-max", "50", *members)
                self.assertGreaterEqual(result["commit"]["requests"], 50)
        groups = tool("kafka-consumer-groups.sh", "--bootstrap-server", self.node.address, "--list").stdout.split()
        self.assertEqual(len(groups), 4)

    def test_brings_groups_together_and_again(self):
        for protocol in ("classic", "consumer"):
            with self.subTest(protocol):
                _, result = self.bench("join", "--partitions", "7", "--connections", "5", "--group-protocol", protocol, "--seconds", "0",
                                       "--heartbeat-ms", "10")
                self.assertEqual(result["join"]["requests"], 1)
                self.assertEqual(result["rejoin"]["requests"], 1)

    def test_commits_transactions(self):
        _, result = self.bench("transactions", "--topic", "t", "--partitions", "2", "--connections", "3", "--batch-bytes", "1",
                               "--requests-max", "30")
        self.assertGreaterEqual(result["transaction"]["requests"], 30)
        # Each is a record and a marker; what was on its way when the window ended may be there too.
        self.assertGreaterEqual(self.end("t"), 2 * result["transaction"]["requests"])
        self.assertGreaterEqual(result["transaction"]["latency_us"]["count"], result["transaction"]["requests"])

    def test_takes_in_all_that_a_share_group_may(self):
        self.bench("produce", "--topic", "t", "--partitions", "2", "--requests-max", "30")
        stored = self.end("t")
        _, result = self.bench("share-fetch", "--topic", "t", "--partitions", "2", "--connections", "2", "--seconds", "2")
        self.assertEqual(result["share_fetch"]["records"], stored)

    def test_tells_what_the_server_used(self):
        said, result = self.bench("produce", "--requests-max", "20", "--server-pid", str(self.node.process.pid))
        self.assertGreater(result["server"]["rss_kib"], 0)
        self.assertIn("CPU s/GB", said.stdout)

    def test_says_what_is_wrong(self):
        for arguments, words in ((["--acks", "2"], "--acks is 2; it may be 0, 1, all, -1"),
                                 (["--seconds", "x"], "--seconds is x"),
                                 (["--connections", "0"], "--connections is 0; it may be 1 to 100000")):
            with self.subTest(words):
                said, _ = self.bench("produce", *arguments, check=False)
                self.assertEqual(said.returncode, 1)
                self.assertIn(words, said.stderr)
        said = tool("sluice", "bench", "nothing", "--bootstrap-server", self.node.address, check=False)
        self.assertIn("There is no load nothing", said.stderr)


if __name__ == "__main__":
    unittest.main()
