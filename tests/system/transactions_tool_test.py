"""kafka-transactions.sh against a node, with the output of Apache Kafka's command."""
import re
import unittest

from node import NodeTest, tool
import transcripts

LIST = "TransactionalId\tCoordinator\tProducerId\tTransactionState\t\n"
HANGING = ("Topic\tPartition\tProducerId\tProducerEpoch\tCoordinatorEpoch\tStartOffset\tLastTimestamp\t"
           "Duration(min)\t\n")


def cells(text):
    """A table's rows without its headers."""
    return [[cell.strip() for cell in line.split("\t")[:-1]] for line in text.splitlines()[1:]]


class TransactionsToolTest(NodeTest):
    def transactions(self, *arguments, check=True):
        return tool("kafka-transactions.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def finished_and_open(self):
        self.produce("tx", ["a"], "-X", "transactional.id=tx-a")
        return self.open_transaction("tx", "tx-open")

    def test_headers_are_those_of_the_transcripts(self):
        self.finished_and_open()
        for run in transcripts.read("kafka-transactions.txt"):
            if run.code != 0 or "--duration-filter" in run.words:
                continue
            words = run.words[3:]
            with self.subTest(words):
                said = self.transactions(*words).stdout
                self.assertEqual([cell.strip() for cell in said.splitlines()[0].split("\t")],
                                 [cell.strip() for cell in run.stdout.splitlines()[0].split("\t")])

    def test_lists_by_state_age_and_name(self):
        self.assertEqual(self.transactions("list").stdout, LIST)
        self.finished_and_open()
        rows = {row[0]: row[1:] for row in cells(self.transactions("list").stdout)}
        self.assertEqual(rows.keys(), {"tx-a", "tx-open"})
        self.assertEqual((rows["tx-open"][0], rows["tx-open"][2]), ("1", "Ongoing"))
        self.assertIn(rows["tx-a"][2], ("PrepareCommit", "CompleteCommit"))
        self.assertEqual(self.transactions("list", "--duration-filter", "3600000").stdout, LIST)
        said = self.transactions("list", "--transactional-id-pattern", "tx-o.*").stdout
        self.assertEqual([row[0] for row in cells(said)], ["tx-open"])

    def test_describes_a_transaction_and_its_producers(self):
        self.finished_and_open()
        row, = cells(self.transactions("describe", "--transactional-id", "tx-open").stdout)
        self.assertEqual((row[0], row[1], row[4], row[8]), ("1", "tx-open", "Ongoing", "tx-0"))
        self.assertGreaterEqual(int(row[7]), 0)
        producers = {row[0]: row for row in
                     cells(self.transactions("describe-producers", "--topic", "tx", "--partition", "0").stdout)}
        self.assertEqual(len(producers), 2)
        start = producers[row[2]][5]
        self.assertEqual(start, "2")  # Behind a record and its marker.
        self.assertEqual([other[5] for id, other in producers.items() if id != row[2]], ["None"])

    def test_an_unknown_id_fails_in_kafkas_words(self):
        run, = [run for run in transcripts.read("kafka-transactions.txt") if run.code != 0]
        said = self.transactions("describe", "--transactional-id", "nope", check=False)
        self.assertEqual((said.returncode, said.stdout, said.stderr.strip()), (1, run.stdout, run.stderr))

    def test_what_a_coordinator_will_end_does_not_hang(self):
        self.finished_and_open()
        for scope in (["--broker-id", "1"], ["--topic", "tx"], ["--topic", "tx", "--partition", "0"]):
            said = self.transactions("find-hanging", "--max-transaction-timeout", "-1", *scope)
            self.assertEqual(said.stdout, HANGING)

    def test_aborts_what_starts_at_an_offset(self):
        self.finished_and_open()
        self.assertEqual(self.consume("tx", "-X", "isolation.level=read_committed"), ["a"])
        said = self.transactions("abort", "--topic", "tx", "--partition", "0", "--start-offset", "999", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, "Could not find any open transactions starting at offset "
                                                             "999 on partition tx-0\n"))
        self.assertEqual(self.transactions("abort", "--topic", "tx", "--partition", "0", "--start-offset", "2").stdout, "")
        self.produce("tx", ["b"])
        self.assertEqual(self.consume("tx", "-X", "isolation.level=read_committed"), ["a", "b"])

    def test_ends_a_transaction_by_its_id(self):
        self.finished_and_open()
        self.assertEqual(self.transactions("forceTerminateTransaction", "--transactionalId", "tx-open").stdout, "")
        self.produce("tx", ["b"])
        self.assertEqual(self.consume("tx", "-X", "isolation.level=read_committed"), ["a", "b"])
        row, = cells(self.transactions("describe", "--transactional-id", "tx-open").stdout)
        self.assertRegex(row[4], "CompleteAbort|Empty")

    def test_bad_arguments_fail_with_the_usage(self):
        cases = {"kafka-transactions.sh: error: too few arguments": [],
                 "kafka-transactions.sh: error: argument --bootstrap-server is required": ["list"],
                 "kafka-transactions.sh: error: argument --transactional-id is required":
                     ["--bootstrap-server", "x:1", "describe"],
                 "kafka-transactions.sh: error: argument --duration-filter: could not convert 'x' to Long "
                 "(For input string: \"x\")": ["--bootstrap-server", "x:1", "list", "--duration-filter", "x"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = tool("kafka-transactions.sh", *arguments, check=False)
                self.assertEqual((said.returncode, said.stdout), (1, ""))
                self.assertTrue(said.stderr.startswith("usage: kafka-transactions.sh "), said.stderr)
                self.assertEqual(said.stderr.splitlines()[-1], message)
        said = self.transactions("find-hanging", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, "The `find-hanging` command requires either --topic or "
                                                             "--broker-id to limit the scope of the search\n"))

    def test_help_names_every_command_and_option_of_kafkas(self):
        commands = tool("kafka-transactions.sh", "--help").stdout
        options = (transcripts.ROOT / "tests/reference/options.tsv").read_text(encoding="utf-8")
        wanted = re.findall(r"^kafka-transactions\.sh\t(?:-\w, )?(--[\w-]+)", options, re.MULTILINE)
        helps = commands + "".join(tool("kafka-transactions.sh", command, "--help").stdout for command in
                                   ("list", "describe", "describe-producers", "abort", "find-hanging",
                                    "forceTerminateTransaction"))
        for option in wanted:
            self.assertIn(option, helps)


if __name__ == "__main__":
    unittest.main()
