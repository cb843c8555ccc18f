import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.tools.streams.StreamsGroupCommand;

/** kafka-streams-groups.sh on groups that applications of Kafka Streams make (KIP-1071). */
final class StreamsGroups {
    private static final Duration PATIENCE = Duration.ofSeconds(Check.WAIT_SECONDS);
    private static final Tools TOOLS = new Tools("kafka-streams-groups.sh", StreamsGroupCommand::main);

    private StreamsGroups() {}

    /** Counts values, by way of a repartition topic and a changelog. */
    private static KafkaStreams start(String application, String from) {
        final StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(from).groupBy((key, value) -> value).count();
        final Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, Check.BOOTSTRAP);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, "streams");
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("INTEROP_WORK") + "/" + application);
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
            "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers");
        settings.put("auto.offset.reset", "earliest");
        final KafkaStreams streams = new KafkaStreams(builder.build(), settings);
        streams.start();
        return streams;
    }

    /** Until it has read everything: three partitions of the topic, and those of its words. */
    private static void untilCommitted(String group, String topic) throws Exception {
        Check.until(() -> {
            final var offsets = Members.ADMIN.listStreamsGroupOffsets(java.util.Map.of(group, new ListStreamsGroupOffsetsSpec()))
                .partitionsToOffsetAndMetadata(group).get();
            return offsets.entrySet().stream().filter(entry -> entry.getKey().topic().equals(topic))
                .mapToLong(entry -> entry.getValue().offset()).sum() == 6
                && offsets.keySet().stream().anyMatch(partition -> partition.topic().endsWith("-repartition"));
        }, group + " has read all");
    }

    private static void untilIn(GroupState state, String group) throws Exception {
        Check.until(() -> Members.ADMIN.listGroups().all().get().stream()
            .anyMatch(listed -> listed.groupId().equals(group) && listed.groupState().orElse(null) == state), group + " is " + state);
    }

    private static void describe(String... subject) throws Exception {
        for (String part : List.of("", "--offsets", "--members", "--state")) {
            final List<String> words = new ArrayList<>(List.of("--describe"));
            words.addAll(Arrays.asList(subject));
            if (!part.isEmpty()) words.add(part);
            TOOLS.agree(words.toArray(String[]::new));
            words.add("--verbose");
            TOOLS.agree(words.toArray(String[]::new));
        }
    }

    static void areDescribedAlike() throws Throwable {
        final String topic = Members.newTopic("words", 3), group = Check.unique("an-application-with-a-long-name");
        final KafkaStreams streams = start(group, topic);
        try {
            untilIn(GroupState.STABLE, group);
            untilCommitted(group, topic);
            describe("--group", group);
            describe("--all-groups");
            describe("--group", group, "--group", Check.unique("nobody"));
            for (String states : List.of("", "Stable", "empty,stable", "NotReady", "Sleeping"))
                TOOLS.agree(states.isEmpty() ? new String[] {"--list", "--state"} : new String[] {"--list", "--state", states});
            TOOLS.agree("--list");
            TOOLS.agree("--delete", "--group", group);
            TOOLS.agree("--reset-offsets", "--group", group, "--all-input-topics", "--to-earliest", "--dry-run");
            TOOLS.agree("--delete-offsets", "--group", group, "--input-topic", topic);
        } finally {
            streams.close(PATIENCE);
        }
        untilIn(GroupState.EMPTY, group);
        describe("--group", group);
        describe("--group", Check.unique("nobody"));
    }

    private static String twins(String topic) throws Exception {
        final String stem = Check.unique("twin");
        for (String end : List.of("-k", "-s")) {
            final KafkaStreams streams = start(stem + end, topic);
            try {
                untilCommitted(stem + end, topic);
            } finally {
                streams.close(PATIENCE);
            }
            untilIn(GroupState.EMPTY, stem + end);
        }
        return stem;
    }

    static void areResetAndDeletedAlike() throws Throwable {
        final String topic = Members.newTopic("words", 3), twins = twins(topic), other = Members.newTopic("other", 1);
        final String[][] scenarios = {{"--to-earliest"}, {"--to-latest"}, {"--to-current"}, {"--to-offset", "1"},
            {"--shift-by", "-1"}, {"--to-datetime", "2020-01-01T00:00:00.000"}, {"--by-duration", "PT1H"}};
        for (String[] scenario : scenarios) {
            final List<String> words = new ArrayList<>(Arrays.asList(scenario));
            words.addAll(List.of("--reset-offsets", "--group", "TWIN", "--execute", "--all-input-topics"));
            TOOLS.agreeOnTwins(twins, words.toArray(String[]::new));
            words.add("--export");
            TOOLS.agreeOnTwins(twins, words.toArray(String[]::new));
        }
        TOOLS.agreeOnTwins(twins, "--reset-offsets", "--group", "TWIN", "--dry-run", "--input-topic", topic + ":0,2", "--to-latest");
        TOOLS.agreeOnTwins(twins, "--reset-offsets", "--group", "TWIN", "--dry-run", "--input-topic", other, "--to-latest");
        TOOLS.agreeOnTwins(twins, "--reset-offsets", "--group", "TWIN", "--dry-run", "--input-topic", "not-there", "--to-latest");
        TOOLS.agreeOnTwins(twins, "--reset-offsets", "--group", "TWIN", "--dry-run", "--to-latest");
        TOOLS.agree("--reset-offsets", "--group", Check.unique("nobody"), "--dry-run", "--input-topic", topic, "--to-latest");
        TOOLS.agree("--reset-offsets", "--group", Check.unique("nobody"), "--dry-run", "--all-input-topics", "--to-latest");
        TOOLS.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--input-topic", topic + ":1");
        TOOLS.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--input-topic", topic, "--input-topic", "not-there");
        TOOLS.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--all-input-topics");
        TOOLS.agree("--delete-offsets", "--group", Check.unique("nobody"), "--all-input-topics");
        TOOLS.agree("--delete-offsets", "--group", Check.unique("nobody"), "--input-topic", topic);
        TOOLS.agreeOnTwins(twins, "--reset-offsets", "--group", "TWIN", "--execute", "--input-topic", topic, "--to-earliest",
            "--delete-internal-topic", "not-there");
        TOOLS.agreeOnTwins(twins, "--delete", "--group", "TWIN", "--delete-all-internal-topics");
        TOOLS.agreeOnTwins(twins, "--delete", "--group", "TWIN");
        final var topics = Members.ADMIN.listTopics().names().get();
        Check.equal(topics.stream().filter(name -> name.startsWith(twins)).toList(), List.of(), "topics that are left");
    }

    static void wrongWordsAreRefusedAlike() throws Exception {
        final String[][] wrong = {{"--list", "--describe"}, {"--describe"}, {"--delete"}, {"--delete-offsets"},
            {"--reset-offsets"}, {"--list", "--group", "g"}, {"--list", "--members"}, {"--list", "--input-topic", "t"},
            {"--describe", "--group", "g", "--members", "--state"}, {"--describe", "--group", "g", "--state", "Empty"},
            {"--describe", "--group", "g", "--all-groups"}, {"--describe", "--group", "g", "--input-topic", "t"},
            {"--delete", "--group", "g", "--input-topic", "t"}, {"--delete", "--group", "g", "--delete-internal-topic", "t"},
            {"--delete-offsets", "--group", "g"}, {"--delete-offsets", "--group", "g", "--group", "h", "--input-topic", "t"},
            {"--reset-offsets", "--group", "g", "--to-latest", "--input-topic", "t"},
            {"--reset-offsets", "--group", "g", "--to-latest", "--to-earliest", "--input-topic", "t", "--dry-run"},
            {"--reset-offsets", "--group", "g", "--dry-run", "--execute", "--to-latest", "--input-topic", "t"},
            {"--reset-offsets", "--to-latest", "--input-topic", "t", "--dry-run"},
            {"--reset-offsets", "--group", "g", "--to-latest", "--input-topic", "t", "--dry-run", "--delete-all-internal-topics"},
            {"--describe", "--group", "g", "--delete-all-internal-topics"}, {"--list", "--dry-run"}, {"--sleep"}};
        for (String[] words : wrong) TOOLS.agree(words);
    }
}
