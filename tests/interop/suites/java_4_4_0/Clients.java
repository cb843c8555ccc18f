import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Producers, consumers and topics, as the checks of this suite need them. */
final class Clients {
    /** One for all checks; it is safe to share. */
    static final Admin ADMIN = Admin.create(Map.of("bootstrap.servers", Check.BOOTSTRAP));

    private Clients() {}

    static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        return new KafkaProducer<>(with(settings, Map.of()), new StringSerializer(), new StringSerializer());
    }

    /** Begins at the beginning and commits only when told to, unless the settings say otherwise. */
    static KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        final Map<String, Object> defaults = Map.of("auto.offset.reset", "earliest", "enable.auto.commit", "false");
        return new KafkaConsumer<>(with(settings, defaults), new StringDeserializer(), new StringDeserializer());
    }

    static Map<String, Object> with(Map<String, Object> settings, Map<String, Object> defaults) {
        final Map<String, Object> all = new HashMap<>(defaults);
        all.put("bootstrap.servers", Check.BOOTSTRAP);
        all.putAll(settings);
        return all;
    }

    static String newTopic(String stem, int partitions, Map<String, String> configs) throws Exception {
        final String topic = Check.unique(stem);
        ADMIN.createTopics(List.of(new NewTopic(topic, partitions, (short) 1).configs(configs))).all().get();
        Check.until(() -> ADMIN.listTopics().names().get().contains(topic), topic + " is listed");
        return topic;
    }

    static String newTopic(String stem, int partitions) throws Exception {
        return newTopic(stem, partitions, Map.of());
    }

    /** Sends the numbers of a range as values to partition 0. */
    static void sendNumbers(String topic, int from, int to) {
        try (KafkaProducer<String, String> producer = producer(Map.of())) {
            for (int n = from; n < to; n++) producer.send(new ProducerRecord<>(topic, 0, null, "" + n));
        }
    }

    static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).toList();
    }

    static List<Long> offsets(int from, int to) {
        return IntStream.range(from, to).mapToObj(n -> (long) n).toList();
    }

    /** Polls until there are `count` records that are wanted. */
    static List<ConsumerRecord<String, String>> poll(
            KafkaConsumer<String, String> consumer, int count, Predicate<ConsumerRecord<String, String>> wanted)
            throws Exception {
        final List<ConsumerRecord<String, String>> found = new ArrayList<>();
        Check.until(() -> {
            consumer.poll(Duration.ofMillis(500)).forEach(r -> { if (wanted.test(r)) found.add(r); });
            return found.size() >= count;
        }, count + " records");
        return found;
    }

    static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count) throws Exception {
        return poll(consumer, count, record -> true);
    }

    /** The first records of a topic's partition 0, read without a group. */
    static List<ConsumerRecord<String, String>> recordsOf(String topic, int count, Map<String, Object> settings)
            throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(settings)) {
            consumer.assign(List.of(new TopicPartition(topic, 0)));
            return poll(consumer, count);
        }
    }

    static List<ConsumerRecord<String, String>> recordsOf(String topic, int count) throws Exception {
        return recordsOf(topic, count, Map.of());
    }

    static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).toList();
    }

    static List<Long> offsets(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::offset).toList();
    }

    /** A record in one line: all that its producer gave it. */
    static String text(String key, String value, Long timestamp, Iterable<Header> headers) {
        final List<String> named = StreamSupport.stream(headers.spliterator(), false)
            .map(h -> h.key() + "=" + (h.value() == null ? "null" : new String(h.value()))).toList();
        return key + " -> " + value + " at " + timestamp + " with " + named;
    }

    /** The partitions of a set, as sorted numbers. */
    static List<Integer> partitions(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::partition).sorted().toList();
    }
}
