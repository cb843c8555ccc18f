import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import kafka.api.FetchRequestBuilder;
import kafka.api.PartitionOffsetRequestInfo;
import kafka.common.OffsetAndMetadata;
import kafka.common.TopicAndPartition;
import kafka.javaapi.FetchResponse;
import kafka.javaapi.OffsetCommitRequest;
import kafka.javaapi.OffsetFetchRequest;
import kafka.javaapi.OffsetRequest;
import kafka.javaapi.TopicMetadata;
import kafka.javaapi.TopicMetadataRequest;
import kafka.javaapi.consumer.SimpleConsumer;
import kafka.javaapi.producer.Producer;
import kafka.message.MessageAndOffset;
import kafka.producer.KeyedMessage;
import kafka.producer.ProducerConfig;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache Kafka's clients of 0.8.2: message sets of magic 0 and the first version of each request. There are two
 * producers, the old one and the new one, and the consumer of single partitions; the consumer of groups needs ZooKeeper.
 */
public final class Suite {
    private static final String HOST = Check.BOOTSTRAP.substring(0, Check.BOOTSTRAP.indexOf(':'));
    private static final int PORT = Integer.parseInt(Check.BOOTSTRAP.substring(HOST.length() + 1));
    private static final String CLIENT = "the-client";

    private static SimpleConsumer consumer() {
        return new SimpleConsumer(HOST, PORT, Check.WAIT_SECONDS * 1000, 64 * 1024, CLIENT);
    }

    /** Makes a topic by asking for it, as these clients do, and waits until it has a leader. */
    private static String newTopic(String stem) throws Exception {
        final String topic = Check.unique(stem);
        final SimpleConsumer consumer = consumer();
        Check.until(() -> {
            final TopicMetadata found =
                consumer.send(new TopicMetadataRequest(Collections.singletonList(topic))).topicsMetadata().get(0);
            return found.errorCode() == 0 && found.partitionsMetadata().get(0).leader() != null;
        }, topic + " has a leader");
        consumer.close();
        return topic;
    }

    private static Map<TopicAndPartition, Long> offsets(String topic, long time) {
        final TopicAndPartition partition = new TopicAndPartition(topic, 0);
        final Map<TopicAndPartition, PartitionOffsetRequestInfo> asked =
            Collections.singletonMap(partition, new PartitionOffsetRequestInfo(time, 1));
        final SimpleConsumer consumer = consumer();
        final long[] found =
            consumer.getOffsetsBefore(new OffsetRequest(asked, kafka.api.OffsetRequest.CurrentVersion(), CLIENT)).offsets(topic, 0);
        consumer.close();
        return Collections.singletonMap(partition, found[0]);
    }

    private static String text(ByteBuffer bytes) {
        return bytes == null ? null : StandardCharsets.UTF_8.decode(bytes).toString();
    }

    /** Messages from an offset on, as `offset key -> value`. A fetch may begin before what it asks for. */
    private static List<String> fetch(String topic, long from, int count) throws Exception {
        final List<String> found = new ArrayList<>();
        final SimpleConsumer consumer = consumer();
        Check.until(() -> {
            final long next = from + found.size();
            final FetchResponse answer = consumer.fetch(
                new FetchRequestBuilder().clientId(CLIENT).addFetch(topic, 0, next, 1_000_000).maxWait(500).minBytes(1).build());
            Check.equal(answer.errorCode(topic, 0), (short) 0, "error of a fetch");
            for (MessageAndOffset one : answer.messageSet(topic, 0)) {
                if (one.offset() < next) continue;
                found.add(one.offset() + " " + text(one.message().key()) + " -> " + text(one.message().payload()));
            }
            return found.size() >= count;
        }, count + " messages");
        consumer.close();
        return found;
    }

    private static List<String> expected(int from, int to) {
        final List<String> lines = new ArrayList<>();
        for (int n = from; n < to; n++) lines.add(n + " " + key(n) + " -> " + value(n));
        return lines;
    }

    private static String key(int n) {
        return n % 3 == 0 ? null : "key-" + n;
    }

    private static String value(int n) {
        return "a value that repeats and repeats and repeats " + n;
    }

    private static void newProducerIsReadBack(String codec) throws Exception {
        final String topic = newTopic("new");
        final Map<String, Object> settings = new HashMap<>();
        settings.put("bootstrap.servers", Check.BOOTSTRAP);
        settings.put("compression.type", codec);
        settings.put("linger.ms", 20L);
        settings.put("acks", "all");
        final List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer =
                 new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < 200; n++) sent.add(producer.send(new ProducerRecord<>(topic, key(n), value(n))));
        }
        for (int n = 0; n < 200; n++) Check.equal(sent.get(n).get().offset(), (long) n, "offset told to the producer");
        Check.equal(fetch(topic, 0, 200), expected(0, 200), "messages");
    }

    private static void oldProducerIsReadBack(String codec) throws Exception {
        final String topic = newTopic("old");
        final Properties settings = new Properties();
        settings.put("metadata.broker.list", Check.BOOTSTRAP);
        settings.put("serializer.class", "kafka.serializer.StringEncoder");
        settings.put("request.required.acks", "1");
        settings.put("compression.codec", codec);
        final Producer<String, String> producer = new Producer<>(new ProducerConfig(settings));
        final List<KeyedMessage<String, String>> batch = new ArrayList<>();
        for (int n = 0; n < 100; n++) batch.add(new KeyedMessage<>(topic, key(n), value(n)));
        producer.send(batch);
        producer.close();
        Check.equal(fetch(topic, 0, 100), expected(0, 100), "messages");
        Check.equal(fetch(topic, 57, 43), expected(57, 100), "messages from within the batch");
    }

    private static void offsetsAreListed() throws Exception {
        final String topic = newTopic("offsets");
        final TopicAndPartition partition = new TopicAndPartition(topic, 0);
        Check.equal(offsets(topic, kafka.api.OffsetRequest.LatestTime()).get(partition), 0L, "latest of an empty topic");
        final Map<String, Object> settings = Collections.singletonMap("bootstrap.servers", Check.BOOTSTRAP);
        try (KafkaProducer<String, String> producer =
                 new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < 10; n++) producer.send(new ProducerRecord<>(topic, value(n))).get();
        }
        Check.equal(offsets(topic, kafka.api.OffsetRequest.LatestTime()).get(partition), 10L, "latest");
        Check.equal(offsets(topic, kafka.api.OffsetRequest.EarliestTime()).get(partition), 0L, "earliest");
    }

    private static void offsetsAreCommittedAndFetched() throws Exception {
        final String topic = newTopic("committed");
        final String group = Check.unique("group");
        final TopicAndPartition partition = new TopicAndPartition(topic, 0);
        final SimpleConsumer consumer = consumer();
        final OffsetFetchRequest asking =
            new OffsetFetchRequest(group, Collections.singletonList(partition), (short) 1, 0, CLIENT);
        Check.until(() -> consumer.fetchOffsets(asking).offsets().get(partition).error() == 0, "the group has a coordinator");
        Check.equal(consumer.fetchOffsets(asking).offsets().get(partition).offset(), -1L, "offset before a commit");
        final Map<TopicAndPartition, OffsetAndMetadata> offsets =
            Collections.singletonMap(partition, new OffsetAndMetadata(5L, "five", -1L));
        final var answer = consumer.commitOffsets(new OffsetCommitRequest(group, offsets, 0, CLIENT, (short) 1));
        Check.equal(answer.errors().get(partition), (short) 0, "error of the commit");
        Check.equal(consumer.fetchOffsets(asking).offsets().get(partition).offset(), 5L, "offset");
        Check.equal(consumer.fetchOffsets(asking).offsets().get(partition).metadata(), "five", "metadata");
        consumer.close();
    }

    public static void main(String[] args) {
        for (String codec : List.of("none", "gzip", "snappy"))
            Check.run("new_producer_is_read_back[" + codec + "]", () -> newProducerIsReadBack(codec));
        for (String codec : List.of("none", "gzip", "snappy"))
            Check.run("old_producer_is_read_back[" + codec + "]", () -> oldProducerIsReadBack(codec));
        Check.run("offsets_are_listed", Suite::offsetsAreListed);
        Check.run("offsets_are_committed_and_fetched", Suite::offsetsAreCommittedAndFetched);
        Check.finish();
    }
}
