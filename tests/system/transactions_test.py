"""Transactions through a node's whole life: committed and aborted ones, and those that a crash meets in the middle."""
import unittest

from node import NodeTest

COMMITTED = ("-X", "isolation.level=read_committed")
UNCOMMITTED = ("-X", "isolation.level=read_uncommitted")


class TransactionsTest(NodeTest):
    def transaction(self, topic, lines, transactional_id):
        """kcat's whole input is one transaction."""
        self.produce(topic, lines, "-X", f"transactional.id={transactional_id}")

    def test_a_transaction_is_seen_when_it_is_committed(self):
        self.transaction("whole", ["a", "b", "c"], "tx-whole")
        self.transaction("whole", ["d"], "tx-whole")
        self.assertEqual(self.consume("whole", *COMMITTED), ["a", "b", "c", "d"])

    def test_an_open_transaction_is_not_seen(self):
        self.transaction("open", ["before"], "tx-1")
        self.open_transaction("open", "tx-2")
        self.assertEqual(self.consume("open", *COMMITTED), ["before"])
        self.assertEqual(self.consume("open", *UNCOMMITTED)[:2], ["before", "hidden-0"])

    def test_a_crash_leaves_nothing_half_visible(self):
        self.transaction("crashed", ["kept"], "tx-kept")
        producer = self.open_transaction("crashed", "tx-lost")
        self.node.kill()
        self.end_process(producer)
        self.node.start()
        # Neither committed nor aborted yet: its producer might come back.
        self.assertEqual(self.consume("crashed", *COMMITTED), ["kept"])
        # The next producer of the same id aborts it, and what comes behind it is seen.
        self.transaction("crashed", ["after"], "tx-lost")
        self.assertEqual(self.consume("crashed", *COMMITTED), ["kept", "after"])

    def test_committed_transactions_outlast_crashes(self):
        expected = []
        for round_ in range(3):
            lines = [f"{round_}-{number}" for number in range(20)]
            self.transaction("lasting", lines, "tx-lasting")
            expected += lines
            self.node.kill()
            self.node.start()
            self.assertEqual(self.consume("lasting", *COMMITTED), expected)


if __name__ == "__main__":
    unittest.main()
