"""kafka-share-groups.sh against a node, with the output of Apache Kafka's command."""
import re
import subprocess
import unittest

from node import NodeTest, ROOT, tool
import transcripts


class ShareGroupsToolTest(NodeTest):
    def setUp(self):
        super().setUp()
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", "orders", "--partitions",
             "3")
        tool("kafka-configs.sh", "--bootstrap-server", self.node.address, "--alter", "--entity-type", "groups",
             "--entity-name", "g-share", "--add-config", "share.auto.offset.reset=earliest")

    def share_groups(self, *arguments, check=True):
        return tool("kafka-share-groups.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def consumer(self):
        """A member of g-share that has read and accepted what there was."""
        words = [str(ROOT / "bin/kafka-console-share-consumer.sh"), "--bootstrap-server", self.node.address, "--topic",
                 "orders", "--group", "g-share"]
        consumer = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.addCleanup(consumer.stdout.close)
        self.addCleanup(self.end_process_of, consumer)
        for _ in range(3):
            consumer.stdout.readline()
        return consumer

    @staticmethod
    def end_process_of(consumer):
        consumer.terminate()
        consumer.wait()

    def read_all(self):
        for partition in range(3):
            self.produce("orders", [str(partition)], "-p", str(partition))
        self.end_process_of(self.consumer())

    def lags(self):
        """How many records of each partition are not done with. (Where a group starts moves on only with its next
        write.)"""
        rows = self.share_groups("--describe", "--group", "g-share").stdout.splitlines()
        return {int(row.split()[2]): row.split()[4] for row in rows if row.startswith("g-share")}

    def test_describes_as_kafka_does(self):
        for partition in range(3):
            self.produce("orders", [str(partition)], "-p", str(partition))
        self.consumer()
        for run in transcripts.read("kafka-share-groups.txt"):
            words = run.words[3:]
            with self.subTest(words):
                said = self.share_groups(*words)
                # Numbers, ids and addresses are this node's, so that columns may be wider or narrower.
                kafkas = [re.split(" +", line.strip()) for line in run.stdout.splitlines()]
                ours = [re.split(" +", line.strip()) for line in said.stdout.splitlines()]
                self.assertEqual([len(row) for row in ours], [len(row) for row in kafkas])
                self.assertEqual(ours[:2] if "--describe" in words else ours[:1],
                                 kafkas[:2] if "--describe" in words else kafkas[:1])

    def test_moves_a_group_without_members(self):
        self.read_all()
        self.assertEqual(set(self.lags().values()), {"0"})
        said = self.share_groups("--reset-offsets", "--group", "g-share", "--topic", "orders:1", "--to-earliest",
                                 "--dry-run").stdout
        self.assertEqual([line.split() for line in said.splitlines()],
                         [[], ["GROUP", "TOPIC", "PARTITION", "NEW-OFFSET"], ["g-share", "orders", "1", "0"]])
        self.assertEqual(self.lags()[1], "0")
        self.share_groups("--reset-offsets", "--group", "g-share", "--topic", "orders:1", "--to-earliest", "--execute")
        self.assertEqual(self.lags(), {0: "0", 1: "1", 2: "0"})
        self.share_groups("--reset-offsets", "--group", "g-share", "--all-topics", "--to-latest", "--execute")
        self.assertEqual(set(self.lags().values()), {"0"})
        said = self.share_groups("--reset-offsets", "--group", "g-share", "--all-topics", "--to-datetime",
                                 "2020-01-01T00:00:00.000", "--execute").stdout
        self.assertEqual({line.split()[-1] for line in said.splitlines()[2:]}, {"0"})

    def test_does_not_move_a_group_that_reads(self):
        for partition in range(3):
            self.produce("orders", [str(partition)], "-p", str(partition))
        self.consumer()
        said = self.share_groups("--reset-offsets", "--group", "g-share", "--topic", "orders", "--to-earliest",
                                 "--execute", check=False)
        self.assertEqual((said.returncode, said.stdout, said.stderr), (1, "", "Share group 'g-share' is not empty.\n"))

    def test_leaves_its_offsets_to_its_own_command(self):
        self.read_all()
        said = tool("kafka-consumer-groups.sh", "--bootstrap-server", self.node.address, "--reset-offsets", "--group",
                    "g-share", "--topic", "orders", "--to-latest", "--execute", check=False)
        self.assertEqual((said.returncode, said.stdout, said.stderr.splitlines()[0]),
                         (1, "", "Group 'g-share' is a share group. Its offsets are reset by kafka-share-groups.sh."))

    def test_deletes_offsets_and_groups(self):
        self.read_all()
        said = self.share_groups("--delete-offsets", "--group", "g-share", "--topic", "orders").stdout
        self.assertEqual([line.split() for line in said.splitlines()],
                         [[], ["TOPIC", "STATUS"], ["orders", "Successful"], []])
        self.assertEqual(self.lags(), {})
        self.assertEqual(self.share_groups("--list").stdout, "g-share\n")
        said = self.share_groups("--delete", "--group", "g-share").stdout
        self.assertEqual(said, "Deletion of requested share groups ('g-share') was successful.\n")
        self.assertEqual(self.share_groups("--list").stdout, "")
        said = self.share_groups("--delete", "--group", "g-share").stdout
        self.assertEqual(said, "\nError: Deletion of some share groups failed:\n* Group 'g-share' could not be deleted due "
                               "to: java.lang.IllegalArgumentException: Group 'g-share' is not a share group.\n")

    def test_says_what_is_wrong(self):
        cases = {"Command must include exactly one action: --list, --describe, --delete, --reset-offsets, "
                 "--delete-offsets.": [],
                 "Option [describe] takes one of these options: [all-groups], [group]": ["--describe"],
                 "Option [delete] takes the options [group] or [all-groups]": ["--delete"],
                 "Option [reset-offsets] takes the option: [execute] or [dry-run]":
                     ["--reset-offsets", "--group", "g", "--topic", "t", "--to-latest"],
                 "Option [delete-offsets] takes the following options: [group], [topic]": ["--delete-offsets"],
                 "Invalid state list 'x'. Valid states are: Stable, Empty, Dead": ["--list", "--state", "x"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = self.share_groups(*arguments, check=False)
                self.assertEqual((said.returncode, said.stdout, said.stderr.splitlines()[0]), (1, "", message))
        said = self.share_groups("--delete-offsets", "--group", "nope", "--topic", "t").stdout.splitlines()
        self.assertEqual(said[1].split()[:2] + said[-2].split()[:2], ["Error:", "Group", "t", "Error:"])
        said = self.share_groups("--describe", "--group", "nope")
        self.assertEqual((said.returncode, said.stdout.count("\nError: Executing share group command failed due to")),
                         (0, 1))


if __name__ == "__main__":
    unittest.main()
