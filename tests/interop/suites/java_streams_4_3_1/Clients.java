import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;

/** What is around an application: topics, what is sent and what comes out, and the application itself. */
final class Clients {
    /** One for all checks; it is safe to share. */
    static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", Check.BOOTSTRAP));

    private Clients() {}

    static String newTopic(String stem, int partitions) throws Exception {
        final String topic = Check.unique(stem);
        ADMIN.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
        Check.until(() -> ADMIN.listTopics().names().get().contains(topic), topic + " is listed");
        return topic;
    }

    static void send(String topic, String key, String... values) {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                 Map.of("bootstrap.servers", Check.BOOTSTRAP), new StringSerializer(), new StringSerializer())) {
            for (String value : values) producer.send(new ProducerRecord<>(topic, key, value));
        }
    }

    /** Reads what is committed until the last value of each key is as expected. */
    static void untilLatest(String topic, Map<String, String> expected) throws Exception {
        final Map<String, String> latest = new HashMap<>();
        final Map<String, Object> settings = Map.of("bootstrap.servers", Check.BOOTSTRAP, "auto.offset.reset", "earliest",
            "group.id", Check.unique("reader"), "isolation.level", "read_committed");
        try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(topic));
            Check.until(() -> {
                consumer.poll(Duration.ofMillis(300)).forEach(r -> latest.put(r.key(), r.value()));
                return latest.equals(expected);
            }, topic + " says " + expected + "; it says " + latest);
        }
    }

    /** An instance of an application, started. */
    static KafkaStreams start(Topology topology, String application, String protocol, Map<String, Object> more) {
        final Properties settings = new Properties();
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, Check.BOOTSTRAP);
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, application);
        settings.put(StreamsConfig.GROUP_PROTOCOL_CONFIG, protocol);
        settings.put(StreamsConfig.PROCESSING_GUARANTEE_CONFIG, StreamsConfig.EXACTLY_ONCE_V2);
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.StringSerde.class);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, System.getenv("INTEROP_WORK") + "/" + Check.unique("state"));
        settings.put(StreamsConfig.COMMIT_INTERVAL_MS_CONFIG, 100);
        settings.put(StreamsConfig.REPLICATION_FACTOR_CONFIG, 1);
        settings.put(StreamsConfig.DSL_STORE_SUPPLIERS_CLASS_CONFIG,
            "org.apache.kafka.streams.state.BuiltInDslStoreSuppliers$InMemoryDslStoreSuppliers");
        settings.put("auto.offset.reset", "earliest");
        // Of the classic protocol an instance does not leave its group when it closes: it is missed.
        if (protocol.equals("classic")) settings.putAll(Map.of("session.timeout.ms", 6000, "heartbeat.interval.ms", 2000));
        settings.putAll(more);
        final KafkaStreams streams = new KafkaStreams(topology, settings);
        streams.start();
        return streams;
    }

    static void untilRunning(KafkaStreams streams) throws Exception {
        Check.until(() -> streams.state() == KafkaStreams.State.RUNNING, "the application runs");
    }

    /** How many tasks an instance processes. */
    static int activeTasks(KafkaStreams streams) {
        return streams.metadataForLocalThreads().stream().mapToInt(thread -> thread.activeTasks().size()).sum();
    }

    static int standbyTasks(KafkaStreams streams) {
        return streams.metadataForLocalThreads().stream().mapToInt(thread -> thread.standbyTasks().size()).sum();
    }
}
