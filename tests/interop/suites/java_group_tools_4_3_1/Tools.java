import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.kafka.common.utils.Exit;

/** Apache Kafka's command for groups and ours, told the same, on one broker. */
final class Tools {
    private static final String LAUNCHER = System.getenv("INTEROP_TREE") + "/bin/";

    /** A command of Apache Kafka's, which runs in this process. */
    interface Command {
        void main(String[] words) throws Exception;
    }

    /** What a command did; output without what is no part of its promise, as lines. */
    record Said(int status, List<String> output, List<String> errors) {}

    private static final class Exited extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private static final List<String> DIFFERENCES = new ArrayList<>();

    private final String name;
    private final Command command;

    Tools(String name, Command command) {
        this.name = name;
        this.command = command;
    }

    /** Both say the same. Where the cluster changes meanwhile, they are asked again. */
    void agree(String... words) throws Exception {
        final Said[] kafkas = {null}, ours = {null};
        Check.until(() -> {
            final Said before = kafkas(words);
            ours[0] = ours(words);
            kafkas[0] = kafkas(words);
            return before.equals(kafkas[0]);
        }, "Kafka's " + name + " says twice the same of " + Arrays.toString(words));
        compare(kafkas[0], ours[0], words);
    }

    /** Kafka's command changes one group and ours another, which were alike; `TWIN` stands for the group. */
    void agreeOnTwins(String twin, String... words) throws Exception {
        compare(kafkas(naming(twin + "-k", words)), ours(naming(twin + "-s", words)), words);
    }

    private static String[] naming(String group, String... words) {
        return Arrays.stream(words).map(word -> word.replace("TWIN", group)).toArray(String[]::new);
    }

    private void compare(Said kafkas, Said ours, String... words) {
        final String what = name + " " + String.join(" ", words);
        if (kafkas.equals(ours)) return;
        DIFFERENCES.add(what + "\n--- Kafka's\n" + shown(kafkas) + "--- ours\n" + shown(ours));
    }

    /** Fails if there was a difference since the last time. */
    static void verify() {
        final String all = String.join("\n", DIFFERENCES);
        DIFFERENCES.clear();
        if (!all.isEmpty()) throw new AssertionError(all);
    }

    private static String shown(Said said) {
        return "status " + said.status + "\n" + String.join("\n", said.output) + "\n--- errors\n"
            + String.join("\n", said.errors) + "\n";
    }

    private static String[] connected(String... words) {
        final List<String> all = new ArrayList<>(List.of("--bootstrap-server", Check.BOOTSTRAP));
        all.addAll(Arrays.asList(words));
        return all.toArray(String[]::new);
    }

    /** What is printed until the command wants to end the process counts. */
    Said kafkas(String... words) throws Exception {
        final PrintStream out = System.out, err = System.err;
        final ByteArrayOutputStream output = new ByteArrayOutputStream(), errors = new ByteArrayOutputStream();
        final Said[] said = {null};
        Exit.setExitProcedure((status, message) -> {
            if (said[0] == null) said[0] = normal(status, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
            throw new Exited();
        });
        System.setOut(new PrintStream(output, true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(errors, true, StandardCharsets.UTF_8));
        try {
            command.main(connected(words));
        } catch (Exited exited) {
            // It has been recorded.
        } catch (RuntimeException uncaught) {
            said[0] = normal(1, output.toString(StandardCharsets.UTF_8), uncaught.getMessage());
        } finally {
            System.setOut(out);
            System.setErr(err);
            Exit.resetExitProcedure();
        }
        return said[0] != null ? said[0] : normal(0, output.toString(StandardCharsets.UTF_8), errors.toString(StandardCharsets.UTF_8));
    }

    private Said ours(String... words) throws Exception {
        final List<String> command = new ArrayList<>(List.of(LAUNCHER + name));
        command.addAll(Arrays.asList(connected(words)));
        final Process process = new ProcessBuilder(command).start();
        process.getOutputStream().close();
        final var errors = CompletableFuture.supplyAsync(() -> {
            try {
                return new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
            } catch (java.io.IOException failed) {
                throw new java.io.UncheckedIOException(failed);
            }
        });
        final String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return normal(process.waitFor(), output, errors.get());
    }

    /**
     * The rows of tables come in the order of a hash table, as do lists of what is valid: lines are sorted. Clients
     * have a sentence of their own for each kind of failure, so that only the kind counts. Of errors there is what
     * comes before stack traces and help, without warnings, which Kafka writes by way of its log.
     */
    private static Said normal(int status, String output, String errors) {
        final List<String> lines = new ArrayList<>(output.replaceAll("-[ks]\\b", "-twin")
            .replaceAll("(org\\.apache\\.kafka\\.common\\.errors\\.\\w+): .*", "$1")
            .replaceAll("The group id does not exist\\.|There is no such group\\.", "GROUP_ID_NOT_FOUND")
            .replaceAll("This server does not host (this topic-partition|the topic or partition)\\.", "UNKNOWN_TOPIC_OR_PARTITION")
            .lines().toList());
        lines.sort(null);
        final List<String> kept = new ArrayList<>();
        for (String line : errors.replaceAll("-[ks]\\b", "-twin").lines().toList()) {
            if (line.matches("(?s)Option +Description.*|\\s+at .*|Caused by: .*|(java|org|com|joptsimple)\\.[\\w.$]*(Exception|Error)\\b.*")) break;
            if (!line.contains("WARN")) kept.add(line.replaceAll("(Valid \\w+ are: |scenarios: ).*", "$1").replaceAll("(following|these) options: .*", "$1 options"));
        }
        // Help is in each command's own words.
        if (status != 0 && !kept.isEmpty()) kept.subList(1, kept.size()).clear();
        return new Said(status, lines, kept);
    }
}
