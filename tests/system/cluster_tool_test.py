"""kafka-cluster.sh and kafka-log-dirs.sh against a node."""
import json
import re
import unittest

from node import NodeTest, tool


class ClusterToolTest(NodeTest):
    def cluster(self, subcommand, *arguments, check=True):
        return tool("kafka-cluster.sh", subcommand, "--bootstrap-server", self.node.address, *arguments, check=check)

    def test_prints_the_cluster_id(self):
        properties = (self.node.directory / "data/meta.properties").read_text(encoding="utf-8")
        id = re.search(r"cluster\.id=(\S+)", properties).group(1)
        self.assertEqual(self.cluster("cluster-id").stdout, f"Cluster ID: {id}\n")
        self.assertEqual(tool("kafka-cluster.sh", "cluster-id", "-b", self.node.address).stdout, f"Cluster ID: {id}\n")

    def test_lists_endpoints(self):
        expected = ("ID         HOST      PORT       RACK       STATE      ENDPOINT_TYPE  \n"
                    f"1          127.0.0.1 {self.node.port:<10} null       unfenced   broker         \n")
        self.assertEqual(self.cluster("list-endpoints").stdout, expected)
        self.assertEqual(self.cluster("list-endpoints", "--include-fenced-brokers").stdout, expected)

    def test_a_broker_does_not_speak_for_controllers(self):
        said = tool("kafka-cluster.sh", "list-endpoints", "--bootstrap-controller", self.node.address, check=False)
        self.assertEqual((said.returncode, said.stdout, len(said.stderr.splitlines())), (1, "", 1))
        said = tool("kafka-cluster.sh", "list-endpoints", "--bootstrap-controller", self.node.address,
                    "--include-fenced-brokers", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, "The option --include-fenced-brokers is only supported with "
                                                             "--bootstrap-server option\n"))

    def test_bad_arguments_fail_with_the_usage(self):
        cases = {"kafka-cluster: error: too few arguments": [],
                 "kafka-cluster: error: invalid choice: 'nope' (choose from 'cluster-id', 'unregister', 'list-endpoints')":
                     ["nope"],
                 "kafka-cluster: error: one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required":
                     ["cluster-id"],
                 "kafka-cluster: error: argument --bootstrap-controller/-C: not allowed with argument --bootstrap-server/-b":
                     ["cluster-id", "-b", "x:1", "-C", "y:1"],
                 "kafka-cluster: error: argument --id/-i is required": ["unregister", "-b", "x:1"],
                 "kafka-cluster: error: argument --id/-i: could not convert 'x' to Integer (For input string: \"x\")":
                     ["unregister", "-b", "x:1", "-i", "x"]}
        for message, arguments in cases.items():
            with self.subTest(message):
                said = tool("kafka-cluster.sh", *arguments, check=False)
                self.assertEqual((said.returncode, said.stdout), (1, ""))
                self.assertTrue(said.stderr.startswith("usage: kafka-cluster "), said.stderr)
                self.assertEqual(said.stderr.splitlines()[-1], message)

    def log_dirs(self, *arguments, check=True):
        return tool("kafka-log-dirs.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def test_describes_log_directories(self):
        for topic in ("made", "other"):
            tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", topic)
        tool("kafka-console-producer.sh", "--bootstrap-server", self.node.address, "--topic", "made", text="1\n2\n3\n")
        said = self.log_dirs("--describe", "--topic-list", "made", "--broker-list", "1").stdout.splitlines()
        self.assertEqual(said[:2], ["Querying brokers for log directories information",
                                    "Received log directory information from brokers 1"])
        size = (self.node.directory / "data/made-0/00000000000000000000.log").stat().st_size
        self.assertGreater(size, 0)
        self.assertEqual(said[2], '{"brokers":[{"broker":1,"logDirs":[{"partitions":[{"partition":"made-0",'
                                  f'"size":{size},"offsetLag":0,"isFuture":false}}],"error":null,'
                                  f'"logDir":"{self.node.directory}/data"}}]}}],"version":1}}')
        everything = json.loads(self.log_dirs("--describe").stdout.splitlines()[2])
        names = {partition["partition"] for partition in everything["brokers"][0]["logDirs"][0]["partitions"]}
        self.assertEqual(names, {"made-0", "other-0"})

    def test_log_dirs_refuses_what_does_not_fit(self):
        said = self.log_dirs("--describe", "--broker-list", "1,7", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, "ERROR: The given brokers do not exist from --broker-list: 7. "
                                                             "Current existent brokers: 1\n"))
        said = self.log_dirs("--describe", "--broker-list", "x", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, 'For input string: "x"\n'))
        said = self.log_dirs(check=False)
        self.assertEqual((said.returncode, said.stderr.splitlines()[0]), (1, 'Missing required argument "[describe]"'))
        said = tool("kafka-log-dirs.sh", "--describe", check=False)
        self.assertEqual((said.returncode, said.stderr.splitlines()[0]),
                         (1, 'Missing required argument "[bootstrap-server]"'))

    def test_a_broker_that_is_down_is_one_clear_line(self):
        self.node.stop()
        for said in (self.cluster("cluster-id", check=False), self.log_dirs("--describe", check=False)):
            self.assertEqual((said.returncode, said.stdout), (1, ""))
            self.assertRegex(said.stderr, r"^.*127\.0\.0\.1:\d+.*\n$")


if __name__ == "__main__":
    unittest.main()
