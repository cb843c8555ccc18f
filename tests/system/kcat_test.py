"""What kcat, and so librdkafka, does with a node: produces with every compression, consumes, commits, resumes."""
import unittest

from node import NodeTest


class KcatTest(NodeTest):
    def test_consumes_what_was_produced_with_every_compression(self):
        expected = []
        for codec in ("none", "gzip", "snappy", "lz4", "zstd"):
            lines = [f"{codec}-{number}" for number in range(100)]
            self.produce("compressed", lines, "-z", codec, "-p", "0")
            expected += lines
        self.assertEqual(self.consume("compressed"), expected)

    def test_keeps_keys_and_headers(self):
        self.produce("keyed", ["k1:v1", "k2:v2"], "-K:", "-H", "color=blue")
        self.assertEqual(self.consume("keyed", "-f", "%k=%s %h\\n"), ["k1=v1 color=blue", "k2=v2 color=blue"])

    def test_a_group_goes_on_behind_what_it_committed(self):
        self.produce("resumed", [str(number) for number in range(10)])
        group = ["-G", "readers", "-X", "auto.offset.reset=earliest", "-c", "5", "-q", "resumed"]
        first = self.kcat(*group).stdout.split()
        second = self.kcat(*group).stdout.split()
        self.assertEqual(first + second, [str(number) for number in range(10)])

    def test_finds_offsets_by_time(self):
        self.produce("timed", ["a", "b", "c"])
        end = self.kcat("-Q", "-t", "timed:0:-1").stdout
        self.assertIn("offset 3", end)

    def test_an_idempotent_producer_is_served(self):
        self.produce("idempotent", ["x", "y"], "-X", "enable.idempotence=true")
        self.assertEqual(self.consume("idempotent"), ["x", "y"])

    def test_a_read_committed_consumer_sees_what_has_no_transaction(self):
        self.produce("plain", ["x"])
        self.assertEqual(self.consume("plain", "-X", "isolation.level=read_committed"), ["x"])


if __name__ == "__main__":
    unittest.main()
