"""kafka-configs.sh against a node, with the output of Apache Kafka's command."""
import unittest

from node import NodeTest, tool


class ConfigsTool(NodeTest):
    def configs(self, *arguments, check=True):
        return tool("kafka-configs.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def refused(self, *arguments):
        """What a command that fails says to standard error; it says nothing else."""
        done = self.configs(*arguments, check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        return done.stderr

    def create(self, topic):
        tool("kafka-topics.sh", "--bootstrap-server", self.node.address, "--create", "--topic", topic)

    def test_a_topic_s_values_with_where_they_come_from(self):
        self.create("orders")
        done = self.configs("--alter", "--entity-type", "topics", "--entity-name", "orders", "--add-config",
                            "max.message.bytes=2000000,retention.bytes=-1,cleanup.policy=[compact,delete]")
        self.assertEqual(done.stdout, "Completed updating config for topic orders.\n")
        self.assertEqual(
            self.configs("--describe", "--topic", "orders").stdout,
            "Dynamic configs for topic orders are:\n"
            "  cleanup.policy=compact,delete sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:cleanup.policy=compact,delete,"
            " DEFAULT_CONFIG:log.cleanup.policy=delete}\n"
            "  max.message.bytes=2000000 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:max.message.bytes=2000000,"
            " DEFAULT_CONFIG:message.max.bytes=1048588}\n"
            "  retention.bytes=-1 sensitive=false synonyms={DYNAMIC_TOPIC_CONFIG:retention.bytes=-1,"
            " DEFAULT_CONFIG:log.retention.bytes=-1}\n")
        done = self.configs("--alter", "--topic", "orders", "--delete-config", "max.message.bytes,retention.bytes")
        self.assertEqual(done.stdout, "Completed updating config for topic orders.\n")
        self.assertEqual(len(self.configs("--describe", "--topic", "orders").stdout.splitlines()), 2)

    def test_all_values_of_a_topic(self):
        self.create("orders")
        lines = self.configs("--describe", "--topic", "orders", "--all").stdout.splitlines()
        self.assertEqual(lines[0], "All configs for topic orders are:")
        self.assertEqual(lines[1],
                         "  cleanup.policy=delete sensitive=false synonyms={DEFAULT_CONFIG:log.cleanup.policy=delete}")
        self.assertIn("  flush.ms=9223372036854775807 sensitive=false synonyms={}", lines)
        self.assertEqual(lines[1:], sorted(lines[1:]))

    def test_every_topic(self):
        self.create("one")
        self.create("two")
        self.assertEqual(self.configs("--describe", "--entity-type", "topics").stdout,
                         "Dynamic configs for topic one are:\nDynamic configs for topic two are:\n")

    def test_a_file_of_values(self):
        self.create("filed")
        file = self.node.directory / "values.properties"
        file.write_text("# how long\nretention.ms = 77777\ncleanup.policy=compact,delete\n", encoding="utf-8")
        self.configs("--alter", "--topic", "filed", "--add-config-file", file)
        described = self.configs("--describe", "--topic", "filed").stdout
        self.assertIn("  retention.ms=77777 sensitive=false", described)
        self.assertIn("  cleanup.policy=compact,delete sensitive=false", described)

    def test_brokers_and_their_defaults(self):
        done = self.configs("--alter", "--broker", "1", "--add-config", "log.cleaner.threads=2")
        self.assertEqual(done.stdout, "Completed updating config for broker 1.\n")
        done = self.configs("--alter", "--entity-type", "brokers", "--entity-default", "--add-config",
                            "message.max.bytes=2000000")
        self.assertEqual(done.stdout, "Completed updating default config for brokers in the cluster.\n")
        described = self.configs("--describe", "--entity-type", "brokers").stdout
        self.assertTrue(described.startswith(
            "Dynamic configs for broker 1 are:\n"
            "  log.cleaner.threads=2 sensitive=false synonyms={DYNAMIC_BROKER_CONFIG:log.cleaner.threads=2,"
            " DEFAULT_CONFIG:log.cleaner.threads=1}\n"
            "Default configs for brokers in the cluster are:\n"
            "  message.max.bytes=2000000 sensitive=false"
            " synonyms={DYNAMIC_DEFAULT_BROKER_CONFIG:message.max.bytes=2000000}\n"), described)
        self.assertEqual(self.configs("--describe", "--broker", "77").stdout,
                         "The broker '77' doesn't exist and doesn't have dynamic config.\n")
        self.assertIn("Cannot update these configs dynamically",
                      self.refused("--alter", "--broker", "1", "--add-config", "log.dirs=/x"))

    def test_groups_and_client_metrics(self):
        done = self.configs("--alter", "--group", "g", "--add-config", "consumer.session.timeout.ms=50000")
        self.assertEqual(done.stdout, "Completed updating config for group g.\n")
        self.assertEqual(
            self.configs("--describe", "--group", "g").stdout,
            "Dynamic configs for group g are:\n"
            "  consumer.session.timeout.ms=50000 sensitive=false synonyms={DYNAMIC_GROUP_CONFIG:consumer.session.timeout.ms"
            "=50000, DEFAULT_CONFIG:group.consumer.session.timeout.ms=45000}\n")
        self.assertEqual(self.configs("--describe", "--group", "nope").stdout,
                         "The group 'nope' doesn't exist and doesn't have dynamic config.\n")
        done = self.configs("--alter", "--client-metrics", "m1", "--add-config", "interval.ms=1000,metrics=[a.,b.]")
        self.assertEqual(done.stdout, "Completed updating config for client-metric m1.\n")
        self.assertEqual(
            self.configs("--describe", "--entity-type", "client-metrics").stdout,
            "Dynamic configs for client-metric m1 are:\n"
            "  interval.ms=1000 sensitive=false synonyms={DYNAMIC_CLIENT_METRICS_CONFIG:interval.ms=1000}\n"
            "  metrics=a.,b. sensitive=false synonyms={DYNAMIC_CLIENT_METRICS_CONFIG:metrics=a.,b.}\n")

    def test_what_is_not_there(self):
        self.assertEqual(self.configs("--describe", "--topic", "nope").stdout,
                         "The topic 'nope' doesn't exist and doesn't have dynamic config.\n")
        said = self.refused("--alter", "--topic", "nope", "--add-config", "retention.ms=5")
        self.assertIn("org.apache.kafka.common.errors.UnknownTopicOrPartitionException: ", said)

    def test_what_the_broker_refuses_is_told_as_kafka_tells_it(self):
        self.create("orders")
        words = ["--alter", "--topic", "orders", "--add-config"]
        typed = f"--bootstrap-server {self.node.address} " + " ".join(words)
        self.assertEqual(
            self.refused(*words, "nope.config=1"),
            f"Error while executing config command with args '{typed} nope.config=1'\n"
            "org.apache.kafka.common.errors.InvalidConfigurationException: Unknown topic config name: nope.config\n")
        self.assertIn("InvalidConfigurationException: Invalid value wrong for configuration cleanup.policy: ",
                      self.refused(*words, "cleanup.policy=wrong"))

    def test_what_the_broker_does_not_serve_is_one_line(self):
        for words in (["--describe", "--user", "alice"], ["--describe", "--entity-type", "ips"],
                      ["--alter", "--client", "c1", "--add-config", "producer_byte_rate=1"]):
            with self.subTest(words=words):
                self.assertEqual(len(self.refused(*words).splitlines()), 1)

    def test_wrong_arguments(self):
        self.assertEqual(self.refused("--describe"), "At least one entity type must be specified\n")
        self.assertTrue(self.refused("--topic", "t").startswith(
            "Command must include exactly one action: --describe, --alter\n"))
        self.assertEqual(self.refused("--alter", "--topic", "t", "--add-config", "a"),
                         "requirement failed: Invalid entity config: all configs to be added must be in the format "
                         "\"key=val\" or  \"key=[val1,val2]\" to group values which contain commas.\n")
        self.assertEqual(self.refused("--alter", "--client", "c", "--add-config", "bogus=1"),
                         "Only quota configs can be added for 'clients' using --bootstrap-server. "
                         "Unexpected config names: Set(bogus)\n")
        self.assertEqual(self.refused("--bogus"), "bogus is not a recognized option\n")
        self.assertEqual(tool("kafka-configs.sh", "--describe", "--topic", "t", check=False).stderr,
                         "Either --bootstrap-server or --bootstrap-controller must be specified.\n")

    def test_a_broker_that_is_down_is_one_line(self):
        self.node.stop()
        self.assertEqual(len(self.refused("--describe", "--topic", "t").splitlines()), 1)


if __name__ == "__main__":
    unittest.main()
