import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Members of groups, each polling on a thread of its own, and the topics that they read. */
final class Members implements AutoCloseable {
    static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", Check.BOOTSTRAP));

    private final AtomicBoolean closing = new AtomicBoolean();
    private final List<Thread> threads = new ArrayList<>();

    /** With as many records in each partition as its number and one. */
    static String newTopic(String stem, int partitions) throws Exception {
        final String topic = Check.unique(stem);
        ADMIN.createTopics(List.of(new NewTopic(topic, partitions, (short) 1))).all().get();
        Check.until(() -> ADMIN.listTopics().names().get().contains(topic), topic + " is listed");
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(
                 Map.of("bootstrap.servers", Check.BOOTSTRAP), new StringSerializer(), new StringSerializer())) {
            for (int partition = 0; partition < partitions; partition++)
                for (int record = 0; record <= partition; record++)
                    producer.send(new ProducerRecord<>(topic, partition, "key", "value")).get();
        }
        return topic;
    }

    /** A member that reads the topics and commits where it is. */
    void start(String group, String protocol, Map<String, Object> more, String... topics) {
        final Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", Check.BOOTSTRAP, "group.id", group,
            "group.protocol", protocol, "auto.offset.reset", "earliest", "auto.commit.interval.ms", 200));
        settings.putAll(more);
        final Thread thread = new Thread(() -> {
            try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
                consumer.subscribe(List.of(topics));
                while (!closing.get()) consumer.poll(Duration.ofMillis(100));
            }
        });
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
    }

    static void untilStable(String group, int members) throws Exception {
        Check.until(() -> {
            if (ADMIN.listGroups().all().get().stream().noneMatch(listed -> listed.groupId().equals(group))) return false;
            final var described = ADMIN.describeConsumerGroups(List.of(group)).all().get().get(group);
            return described.groupState() == GroupState.STABLE && described.members().size() == members;
        }, group + " has " + members + " members and is stable");
    }

    @Override
    public void close() throws Exception {
        closing.set(true);
        for (Thread thread : threads) thread.join();
    }
}
