import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.tools.consumer.group.ConsumerGroupCommand;

/** kafka-consumer-groups.sh on groups of both protocols, with members and without. */
final class ConsumerGroups implements AutoCloseable {
    private static final String[][] SCENARIOS = {{"--to-earliest"}, {"--to-latest"}, {"--to-current"},
        {"--to-offset", "1"}, {"--to-offset", "1000"}, {"--to-offset", "-1"}, {"--shift-by", "1"}, {"--shift-by", "-1"},
        {"--shift-by", "1000"}, {"--to-datetime", "2020-01-01T00:00:00.000"}, {"--to-datetime", "2120-01-01T00:00:00.000"},
        {"--to-datetime", "2020-01-01T00:00:00.000+02:00"}, {"--by-duration", "PT1H"}, {"--by-duration", "PT0S"}};

    private final Tools tools = new Tools("kafka-consumer-groups.sh", ConsumerGroupCommand::main);
    private final Members members = new Members();
    private final String orders = Members.newTopic("orders", 3), small = Members.newTopic("small", 1);
    private final String empty = Check.unique("empty"), nobody = Check.unique("nobody");
    private final String classic = Check.unique("classic"), modern = Check.unique("a-group-with-a-long-name-of-the-new-protocol");

    ConsumerGroups() throws Exception {
        commit(empty);
        members.start(classic, "classic", Map.of("client.id", "first"), orders, small);
        members.start(classic, "classic", Map.of("client.id", "second", "group.instance.id", "static-one"), orders);
        members.start(modern, "consumer", Map.of("client.id", "a-client-with-a-long-name"), orders);
        members.start(modern, "consumer", Map.of("group.instance.id", "static-two"), orders, small);
        // There is no partition for one of these.
        final String idle = Check.unique("idle");
        for (int i = 0; i < 2; i++) members.start(idle, "classic", Map.of(), small);
        Members.untilStable(classic, 2);
        Members.untilStable(modern, 2);
        Members.untilStable(idle, 2);
    }

    @Override
    public void close() throws Exception {
        members.close();
    }

    /** Offsets for three of four partitions; one with an epoch and metadata. */
    private void commit(String group) throws Exception {
        final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>();
        offsets.put(new TopicPartition(orders, 0), new OffsetAndMetadata(1, Optional.of(0), "so far"));
        offsets.put(new TopicPartition(orders, 1), new OffsetAndMetadata(0));
        offsets.put(new TopicPartition(small, 0), new OffsetAndMetadata(1));
        Members.ADMIN.alterConsumerGroupOffsets(group, offsets).all().get();
    }

    private String twins() throws Exception {
        final String stem = Check.unique("twin");
        for (String end : List.of("-k", "-s")) commit(stem + end);
        return stem;
    }

    private static String[] and(String[] some, String... more) {
        final List<String> all = new ArrayList<>(Arrays.asList(some));
        all.addAll(Arrays.asList(more));
        return all.toArray(String[]::new);
    }

    void areListedAlike() throws Exception {
        tools.agree("--list");
        for (String filter : List.of("--state", "--type")) tools.agree("--list", filter);
        tools.agree("--list", "--state", "--type");
        for (String states : List.of("stable", "Empty", "empty,STABLE", "Dead")) tools.agree("--list", "--state", states);
        for (String types : List.of("classic", "CONSUMER", "consumer,classic")) tools.agree("--list", "--type", types);
        tools.agree("--list", "--type", "classic", "--state", "Empty");
        tools.agree("--list", "--state", "Sleeping");
        tools.agree("--list", "--type", "share");
    }

    void areDescribedAlike() throws Exception {
        final String[][] subjects = {{"--group", empty}, {"--group", classic}, {"--group", modern}, {"--group", nobody},
            {"--group", empty, "--group", modern}, {"--all-groups"}};
        for (String[] subject : subjects) {
            for (String part : List.of("", "--offsets", "--members", "--state")) {
                final String[] words = part.isEmpty() ? and(subject, "--describe") : and(subject, "--describe", part);
                tools.agree(words);
                tools.agree(and(words, "--verbose"));
            }
        }
    }

    void resetsArePlannedAlike() throws Exception {
        final String[] plain = {"--reset-offsets", "--dry-run", "--group", empty, "--topic", orders + ":0,1", "--topic", small};
        final String[] all = {"--reset-offsets", "--dry-run", "--group", empty, "--all-topics"};
        for (String[] scenario : SCENARIOS) {
            tools.agree(and(plain, scenario));
            tools.agree(and(and(all, scenario), "--export"));
        }
        final String[] everywhere = {"--reset-offsets", "--dry-run", "--group", empty, "--group", nobody, "--topic", orders};
        tools.agree(and(everywhere, "--to-earliest"));
        tools.agree(and(everywhere, "--to-earliest", "--export"));
        tools.agree("--reset-offsets", "--group", empty, "--topic", orders, "--to-latest");
        tools.agree("--reset-offsets", "--group", nobody, "--topic", orders, "--to-current", "--dry-run");
    }

    void resetsAreRefusedAlike() throws Exception {
        final String[] plain = {"--reset-offsets", "--dry-run", "--group", empty};
        tools.agree("--reset-offsets", "--dry-run", "--group", classic, "--topic", orders, "--to-earliest");
        tools.agree("--reset-offsets", "--dry-run", "--group", modern, "--all-topics", "--to-earliest");
        tools.agree("--reset-offsets", "--dry-run", "--all-groups", "--all-topics", "--to-earliest");
        tools.agree("--reset-offsets", "--dry-run", "--group", nobody, "--all-topics", "--to-earliest");
        tools.agree(and(plain, "--to-earliest"));
        tools.agree(and(plain, "--topic", orders));
        tools.agree(and(plain, "--topic", "not-there", "--to-earliest"));
        tools.agree(and(plain, "--topic", orders + ":7", "--to-earliest"));
        tools.agree(and(plain, "--topic", orders + ":x", "--to-earliest"));
        tools.agree(and(plain, "--topic", orders + ":", "--to-earliest"));
        tools.agree(and(plain, "--topic", orders + ":2", "--shift-by", "1"));
        tools.agree(and(plain, "--topic", orders, "--to-datetime", "yesterday"));
        tools.agree(and(plain, "--topic", orders, "--to-datetime", "2020-01-01T00:00"));
        tools.agree(and(plain, "--topic", orders, "--by-duration", "an hour"));
        tools.agree(and(plain, "--from-file", "/not/there"));
    }

    void resetsAreDoneAlike() throws Exception {
        final String twins = twins();
        for (String[] scenario : SCENARIOS) {
            tools.agreeOnTwins(twins, and(scenario, "--reset-offsets", "--execute", "--group", "TWIN", "--all-topics"));
            tools.agreeOnTwins(twins, "--describe", "--verbose", "--group", "TWIN");
        }
        final Path file = Path.of(System.getenv("INTEROP_WORK"), "plan.csv");
        Files.writeString(file, orders + ",0,0\n" + orders + ",2,1000\n\"" + small + "\",0,1\n");
        tools.agreeOnTwins(twins, "--reset-offsets", "--execute", "--group", "TWIN", "--from-file", file.toString());
        tools.agreeOnTwins(twins, "--reset-offsets", "--execute", "--group", "TWIN", "--from-file", file.toString(), "--export");
        tools.agreeOnTwins(twins, "--describe", "--group", "TWIN");
        for (String end : List.of("-k", "-s"))
            Files.writeString(Path.of(file + end), twins + end + "," + orders + ",0,1\nanother," + small + ",0,0\n");
        final String[] two = {"--reset-offsets", "--dry-run", "--group", "TWIN", "--group", "another"};
        tools.agree(and(naming(two, twins + "-k"), "--from-file", file + "-k"));
        tools.agree(and(naming(two, twins + "-k"), "--from-file", file + "-k", "--export"));
    }

    private static String[] naming(String[] words, String group) {
        return Arrays.stream(words).map(word -> word.replace("TWIN", group)).toArray(String[]::new);
    }

    void offsetsAreDeletedAlike() throws Exception {
        final String twins = twins();
        tools.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--topic", small);
        tools.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--topic", small);
        tools.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--topic", orders + ":0,2");
        tools.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--topic", orders + ":7", "--topic", "not-there");
        tools.agreeOnTwins(twins, "--delete-offsets", "--group", "TWIN", "--topic", "not-there");
        tools.agreeOnTwins(twins, "--describe", "--group", "TWIN");
        tools.agree("--delete-offsets", "--group", nobody, "--topic", orders);
        tools.agree("--delete-offsets", "--group", nobody, "--topic", "not-there");
        tools.agree("--delete-offsets", "--group", classic, "--topic", small);
        tools.agree("--delete-offsets", "--group", modern, "--topic", orders + ":0");
    }

    void areDeletedAlike() throws Exception {
        final String twins = twins();
        tools.agreeOnTwins(twins, "--delete", "--group", "TWIN", "--group", nobody);
        tools.agreeOnTwins(twins, "--describe", "--group", "TWIN");
        tools.agreeOnTwins(twins(), "--delete", "--group", "TWIN");
        tools.agree("--delete", "--group", nobody);
        tools.agree("--delete", "--group", classic);
        tools.agree("--delete", "--group", modern, "--group", classic);
    }

    void wrongWordsAreRefusedAlike() throws Exception {
        final String[][] wrong = {{}, {"--list", "--describe"}, {"--describe"}, {"--delete"}, {"--delete-offsets"},
            {"--reset-offsets"}, {"--list", "--group", "g"}, {"--list", "--members"}, {"--list", "--topic", "t"},
            {"--describe", "--group", "g", "--members", "--state"}, {"--describe", "--group", "g", "--state", "Empty"},
            {"--describe", "--group", "g", "--all-groups"}, {"--describe", "--group", "g", "--type"},
            {"--describe", "--group", "g", "--topic", "t"}, {"--delete", "--group", "g", "--topic", "t"},
            {"--delete", "--group", "g", "--verbose"}, {"--delete-offsets", "--group", "g"},
            {"--reset-offsets", "--group", "g", "--to-latest", "--to-earliest", "--topic", "t"},
            {"--reset-offsets", "--group", "g", "--dry-run", "--execute", "--to-latest", "--topic", "t"},
            {"--reset-offsets", "--to-latest", "--topic", "t", "--dry-run"}, {"--group"}, {"--sleep"}};
        for (String[] words : wrong) tools.agree(words);
        for (String pattern : List.of("orders.*", "orders(", "[a-", "a**", "x{2,1}", "(?i)Orders"))
            tools.agree("--validate-regex", pattern);
    }
}
