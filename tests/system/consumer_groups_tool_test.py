"""kafka-consumer-groups.sh against a node, with the output of Apache Kafka's command."""
import re
import signal
import socket
import subprocess
import time
import unittest

from node import ROOT, NodeTest, tool

RESET_HEADER = "\nGROUP           TOPIC           PARTITION  NEW-OFFSET\n"


class ConsumerGroupsTool(NodeTest):
    def setUp(self):
        super().setUp()
        servers = ["--bootstrap-server", self.node.address]
        tool("kafka-topics.sh", *servers, "--create", "--topic", "orders", "--partitions", "3")
        # By their keys: 9, 12 and 9 in the three partitions.
        tool("kafka-console-producer.sh", *servers, "--topic", "orders", "--property", "parse.key=true", "--property",
             "key.separator=:", text="".join(f"k{i}:v{i}\n" for i in range(1, 31)))

    def groups(self, *arguments, check=True):
        return tool("kafka-consumer-groups.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def reset(self, group, *arguments):
        return self.groups("--reset-offsets", "--group", group, *arguments).stdout

    def refused(self, *arguments):
        """The first line of what wrong arguments are told."""
        done = self.groups(*arguments, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertIn("\nOption ", done.stderr)
        return done.stderr.splitlines()[0]

    def begin_reading(self, group, protocol="classic"):
        """A member that stays until the test ends; returns when its group is stable."""
        member = subprocess.Popen(
            [ROOT / "bin/kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", "orders",
             "--group", group, "--from-beginning", "--consumer-property", f"group.protocol={protocol}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

        def end():
            member.send_signal(signal.SIGINT)
            member.wait(timeout=60)
        self.addCleanup(end)
        deadline = time.monotonic() + 60
        while group not in self.groups("--list", "--state", "stable").stdout:
            self.assertLess(time.monotonic(), deadline, "the group did not become stable")

    def test_lists_groups_with_states_and_types(self):
        self.reset("g-empty", "--topic", "orders", "--to-earliest", "--execute")
        self.begin_reading("g-classic")
        self.assertEqual(self.groups("--list").stdout, "g-classic\ng-empty\n")
        self.assertEqual(self.groups("--list", "--state").stdout,
                         "GROUP                     STATE               \n"
                         "g-classic                 Stable              \n"
                         "g-empty                   Empty               \n")
        self.assertEqual(self.groups("--list", "--type").stdout,
                         "GROUP                     TYPE                \n"
                         "g-classic                 Classic             \n"
                         "g-empty                   Classic             \n")
        self.assertEqual(self.groups("--list", "--state", "EMPTY,dead", "--type", "classic,consumer").stdout,
                         "GROUP                     TYPE                 STATE               \n"
                         "g-empty                   Classic              Empty               \n")
        self.assertEqual(self.groups("--list", "--type=consumer").stdout, "GROUP                     TYPE                \n")

    def test_describes_groups_of_the_consumer_protocol(self):
        self.begin_reading("g-new", "consumer")
        self.assertEqual(self.groups("--list", "--type=consumer", "--state").stdout,
                         "GROUP                     TYPE                 STATE               \n"
                         "g-new                     Consumer             Stable              \n")
        state = self.groups("--describe", "--group", "g-new", "--state", "--verbose").stdout.splitlines()
        self.assertEqual(state[1], "GROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                "
                         "GROUP-EPOCH     TARGET-ASSIGNMENT-EPOCH   #MEMBERS")
        self.assertEqual(state[2].split(), ["g-new", self.node.address, "(1)", "uniform", "Stable", "2", "2", "1"])
        members = self.groups("--describe", "--group", "g-new", "--members", "--verbose").stdout.splitlines()
        row = members[2].split()
        self.assertEqual([row[0], *row[2:]], ["g-new", "/127.0.0.1", "console-consumer", "3", "2", "orders:0,1,2", "2",
                                              "orders:0,1,2"])
        self.groups("--delete", "--group", "g-new")
        self.assertEqual(self.groups("--list").stdout, "g-new\n")  # It has a member.

    def test_lists_groups_of_all_types(self):
        self.reset("g-empty", "--topic", "orders", "--to-earliest", "--execute")
        self.begin_reading("g-new", "consumer")

        def listed(*filters):
            return tool("kafka-groups.sh", "--bootstrap-server", self.node.address, "--list", *filters).stdout
        header = "GROUP                TYPE                 PROTOCOL            \n"
        old = "g-empty              Classic                                   \n"
        new = "g-new                Consumer             consumer             \n"
        self.assertEqual(listed(), header + old + new)
        self.assertEqual(listed("--consumer"), header + old + new)
        self.assertEqual(listed("--group-type", "consumer"), header + new)
        self.assertEqual(listed("--protocol", "consumer"), header + new)
        self.assertEqual(listed("--share"), header)
        wrong = tool("kafka-groups.sh", "--bootstrap-server", self.node.address, "--list", "--group-type", "x", check=False)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("--group-type must be a valid group type.", wrong.stderr)

    def test_describes_a_group_without_members(self):
        self.reset("g-empty", "--topic", "orders:0", "--to-offset", "4", "--execute")
        done = self.groups("--describe", "--group", "g-empty")
        self.assertEqual(
            done.stdout,
            "\nGROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     "
            "HOST            CLIENT-ID\n"
            "g-empty         orders          0          4               9               5               -               "
            "-               -\n")
        self.assertEqual(done.stderr, "\nConsumer group 'g-empty' has no active members.\n")
        self.assertEqual(
            self.groups("--describe", "--group", "g-empty", "--offsets", "--verbose").stdout,
            "\nGROUP           TOPIC           PARTITION  LEADER-EPOCH    CURRENT-OFFSET  LOG-END-OFFSET  LAG             "
            "CONSUMER-ID     HOST            CLIENT-ID\n"
            "g-empty         orders          0          -               4               9               5               "
            "-               -               -\n")
        self.assertEqual(self.groups("--describe", "--group", "g-empty", "--members").stdout,
                         "\nGROUP           CONSUMER-ID     HOST            CLIENT-ID       #PARTITIONS     \n")
        self.assertEqual(
            self.groups("--describe", "--group", "g-empty", "--state").stdout,
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                #MEMBERS\n"
            f"g-empty         {self.node.address + '  (1)':<25} -                    Empty                0\n")
        self.assertEqual(
            self.groups("--describe", "--group", "g-empty", "--state", "--verbose").stdout,
            "\nGROUP           COORDINATOR (ID)          ASSIGNMENT-STRATEGY  STATE                GROUP-EPOCH     "
            "TARGET-ASSIGNMENT-EPOCH   #MEMBERS\n"
            f"g-empty         {self.node.address + '  (1)':<25} -                    Empty                -               "
            "-                         0\n")

    def test_describes_a_group_with_members(self):
        self.begin_reading("g-classic")
        member = r"console-consumer-[-0-9a-f]{36} "
        rows = self.groups("--describe", "--group", "g-classic").stdout.splitlines()
        self.assertEqual(rows[0], "")
        self.assertEqual(len(rows), 5)
        self.assertRegex(rows[2], r"g-classic       orders          0          (-|\d+) +9               (-|\d+) +" + member +
                         r"/127\.0\.0\.1      console-consumer$")
        members = self.groups("--describe", "--all-groups", "--members", "--verbose").stdout.splitlines()
        self.assertRegex(members[1], r"^GROUP           CONSUMER-ID {43}HOST            CLIENT-ID        #PARTITIONS     "
                         r"CURRENT-EPOCH   CURRENT-ASSIGNMENT   TARGET-EPOCH    TARGET-ASSIGNMENT   $")
        self.assertRegex(members[2], r"^g-classic       " + member + r"/127\.0\.0\.1      console-consumer 3               -    "
                         r"           orders:0,1,2         -               -                   $")
        state = self.groups("--describe", "--group", "g-classic", "--state").stdout.splitlines()[2]
        self.assertRegex(state, r"range                Stable               1$")
        done = self.reset("g-classic", "--topic", "orders", "--to-earliest", "--execute")
        self.assertEqual(done, "\nError: Assignments can only be reset if the group 'g-classic' is inactive, but the current "
                         "state is Stable.\n" + RESET_HEADER)
        done = self.groups("--delete", "--group", "g-classic").stdout
        self.assertRegex(done, r"^\nError: Deletion of some consumer groups failed:\n\* Group 'g-classic' could not be deleted "
                         r"due to: org\.apache\.kafka\.common\.errors\.GroupNotEmptyException: .+\n$")

    def test_a_group_that_is_not_there(self):
        for part in ("--offsets", "--members", "--state"):
            done = self.groups("--describe", "--group", "nope", part)
            self.assertEqual(done.stdout, "\nError: Executing consumer group command failed due to "
                             "org.apache.kafka.common.errors.GroupIdNotFoundException: Group nope not found.\n")

    def test_every_way_of_resetting(self):
        self.assertEqual(self.reset("g", "--topic", "orders", "--to-latest", "--execute"),
                         RESET_HEADER + "g               orders          0          9\n"
                         "g               orders          1          12\n"
                         "g               orders          2          9\n")

        def planned(*arguments):
            return self.reset("g", *arguments, "--dry-run", "--export")
        self.assertEqual(planned("--all-topics", "--shift-by", "-2"), "orders,0,7\norders,1,10\norders,2,7\n\n")
        self.assertEqual(planned("--topic", "orders:0,2", "--to-earliest"), "orders,0,0\norders,2,0\n\n")
        self.assertEqual(planned("--topic", "orders:1", "--to-current"), "orders,1,12\n\n")
        self.assertEqual(planned("--topic", "orders:1", "--to-offset", "5"), "orders,1,5\n\n")
        self.assertEqual(planned("--topic", "orders:1", "--by-duration", "P1D"), "orders,1,0\n\n")
        self.assertEqual(planned("--topic", "orders:1", "--to-datetime", "2020-01-01T00:00:00.000"), "orders,1,0\n\n")
        self.assertEqual(planned("--topic", "orders:1", "--by-duration", "PT0S"),
                         "\nWarn: Partition 1 from topic orders is empty. Falling back to latest known offset.\n"
                         "orders,1,12\n\n")
        file = self.node.directory / "plan.csv"
        file.write_text('"orders",0,2\norders,1,999\n', encoding="utf-8")
        self.assertEqual(planned("--from-file", file), "orders,0,2\norders,1,12\n\n")
        # None of these was executed.
        self.assertEqual(planned("--all-topics", "--to-current"), "orders,0,9\norders,1,12\norders,2,9\n\n")
        exported = self.groups("--reset-offsets", "--group", "g", "--group", "h", "--topic", "orders:0", "--to-latest",
                               "--export", "--execute").stdout
        self.assertEqual(exported, "g,orders,0,9\nh,orders,0,9\n\n")
        file.write_text(exported, encoding="utf-8")
        self.assertEqual(self.reset("h", "--from-file", file, "--execute"),
                         RESET_HEADER + "h               orders          0          9\n")
        self.assertEqual(self.reset("i", "--from-file", file, "--execute"),
                         "\nError: No reset plan for group i found\n" + RESET_HEADER)

    def test_offsets_that_the_partition_does_not_have(self):
        done = self.groups("--reset-offsets", "--group", "g", "--topic", "orders:0", "--to-offset", "1000", "--dry-run")
        self.assertEqual(done.stdout, RESET_HEADER + "g               orders          0          9\n")
        self.assertIn("WARN New offset (1000) is higher than latest offset for topic partition orders-0. Value will be set "
                      "to 9", done.stderr)
        failed = "\nError: Executing consumer group command failed due to "
        self.assertEqual(self.reset("g", "--topic", "orders:7,8", "--to-earliest", "--dry-run"),
                         failed + 'The partitions "orders-7,orders-8" do not exist\n')
        self.assertTrue(self.reset("g", "--topic", "nope", "--to-earliest", "--dry-run").startswith(failed))
        self.assertEqual(self.reset("g", "--topic", "orders", "--to-datetime", "nonsense", "--dry-run"),
                         failed + "java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to "
                         "ISO8601 format\n")
        self.assertEqual(self.reset("g", "--topic", "orders", "--by-duration", "1D", "--dry-run"),
                         failed + "Text cannot be parsed to a Duration\n")

    def test_deletes_offsets(self):
        self.reset("g", "--topic", "orders", "--to-latest", "--execute")
        self.assertEqual(self.groups("--delete-offsets", "--group", "g", "--topic", "orders:0,1").stdout,
                         "Request succeeded for deleting offsets from group g.\n\n"
                         "TOPIC           PARTITION  STATUS         \n"
                         "orders          0          Successful     \n"
                         "orders          1          Successful     \n")
        self.assertEqual(self.reset("g", "--all-topics", "--to-current", "--export", "--dry-run"), "orders,2,9\n\n")
        unknown = r"Error: org\.apache\.kafka\.common\.errors\.UnknownTopicOrPartitionException: .+\n"
        self.assertRegex(self.groups("--delete-offsets", "--group", "g", "--topic", "orders:2,9", "--topic", "nope").stdout,
                         r"^\nError: Encountered some partition-level error, see the follow-up details\.\n\n"
                         r"TOPIC           PARTITION  STATUS         \n"
                         r"nope            -          " + unknown +
                         r"orders          2          Successful     \n"
                         r"orders          9          " + unknown + "$")
        self.assertRegex(self.groups("--delete-offsets", "--group", "nope", "--topic", "orders:0").stdout,
                         r"^\nError: .+\n\nTOPIC           PARTITION  STATUS         \n"
                         r"orders          0          Error: "
                         r"org\.apache\.kafka\.common\.errors\.GroupIdNotFoundException: .+\n$")

    def test_deletes_groups(self):
        for group in ("a", "b", "c"):
            self.reset(group, "--topic", "orders", "--to-latest", "--execute")
        self.assertEqual(self.groups("--delete", "--group", "a", "--group", "b").stdout,
                         "Deletion of requested consumer groups ('a', 'b') was successful.\n")
        self.assertRegex(self.groups("--delete", "--group", "c", "--group", "nope").stdout,
                         r"^\nError: Deletion of some consumer groups failed:\n\* Group 'nope' could not be deleted due to: "
                         r"org\.apache\.kafka\.common\.errors\.GroupIdNotFoundException: .+\n\n"
                         r"These consumer groups were deleted successfully: 'c'\n$")
        self.assertEqual(self.groups("--list").stdout, "")

    def test_says_whether_a_pattern_is_valid(self):
        self.assertEqual(tool("kafka-consumer-groups.sh", "--validate-regex", "a.*b").stdout,
                         "The regular expression `a.*b` is valid.\n")
        self.assertEqual(tool("kafka-consumer-groups.sh", "--validate-regex", "a(b").stdout,
                         "The regular expression `a(b` is invalid: missing closing ).\n")

    def test_wrong_arguments(self):
        cases = [
            ([], "Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets, "
             "--validate-regex"),
            (["--describe"], "Option [describe] takes one of these options: [all-groups], [group]"),
            (["--describe", "--group", "g", "--members", "--state"],
             "Option [describe] takes at most one of these options: [members], [offsets], [state]"),
            (["--describe", "--group", "g", "--state", "empty"], "Option [describe] does not take a value for [state]"),
            (["--delete"], "Option [delete] takes one of these options: [all-groups], [group]"),
            (["--delete", "--group", "g", "--topic", "t"],
             "The consumer does not support topic-specific offset deletion from a consumer group."),
            (["--delete-offsets", "--group", "g"], "Option [delete-offsets] takes the following options: [group], [topic]"),
            (["--list", "--group", "g"], 'Option "[group]" can\'t be used with option "[list]"'),
            (["--list", "--state", "bogus"], "Invalid state list 'bogus'. Valid states are: Assigning, PreparingRebalance, "
             "Dead, Reconciling, CompletingRebalance, Stable, Empty"),
            (["--list", "--type", "bogus"], "Invalid types list 'bogus'. Valid types are: Consumer, Classic"),
            (["--reset-offsets", "--group", "g", "--to-earliest", "--dry-run"],
             "One of the reset scopes should be defined: --all-topics, --topic."),
            (["--reset-offsets", "--group", "g", "--topic", "orders", "--to-earliest", "--to-latest", "--dry-run"],
             'Option "[to-earliest]" can\'t be used with option "[to-latest]"'),
            (["--reset-offsets", "--group", "g", "--topic", "orders", "--to-earliest", "--execute", "--dry-run"],
             "Option [reset-offsets] only accepts one of [execute] and [dry-run]"),
            (["--reset-offsets", "--group", "g", "--topic", "orders:a", "--to-earliest", "--dry-run"],
             "Invalid partition 'a' specified in topic arg 'orders:a''"),
            (["--reset-offsets", "--group", "g", "--topic", "orders", "--shift-by", "1", "--dry-run"],
             "Cannot shift offset for partition orders-0 since there is no current committed offset"),
            (["--bogus"], "bogus is not a recognized option"),
        ]
        for words, sentence in cases:
            with self.subTest(words=words):
                self.assertEqual(self.refused(*words), sentence)

    # A server that takes the connection and never answers: who waits for it can still be stopped.
    def test_ctrl_c_ends_a_command_that_waits(self):
        with socket.create_server(("127.0.0.1", 0)) as server:
            process = subprocess.Popen([ROOT / "bin/kafka-consumer-groups.sh", "--bootstrap-server",
                                        f"127.0.0.1:{server.getsockname()[1]}", "--list"], stderr=subprocess.PIPE)
            self.addCleanup(process.stderr.close)
            server.settimeout(60)
            connection, _ = server.accept()
            with connection:
                process.send_signal(signal.SIGINT)
                self.assertEqual(process.wait(timeout=10), -signal.SIGINT)

    def test_a_broker_that_is_down_is_one_line_on_standard_error(self):
        self.node.stop()
        for words in (["--list"], ["--describe", "--group", "g"]):
            done = self.groups(*words, "--timeout", "1000", check=False)
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stdout, "")
            self.assertTrue(re.fullmatch(r".+\n", done.stderr), done.stderr)


if __name__ == "__main__":
    unittest.main()
