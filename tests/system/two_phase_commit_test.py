"""Transactions that another system ends (KIP-939), as far as Kafka 4.4 has them: no client's API offers it yet, so the
requests are made by hand."""
import struct
import time
import unittest

from node import Node, tool
from raw_client import Connection

FIND_COORDINATOR, API_VERSIONS, INIT_PRODUCER_ID, ADD_PARTITIONS, END_TXN, DESCRIBE_TRANSACTIONS = 10, 18, 22, 24, 26, 65
NONE, UNSUPPORTED_VERSION, INVALID_TIMEOUT, CONCURRENT, NOT_AUTHORIZED = 0, 35, 50, 51, 53
TRY_AGAIN = {14, 15, 16, CONCURRENT}  # Coordinators that load, that there are none of yet, or that are elsewhere.
DAY_MS = 86_400_000
OFFERED = ("unstable.api.versions.enable=true", "transaction.abort.timed.out.transaction.cleanup.interval.ms=200")


def text(value):
    return struct.pack(">h", len(value)) + value.encode()


def compact(value):
    return bytes([len(value) + 1]) + value.encode()


class Client(Connection):
    def ask_flexibly(self, key, version, body):
        """The tagged fields of the header, none, belong before the body; those of the answer's are left out."""
        return self.ask(key, version, b"\0" + body)[1:]

    def init_producer_id_max(self):
        answer = self.ask(API_VERSIONS, 0, b"")
        (count,) = struct.unpack_from(">i", answer, 2)
        apis = [struct.unpack_from(">hhh", answer, 6 + 6 * index) for index in range(count)]
        return next(most for key, _, most in apis if key == INIT_PRODUCER_ID)

    def find_coordinator(self, transactional_id):
        answer = self.ask(FIND_COORDINATOR, 1, text(transactional_id) + b"\1")
        return struct.unpack_from(">h", answer, 4)[0]

    def init(self, transactional_id, two_phase, keep=False, timeout_ms=60_000):
        """Error, producer id, epoch, and the open transaction's, with version 6."""
        body = compact(transactional_id) + struct.pack(">iqhbb", timeout_ms, -1, -1, two_phase, keep) + b"\0"
        answer = self.ask_flexibly(INIT_PRODUCER_ID, 6, body)
        return struct.unpack_from(">hqhqh", answer, 4)

    def add(self, transactional_id, producer, topic):
        body = text(transactional_id) + struct.pack(">qhi", *producer, 1) + text(topic) + struct.pack(">ii", 1, 0)
        return struct.unpack_from(">h", self.ask(ADD_PARTITIONS, 2, body)[-2:])[0]

    def end(self, transactional_id, producer, commit):
        body = text(transactional_id) + struct.pack(">qhb", *producer, commit)
        return struct.unpack_from(">h", self.ask(END_TXN, 2, body), 4)[0]

    def describe(self, transactional_id):
        """State and timeout."""
        answer = self.ask_flexibly(DESCRIBE_TRANSACTIONS, 0, b"\2" + compact(transactional_id) + b"\0")
        at = 4 + 1 + 2 + 1 + len(transactional_id)
        size = answer[at] - 1
        return answer[at + 1:at + 1 + size].decode(), struct.unpack_from(">i", answer, at + 1 + size)[0]


def until(attempt, seconds=60):
    """Asks again and again until there is an answer; the bound is only for what never comes."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if (found := attempt()) is not None:
            return found
        time.sleep(0.05)  # Between two questions.
    raise AssertionError("it did not happen in time")


class TwoPhaseCommitTest(unittest.TestCase):
    def start(self, *overrides):
        node = Node(*overrides)
        self.addCleanup(node.close)
        node.start()
        tool("kafka-topics.sh", "--bootstrap-server", node.address, "--create", "--topic", "orders")
        return node, self.connect(node)

    def connect(self, node):
        client = Client(node.port)
        self.addCleanup(client.close)
        until(lambda: client.find_coordinator("any") == NONE or None)
        return client

    def begin(self, client, transactional_id, **how):
        def attempt():
            answer = client.init(transactional_id, **how)
            return None if answer[0] in TRY_AGAIN else answer
        error, *producer = until(attempt)[:3]
        self.assertEqual(error, NONE)
        self.assertEqual(client.add(transactional_id, producer, "orders"), NONE)
        return producer

    def test_stays_open_until_it_is_ended(self):
        node, client = self.start("transaction.two.phase.commit.enable=true", *OFFERED)
        producer = self.begin(client, "prepared", two_phase=True, timeout_ms=1)
        self.begin(client, "plain", two_phase=False, timeout_ms=100)
        until(lambda: client.describe("plain")[0] == "CompleteAbort" or None)
        self.assertEqual(client.describe("prepared"), ("Ongoing", 2**31 - 1))
        node.kill()
        node.start()
        client = self.connect(node)
        self.begin(client, "later", two_phase=False, timeout_ms=100)
        until(lambda: client.describe("later")[0] == "CompleteAbort" or None)
        self.assertEqual(client.describe("prepared"), ("Ongoing", 2**31 - 1))
        self.assertEqual(client.end("prepared", producer, True), NONE)
        until(lambda: client.describe("prepared")[0] == "CompleteCommit" or None)

    def test_answers_as_kafka_does(self):
        _, client = self.start("transaction.two.phase.commit.enable=true", *OFFERED)
        self.begin(client, "any", two_phase=False)
        self.assertEqual(client.init("x", True, keep=True), (UNSUPPORTED_VERSION, -1, -1, -1, -1))
        self.assertEqual(client.init("x", False, keep=True)[0], UNSUPPORTED_VERSION)
        self.assertEqual(client.init("x", False, timeout_ms=DAY_MS)[0], INVALID_TIMEOUT)
        error, _, epoch, open_id, open_epoch = client.init("x", True, timeout_ms=DAY_MS)
        self.assertEqual((error, epoch, open_id, open_epoch), (NONE, 0, -1, -1))

    def test_is_refused_where_it_is_not_enabled(self):
        _, client = self.start(*OFFERED)
        self.begin(client, "any", two_phase=False)
        self.assertEqual(client.init("x", True), (NOT_AUTHORIZED, -1, -1, -1, -1))

    def test_is_not_offered_where_versions_in_work_are_not(self):
        _, client = self.start("transaction.two.phase.commit.enable=true")
        self.assertEqual(client.init_producer_id_max(), 5)
        with self.assertRaises(ConnectionError):
            client.init("x", True)

    def test_is_offered_where_versions_in_work_are(self):
        _, client = self.start(*OFFERED)
        self.assertEqual(client.init_producer_id_max(), 6)


if __name__ == "__main__":
    unittest.main()
