import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.kstream.JoinWindows;
import org.apache.kafka.streams.kstream.KStream;

/** What applications do, whichever way their tasks are assigned. */
final class Applications {
    private static final Duration PATIENCE = Duration.ofSeconds(Check.WAIT_SECONDS);

    private Applications() {}

    /** Splits lines, brings equal words together by way of a repartition topic, and counts with a changelog. */
    static Topology wordCount(String from, String to) {
        final StreamsBuilder builder = new StreamsBuilder();
        builder.<String, String>stream(from)
            .flatMapValues(line -> Arrays.asList(line.split(" ")))
            .groupBy((key, word) -> word)
            .count()
            .toStream()
            .mapValues(count -> "" + count)
            .to(to);
        return builder.build();
    }

    static void wordsAreCounted(String protocol) throws Throwable {
        final String lines = Clients.newTopic("lines", 3), counts = Clients.newTopic("counts", 1);
        final KafkaStreams streams = Clients.start(wordCount(lines, counts), Check.unique("count"), protocol, Map.of());
        try {
            Clients.send(lines, "a", "the quick brown fox", "the lazy dog");
            Clients.send(lines, "b", "the fox");
            Clients.untilLatest(counts, Map.of("the", "3", "quick", "1", "brown", "1", "fox", "2", "lazy", "1", "dog", "1"));
            Clients.send(lines, "c", "dog eats dog");
            Clients.untilLatest(counts,
                Map.of("the", "3", "quick", "1", "brown", "1", "fox", "2", "lazy", "1", "dog", "3", "eats", "1"));
        } finally {
            streams.close(PATIENCE);
        }
    }

    static void streamsAreJoined(String protocol) throws Throwable {
        final String views = Clients.newTopic("views", 2), clicks = Clients.newTopic("clicks", 2);
        final String joined = Clients.newTopic("joined", 1);
        final StreamsBuilder builder = new StreamsBuilder();
        final KStream<String, String> left = builder.stream(views), right = builder.stream(clicks);
        left.join(right, (view, click) -> view + "+" + click, JoinWindows.ofTimeDifferenceWithNoGrace(Duration.ofMinutes(5)))
            .to(joined);
        final KafkaStreams streams = Clients.start(builder.build(), Check.unique("join"), protocol, Map.of());
        try {
            Clients.send(views, "k1", "v1");
            Clients.send(views, "k2", "v2");
            Clients.send(clicks, "k2", "c2");
            Clients.send(clicks, "k3", "c3");
            Clients.untilLatest(joined, Map.of("k2", "v2+c2"));
            Clients.send(clicks, "k1", "c1");
            Clients.untilLatest(joined, Map.of("k1", "v1+c1", "k2", "v2+c2"));
        } finally {
            streams.close(PATIENCE);
        }
    }

    /** A second instance takes some of the tasks, and all when the first one goes; no word is counted twice. */
    static void tasksMove(String protocol) throws Throwable {
        final String lines = Clients.newTopic("lines", 2), counts = Clients.newTopic("counts", 1);
        final String application = Check.unique("moving");
        final KafkaStreams first = Clients.start(wordCount(lines, counts), application, protocol, Map.of());
        KafkaStreams second = null;
        try {
            Clients.send(lines, "a", "one two");
            Clients.untilLatest(counts, Map.of("one", "1", "two", "1"));
            Check.equal(Clients.activeTasks(first), 4, "tasks of the only instance");
            second = Clients.start(wordCount(lines, counts), application, protocol, Map.of());
            final KafkaStreams other = second;
            Check.until(() -> Clients.activeTasks(first) == 2 && Clients.activeTasks(other) == 2, "each has two tasks");
            Clients.send(lines, "b", "two three");
            Clients.untilLatest(counts, Map.of("one", "1", "two", "2", "three", "1"));
            first.close(PATIENCE);
            Check.until(() -> Clients.activeTasks(other) == 4, "the other has all tasks");
            Clients.send(lines, "c", "three four");
            Clients.untilLatest(counts, Map.of("one", "1", "two", "2", "three", "2", "four", "1"));
        } finally {
            first.close(PATIENCE);
            if (second != null) second.close(PATIENCE);
        }
    }
}
