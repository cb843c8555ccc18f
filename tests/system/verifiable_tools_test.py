"""kafka-verifiable-producer.sh, -consumer.sh and -share-consumer.sh against a node: the events of Apache Kafka's."""
import json
import signal
import subprocess
import unittest

from node import NodeTest, ROOT, tool


def events(text):
    return [json.loads(line) for line in text.splitlines()]


class VerifiableToolsTest(NodeTest):
    def setUp(self):
        super().setUp()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "t")

    def verifiable(self, name, *arguments, check=True):
        return tool(f"kafka-verifiable-{name}.sh", "--bootstrap-server", self.node.address, "--topic", "t", *arguments,
                    check=check)

    def produce_numbers(self, count, *arguments):
        return events(self.verifiable("producer", "--max-messages", str(count), *arguments).stdout)

    def test_the_producer_tells_what_became_of_each_number(self):
        said = self.produce_numbers(3, "--repeating-keys", "2", "--value-prefix", "7", "--message-create-time", "5000")
        self.assertEqual([event["name"] for event in said],
                         ["startup_complete"] + 3 * ["producer_send_success"] + ["shutdown_complete", "tool_data"])
        self.assertEqual(list(said[1]), ["timestamp", "name", "key", "value", "offset", "topic", "partition"])
        self.assertEqual([(event["key"], event["value"], event["offset"]) for event in said[1:4]],
                         [("0", "7.0", 0), ("1", "7.1", 1), ("0", "7.2", 2)])
        self.assertEqual([said[-1][key] for key in ("sent", "acked", "target_throughput")], [3, 3, -1])
        self.assertEqual(self.consume("t", "-f", "%T\n"), ["5000", "5001", "5002"])

    def test_the_producer_tells_what_failed(self):
        config = self.node.directory / "producer.properties"
        self.node.stop()
        config.write_text("max.block.ms=500\n", encoding="utf-8")
        said = self.produce_numbers(1, "--command-config", config)
        self.assertEqual((said[1]["name"], said[1]["value"]), ("producer_send_error", "0"))
        self.assertEqual(said[1]["exception"], "class org.apache.kafka.common.errors.TimeoutException")
        self.assertEqual(said[-1]["acked"], 0)

    def test_the_consumer_tells_what_it_goes_through(self):
        self.produce_numbers(3)
        for protocol in ("classic", "consumer"):
            with self.subTest(protocol):
                said = events(self.verifiable("consumer", "--group-id", protocol, "--group-protocol", protocol,
                                              "--max-messages", "3", "--verbose").stdout)
                names = [event["name"] for event in said]
                self.assertEqual(names[:2], ["startup_complete", "partitions_assigned"])
                self.assertEqual(names[-2:], ["partitions_revoked", "shutdown_complete"])
                self.assertEqual(said[1]["partitions"], [{"topic": "t", "partition": 0}])
                records = [event for event in said if event["name"] == "record_data"]
                self.assertEqual([(event["key"], event["value"], event["offset"]) for event in records],
                                 [(None, "0", 0), (None, "1", 1), (None, "2", 2)])
                consumed = [event for event in said if event["name"] == "records_consumed"]
                self.assertEqual(sum(event["count"] for event in consumed), 3)
                self.assertEqual(consumed[-1]["partitions"][0]["maxOffset"], 2)
                committed = [event for event in said if event["name"] == "offsets_committed"]
                self.assertEqual((committed[-1]["offsets"], committed[-1]["success"]),
                                 ([{"topic": "t", "partition": 0, "offset": 3}], True))

    def test_the_consumer_ends_when_it_is_told_to(self):
        words = [str(ROOT / "bin/kafka-verifiable-consumer.sh"), "--bootstrap-server", self.node.address, "--topic", "t",
                 "--group-id", "g"]
        consumer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(consumer.stdout.close)
        self.assertEqual(json.loads(consumer.stdout.readline())["name"], "startup_complete")
        self.assertEqual(json.loads(consumer.stdout.readline())["name"], "partitions_assigned")
        consumer.send_signal(signal.SIGTERM)
        rest = events(consumer.communicate(timeout=60)[0])
        self.assertEqual([event["name"] for event in rest], ["partitions_revoked", "shutdown_complete"])

    def test_the_share_consumer_tells_what_it_acknowledges(self):
        self.produce_numbers(3)
        for mode in ("auto", "sync", "async"):
            with self.subTest(mode):
                said = events(self.verifiable("share-consumer", "--group-id", mode, "--acknowledgement-mode", mode,
                                              "--offset-reset-strategy", "earliest", "--max-messages", "3",
                                              "--verbose").stdout)
                self.assertEqual([event["name"] for event in said[:2]],
                                 ["startup_complete", "offset_reset_strategy_set"])
                self.assertEqual(said[1]["offsetResetStrategy"], "earliest")
                self.assertEqual(said[-1]["name"], "shutdown_complete")
                acknowledged = [event for event in said if event["name"] == "offsets_acknowledged"]
                self.assertTrue(all(event["success"] for event in acknowledged))
                offsets = [offset for event in acknowledged for offset in event["partitions"][0]["offsets"]]
                self.assertEqual(sorted(offsets), [0, 1, 2])
                self.assertEqual(sum(event["name"] == "record_data" for event in said), 3)

    def test_refuses_what_does_not_fit(self):
        for name in ("producer", "consumer", "share-consumer"):
            with self.subTest(name):
                said = tool(f"kafka-verifiable-{name}.sh", "--bootstrap-server", "x:1", check=False)
                self.assertEqual((said.returncode, said.stdout, said.stderr.splitlines()[-1]),
                                 (1, "", f"verifiable-{name}: error: argument --topic is required"))
        said = self.verifiable("share-consumer", "--group-id", "g", "--acknowledgement-mode", "maybe", check=False)
        self.assertEqual((said.returncode, said.stderr),
                         (1, "--acknowledgement-mode must be auto, sync or async, not maybe\n"))


if __name__ == "__main__":
    unittest.main()
