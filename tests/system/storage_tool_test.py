"""kafka-storage.sh: what it prints and refuses, and that a node starts from what it formatted."""
import pathlib
import re
import shutil
import tempfile
import unittest

import transcripts
from node import Node, tool

CLUSTER = "Ndpvnrm4SJGDmEzD_hUojA"
COMBINED = """process.roles=broker,controller
node.id=1
listeners=PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093
controller.listener.names=CONTROLLER
"""
DYNAMIC = COMBINED + "controller.quorum.bootstrap.servers=127.0.0.1:19093\n"
STATIC = COMBINED + "controller.quorum.voters=1@127.0.0.1:19093\n"
BROKER = """process.roles=broker
node.id=1
listeners=PLAINTEXT://127.0.0.1:19092
controller.listener.names=CONTROLLER
controller.quorum.bootstrap.servers=127.0.0.1:19093
"""
SNAPSHOT = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint"


class StorageToolTest(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)
        self.data = self.directory / "data"

    def config(self, text, data=None):
        path = self.directory / "server.properties"
        path.write_text(text + f"log.dirs={data or self.data}\n", encoding="utf-8")
        return path

    def storage(self, *arguments, check=True):
        return tool("kafka-storage.sh", *arguments, check=check)

    def format(self, text, *arguments, check=True):
        return self.storage("format", "-c", self.config(text), "-t", CLUSTER, *arguments, check=check)

    def assert_refused(self, said, message):
        self.assertEqual(said.returncode, 1, said.stdout)
        self.assertEqual(said.stderr, message + "\n")
        self.assertFalse((self.data / "meta.properties").exists())

    def test_prints_what_kafka_prints(self):
        data = transcripts.extract_fixture("data", self.directory / "kafka")
        config = self.config(COMBINED, data)
        for run in transcripts.read("storage.txt"):
            with self.subTest(run.words):
                said = self.storage(*[str(config) if word.startswith("<WORK>") else word for word in run.words[1:]],
                                    check=False)
                self.assertEqual(said.stdout.replace(str(data), "<DATA>"), run.stdout)
                self.assertEqual(said.returncode, run.code)
                self.assertEqual(said.stderr, "")

    def test_random_uuids_differ_and_never_look_like_options(self):
        ids = {self.storage("random-uuid").stdout for _ in range(5)}
        self.assertEqual(len(ids), 5)
        for id in ids:
            self.assertRegex(id, r"^[A-Za-z0-9_][A-Za-z0-9_-]{21}\n$")

    def test_a_node_starts_from_what_was_formatted(self):
        node = Node()
        self.addCleanup(node.close)
        formatted = self.storage("format", "--standalone", "--cluster-id", CLUSTER, "--config",
                                 self.config("node.id=1\n", node.directory / "data"), "--release-version", "4.1")
        self.assertIn(f"Formatting dynamic metadata voter directory {node.directory / 'data'} with metadata.version "
                      "4.1-IV1.\n", formatted.stdout)
        node.start()
        self.assertIn(CLUSTER, (node.directory / "data/meta.properties").read_text(encoding="utf-8"))
        self.assertNotIn("formatted", node.said())
        tool("kafka-topics.sh", "--bootstrap-server", node.address, "--create", "--topic", "made")

    def test_says_what_it_formats_with(self):
        said = self.format(DYNAMIC, "-s", "-r", "3.5-IV2", "-f", "group.version=1").stdout.splitlines()
        self.assertEqual(said, [
            "Bootstrap metadata: BootstrapMetadata(records=[ApiMessageAndVersion(FeatureLevelRecord("
            "name='metadata.version', featureLevel=11) at version 0), ApiMessageAndVersion(FeatureLevelRecord("
            "name='group.version', featureLevel=1) at version 0)], metadataVersionLevel=11, source=format command)",
            f"Formatting dynamic metadata voter directory {self.data} with metadata.version 3.5-IV2."])
        again = self.format(DYNAMIC, "-s", "--ignore-formatted")
        self.assertEqual(again.stdout, "All of the log directories are already formatted.\n")
        info = self.storage("info", "-c", self.config(DYNAMIC)).stdout
        self.assertRegex(info, re.escape(f"Found log directory:\n  {self.data}\n\nFound metadata: {{cluster.id={CLUSTER}, ") +
                         r"directory\.id=\S{22}, node\.id=1, version=1\}\n\n$")

    def test_the_kind_of_directory_follows_from_the_quorum(self):
        kinds = {"metadata directory": [(STATIC, []), (BROKER, []), (DYNAMIC, ["-N"])],
                 "dynamic metadata voter directory": [(DYNAMIC, ["-s"]),
                                                      (DYNAMIC, ["-I", "1@localhost:19093:JEXY6aqzQY-32P5TStzaFg"])],
                 "dynamic metadata directory": [(DYNAMIC, ["-I", "2@localhost:19093:JEXY6aqzQY-32P5TStzaFg"])]}
        for kind, runs in kinds.items():
            for text, arguments in runs:
                with self.subTest(kind=kind, arguments=arguments):
                    said = self.format(text, *arguments).stdout
                    self.assertIn(f"\nFormatting {kind} {self.data} with", said)
                    self.assertEqual((self.data / SNAPSHOT).exists(), text != BROKER)
                    shutil.rmtree(self.data)

    def test_a_voter_keeps_the_directory_id_that_the_others_know(self):
        self.format(DYNAMIC, "-I", "1@[::1]:19093:JEXY6aqzQY-32P5TStzaFg,2@localhost:19094:MvDxzVmcRsaTz33bUuRU6A")
        self.assertIn("directory.id=JEXY6aqzQY-32P5TStzaFg\n", (self.data / "meta.properties").read_text(encoding="utf-8"))

    def test_other_directories_hold_data_only(self):
        text = DYNAMIC + f"metadata.log.dir={self.directory / 'meta'}\n"
        said = self.format(text, "-s").stdout
        self.assertIn(f"Formatting data directory {self.data} with metadata.version 4.4-IV2.\n", said)
        self.assertIn(f"Formatting dynamic metadata voter directory {self.directory / 'meta'} with", said)
        self.assertFalse((self.data / SNAPSHOT).exists())

    def test_scram_credentials_go_into_the_first_snapshot(self):
        said = self.format(DYNAMIC, "-s", "-S", 'SCRAM-SHA-512=[name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="]',
                           "--add-scram", "SCRAM-SHA-256=[name=bob,password=secret,salt=v74w/1jyYXMqNTJ3tSR1wA==]").stdout
        self.assertIn("UserScramCredentialRecord(name='alice', mechanism=2, salt=[55, 113], storedKey=[", said)
        # As in tests/golden/vectors/scram.tsv: this password and salt have this stored key.
        stored = bytes.fromhex("113cf6779082ba99625a64f104d4c022e6507b7eba5438943d32a35877c57e95")
        signed = ", ".join(str(byte - 256 if byte > 127 else byte) for byte in stored)
        self.assertRegex(said, r"name='bob', mechanism=1, salt=\[-65, -66, 48, [^\]]*\], storedKey=\[" + signed + r"\], ")
        self.assertIn("iterations=4096) at version 0)", said)

    def test_refuses_what_does_not_fit(self):
        refused = {
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: "
            "--standalone, --initial-controllers, or --no-initial-controllers.": (DYNAMIC, []),
            "You cannot specify controller.quorum.voters and format the node with --initial-controllers or --standalone. If "
            "you want to use dynamic quorum, please remove controller.quorum.voters and specify "
            "controller.quorum.bootstrap.servers instead.": (STATIC, ["-s"]),
            "You can only use --standalone on a controller.": (BROKER, ["-s"]),
            "Unsupported feature: foo.version. Supported features are: eligible.leader.replicas.version, group.version, "
            "kraft.version, share.version, streams.version, transaction.version": (DYNAMIC, ["-s", "-f", "foo.version=1"]),
            "No feature:group.version with feature level 5": (DYNAMIC, ["-s", "-f", "group.version=5"]),
            "Can't parse feature=level string group.version: equals sign not found.":
                (DYNAMIC, ["-s", "-f", "group.version"]),
            "eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23":
                (DYNAMIC, ["-s", "-r", "3.9", "-f", "eligible.leader.replicas.version=1"]),
            "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.":
                (DYNAMIC, ["-s", "-r", "4.0", "-f", "metadata.version=30"]),
            "SCRAM is only supported in metadata.version 3.5-IV2 or later.":
                (DYNAMIC, ["-s", "-r", "3.4", "-S", "SCRAM-SHA-256=[name=a,password=b]"]),
            "The add-scram mechanism SCRAM-SHA-1 is not supported.": (DYNAMIC, ["-s", "-S", "SCRAM-SHA-1=[name=a]"]),
            "The 'iterations' value must be >= 4096 for add-scram using SCRAM_SHA_256":
                (DYNAMIC, ["-s", "-S", "SCRAM-SHA-256=[name=a,password=b,iterations=10]"]),
            "You must supply one of 'password' or 'saltedpassword' to add-scram":
                (DYNAMIC, ["-s", "-S", "SCRAM-SHA-256=[name=a]"]),
            "No @ found in dynamic voter string.": (DYNAMIC, ["-I", "nonsense"]),
            "No colon following port could be found.": (DYNAMIC, ["-I", "1@localhost:1"]),
            "Failed to parse port in dynamic voter string.": (DYNAMIC, ["-I", "1@localhost:x:JEXY6aqzQY-32P5TStzaFg"]),
            "Failed to parse directory ID in dynamic voter string.": (DYNAMIC, ["-I", "1@localhost:1:xyz"]),
            "Node id 1 was specified more than once.":
                (DYNAMIC, ["-I", "1@a:1:JEXY6aqzQY-32P5TStzaFg,1@a:1:JEXY6aqzQY-32P5TStzaFg"]),
        }
        for message, (text, arguments) in refused.items():
            with self.subTest(message):
                self.assert_refused(self.format(text, *arguments, check=False), message)

    def test_what_is_formatted_stays(self):
        self.format(DYNAMIC, "-s")
        before = (self.data / "meta.properties").read_text(encoding="utf-8")
        again = self.format(DYNAMIC, "-s", check=False)
        self.assertEqual((again.returncode, again.stderr),
                         (1, f"Log directory {self.data} is already formatted. Use --ignore-formatted to ignore this directory "
                             "and format the others.\n"))
        other = self.storage("format", "-c", self.config(DYNAMIC), "-s", "-g", "-t", "AAAAAAAAAAAAAAAAAAAAAB", check=False)
        self.assertEqual((other.returncode, other.stderr),
                         (1, f"Invalid cluster.id in: {self.data}/meta.properties. Expected AAAAAAAAAAAAAAAAAAAAAB, but read "
                             f"{CLUSTER}\n"))
        self.assertEqual((self.data / "meta.properties").read_text(encoding="utf-8"), before)

    def test_info_names_problems(self):
        said = self.storage("info", "-c", self.config(DYNAMIC), check=False)
        self.assertEqual((said.returncode, said.stdout), (1, f"Found problem:\n  {self.data} does not exist\n\n"))
        self.data.mkdir()
        said = self.storage("info", "-c", self.config(DYNAMIC), check=False)
        self.assertEqual((said.returncode, said.stdout),
                         (1, f"Found log directory:\n  {self.data}\n\nFound problem:\n  {self.data} is not formatted.\n\n"))

    def test_bad_arguments_fail_with_the_usage(self):
        cases = {"kafka-storage: error: too few arguments": [],
                 "kafka-storage: error: argument --config/-c is required": ["info"],
                 "kafka-storage: error: argument --cluster-id/-t is required": ["format", "-c", "x"],
                 "kafka-storage: error: argument --no-initial-controllers/-N: not allowed with argument --standalone/-s":
                     ["format", "-c", "x", "-t", "y", "-s", "-N"],
                 "kafka-storage: error: argument --feature/-f is required": ["feature-dependencies"],
                 "kafka-storage: error: invalid choice: 'nope' (choose from 'info', 'format', 'version-mapping', "
                 "'feature-dependencies', 'random-uuid')": ["nope"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = self.storage(*arguments, check=False)
                self.assertEqual((said.returncode, said.stdout), (1, ""))
                self.assertTrue(said.stderr.startswith("usage: kafka-storage "), said.stderr)
                self.assertEqual(said.stderr.splitlines()[-1], message)
        said = self.storage("info", "-c", self.directory / "none.properties", check=False)
        self.assertEqual((said.returncode, len(said.stderr.splitlines())), (1, 1))


if __name__ == "__main__":
    unittest.main()
