"""kafka-delete-records.sh against a node, with the output of Apache Kafka's command."""
import json
import unittest

from node import NodeTest, tool


class DeleteRecordsTool(NodeTest):
    def delete(self, content, check=True):
        file = self.node.directory / "offsets.json"
        file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
        return tool("kafka-delete-records.sh", "--bootstrap-server", self.node.address, "--offset-json-file", file,
                    check=check)

    def entry(self, partition, offset):
        return {"topic": "t", "partition": partition, "offset": offset}

    def test_deletes_what_comes_before(self):
        servers = ["--bootstrap-server", self.node.address]
        tool("kafka-topics.sh", *servers, "--create", "--topic", "t", "--partitions", "3")
        tool("kafka-console-producer.sh", *servers, "--topic", "t", "--property", "parse.key=true", "--property",
             "key.separator=:", text="".join(f"k{i}:v{i}\n" for i in range(1, 31)))
        done = self.delete({"partitions": [self.entry(0, 2), self.entry(1, 99999), self.entry(2, -1)], "version": 1})
        self.assertRegex(done.stdout,
                         r"^Executing records delete operation\nRecords delete operation completed:\n"
                         r"partition: t-0\tlow_watermark: 2\n"
                         r"partition: t-1\terror: org\.apache\.kafka\.common\.errors\.OffsetOutOfRangeException: .+\n"
                         r"partition: t-2\tlow_watermark: 9\n$")
        earliest = tool("kafka-get-offsets.sh", *servers, "--topic", "t", "--time", "earliest").stdout
        self.assertEqual(earliest, "t:0:2\nt:1:0\nt:2:9\n")

    def test_wrong_files(self):
        cases = [("nonsense", "The input string is not a valid JSON\n"),
                 ({"version": 1}, "Missing partitions field\n"),
                 ({"partitions": [], "version": 2}, "Not supported version field value 2\n"),
                 ({"partitions": [{"topic": "t", "partition": 0}]}, "No such field exists: `offset`\n"),
                 ({"partitions": [self.entry(0, 2), self.entry(0, 3)]},
                  "Offset json file contains duplicate topic partitions: t-0\n")]
        for content, sentence in cases:
            with self.subTest(content=content):
                done = self.delete(content, check=False)
                self.assertEqual((done.returncode, done.stdout, done.stderr), (1, "", sentence))

    def test_wrong_arguments(self):
        done = tool("kafka-delete-records.sh", "--bootstrap-server", self.node.address, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.splitlines()[0], 'Missing required argument "[offset-json-file]"')
        done = tool("kafka-delete-records.sh", "--offset-json-file", "f", check=False)
        self.assertEqual(done.stderr.splitlines()[0], 'Missing required argument "[bootstrap-server]"')

    def test_a_broker_that_is_down_is_one_line_on_standard_error(self):
        self.node.stop()
        done = self.delete({"partitions": [self.entry(0, 1)]}, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(len(done.stderr.splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
