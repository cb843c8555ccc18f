"""kafka-streams-groups.sh against a node, with the output of Apache Kafka's command."""
import time
import unittest

from node import NodeTest, tool
from streams_member import StreamsMember

CHANGELOG = "app-counts-changelog"


class StreamsGroupsTool(NodeTest):
    def setUp(self):
        super().setUp()
        servers = ["--bootstrap-server", self.node.address]
        tool("kafka-topics.sh", *servers, "--create", "--topic", "lines", "--partitions", "2")
        tool("kafka-configs.sh", *servers, "--alter", "--entity-type", "groups", "--entity-name", "app", "--add-config",
             "streams.initial.rebalance.delay.ms=0")
        self.produce("lines", ["a", "b", "c"], "-p", "0")

    def groups(self, *arguments, check=True):
        return tool("kafka-streams-groups.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def topics(self):
        return tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--list").stdout.split()

    def running(self):
        """A member that has all tasks."""
        member = StreamsMember(self.node.address, "app", "m", ["lines"], CHANGELOG)
        self.addCleanup(member.connection.close)
        member.beat()
        deadline = time.monotonic() + 60
        while "Stable" not in self.groups("--list", "--state").stdout:
            self.assertLess(time.monotonic(), deadline, "the group did not become stable")
            member.beat()
        return member

    def test_describes_a_group_that_works(self):
        self.running()
        self.assertEqual(self.groups("--list").stdout, "app\n")
        self.assertEqual(self.groups("--list", "--state", "stable").stdout, "GROUP           STATE\napp             Stable\n")
        self.assertEqual(self.groups("--list", "--state", "Empty").stdout, "GROUP           STATE\n")
        self.assertEqual(self.groups("--describe", "--group", "app").stdout,
                         "GROUP           TOPIC           PARTITION  OFFSET-LAG\n"
                         "app             lines           0          3\n"
                         "app             lines           1          0\n")
        header, row = self.groups("--describe", "--all-groups", "--members").stdout.splitlines()
        self.assertEqual(header, "GROUP           MEMBER          PROCESS         CLIENT-ID       ASSIGNMENTS")
        self.assertEqual(row, "app             m               process         app             ACTIVE: 0:[0,1]; ")
        row = self.groups("--describe", "--group", "app", "--state").stdout.splitlines()[1].split()
        self.assertEqual(row, ["app", self.node.address, "(1)", "Stable", "1"])
        said = self.groups("--delete", "--group", "app").stdout
        self.assertEqual(said, "\nError: Deletion of some streams groups failed:\n* Group 'app' could not be deleted due to: "
                               "org.apache.kafka.common.errors.GroupNotEmptyException: Streams group 'app' is not EMPTY.\n")

    def test_moves_and_deletes_a_group_without_members(self):
        self.running().leave()
        plan = self.node.directory / "plan.csv"
        plan.write_text("lines,0,2\nlines,1,0\n")
        said = self.groups("--reset-offsets", "--group", "app", "--from-file", str(plan), "--execute", "--export").stdout
        self.assertEqual(sorted(said.split()), ["lines,0,2", "lines,1,0"])
        said = self.groups("--reset-offsets", "--group", "app", "--input-topic", "lines:0", "--shift-by", "-1", "--dry-run",
                           "--export").stdout
        self.assertEqual(said.split(), ["lines,0,1"])
        said = self.groups("--reset-offsets", "--group", "app", "--all-input-topics", "--to-latest", "--execute",
                           "--export").stdout
        self.assertEqual(sorted(said.split()), ["lines,0,3", "lines,1,0"])
        said = self.groups("--delete-offsets", "--group", "app", "--input-topic", "lines:1").stdout
        self.assertEqual(said.splitlines()[0], "Request succeeded for deleting offsets from group app.")
        self.assertIn(CHANGELOG, self.topics())
        said = self.groups("--delete", "--group", "app", "--delete-all-internal-topics").stdout
        self.assertEqual(said, "Deletion of requested streams groups ('app') was successful.\n"
                               "Deletion of associated internal topics of the streams groups ('app') was successful.\n")
        self.assertNotIn(CHANGELOG, self.topics())
        self.assertEqual(self.groups("--list").stdout, "")

    def test_shows_the_topology_that_a_member_tells(self):
        member = self.running()
        said = self.groups("--describe", "--group", "app", "--topology", check=False)
        self.assertEqual((said.returncode, said.stdout),
                         (1, "\nError: Executing streams group command failed due to "
                             "No topology description is stored for streams group 'app'.\n"))
        member.describe("reader", "lines", "counter", "counts")
        self.assertEqual(self.groups("--describe", "--group", "app", "--topology").stdout,
                         "Topologies:\n"
                         "   Sub-topology: 0\n"
                         "    Source: reader (topics: [lines])\n"
                         "      --> counter\n"
                         "    Processor: counter (stores: [counts])\n"
                         "      --> none\n"
                         "      <-- reader\n\n")

    def test_takes_offsets_from_the_command_for_consumers_too(self):
        """As Kafka's does while the application is away."""
        self.running().leave()
        said = tool("kafka-consumer-groups.sh", "--bootstrap-server", self.node.address, "--reset-offsets", "--group", "app",
                    "--topic", "lines", "--to-latest", "--execute").stdout
        self.assertRegex(said, r"(?m)^app +lines +0 +\d+ *$")

    def test_says_what_is_wrong(self):
        cases = {"Command must include exactly one action: --list, --describe, --delete, --reset-offsets, or "
                 "--delete-offsets.": ["--list", "--delete", "--all-groups"],
                 "Option [describe] takes one of these options: [all-groups], [group]": ["--describe"],
                 "Option [describe] takes at most one of these options: [members], [offsets], [state], [topology]":
                     ["--describe", "--group", "g", "--members", "--topology"],
                 "Option(s) [topology] are unavailable given other options on the command line": ["--list", "--topology"],
                 "Option [reset-offsets] takes the option: [execute] or [dry-run]":
                     ["--reset-offsets", "--group", "g", "--input-topic", "t", "--to-latest"],
                 "Option [delete-all-internal-topics] takes [execute] when [reset-offsets] is used.":
                     ["--reset-offsets", "--group", "g", "--input-topic", "t", "--to-latest", "--dry-run",
                      "--delete-all-internal-topics"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = self.groups(*arguments, check=False)
                self.assertEqual((said.returncode, said.stdout, said.stderr.splitlines()[0]), (1, "", message))
        said = self.groups("--describe", "--group", "nope", check=False)
        self.assertEqual((said.returncode, said.stdout),
                         (1, "\nError: Executing streams group command failed due to "
                             "org.apache.kafka.common.errors.GroupIdNotFoundException: Group nope not found.\n"))


if __name__ == "__main__":
    unittest.main()
