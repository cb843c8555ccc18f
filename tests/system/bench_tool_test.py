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
