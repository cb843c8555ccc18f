import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.consumer.OffsetAndTimestamp;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * Apache Kafka's clients of 0.10.2: message sets of magic 1, no headers, no admin client. Topics are created by their
 * first use, with one partition.
 */
public final class Suite {
    private static KafkaProducer<String, String> producer(Map<String, Object> settings) {
        final Map<String, Object> all = new HashMap<>(settings);
        all.put("bootstrap.servers", Check.BOOTSTRAP);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private static KafkaConsumer<String, String> consumer(Map<String, Object> settings) {
        final Map<String, Object> all = new HashMap<>();
        all.put("bootstrap.servers", Check.BOOTSTRAP);
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", "false");
        all.putAll(settings);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }

    private static List<RecordMetadata> send(List<ProducerRecord<String, String>> records, Map<String, Object> settings)
            throws Exception {
        final List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = producer(settings)) {
            for (ProducerRecord<String, String> record : records) sent.add(producer.send(record));
        }
        final List<RecordMetadata> places = new ArrayList<>();
        for (Future<RecordMetadata> one : sent) places.add(one.get());
        return places;
    }

    private static String topicOfNumbers(String stem, int count) throws Exception {
        final String topic = Check.unique(stem);
        send(numbers(0, count).stream().map(n -> new ProducerRecord<String, String>(topic, n)).collect(Collectors.toList()),
            Collections.emptyMap());
        return topic;
    }

    private static List<String> numbers(int from, int to) {
        return IntStream.range(from, to).mapToObj(Integer::toString).collect(Collectors.toList());
    }

    private static List<ConsumerRecord<String, String>> poll(KafkaConsumer<String, String> consumer, int count)
            throws Exception {
        final List<ConsumerRecord<String, String>> found = new ArrayList<>();
        Check.until(() -> {
            consumer.poll(500).forEach(found::add);
            return found.size() >= count;
        }, count + " records");
        return found;
    }

    private static List<ConsumerRecord<String, String>> recordsOf(String topic, int count) throws Exception {
        try (KafkaConsumer<String, String> consumer = consumer(Collections.emptyMap())) {
            consumer.assign(Collections.singletonList(new TopicPartition(topic, 0)));
            return poll(consumer, count);
        }
    }

    private static List<String> values(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(ConsumerRecord::value).collect(Collectors.toList());
    }

    private static void codecBringsBackAll(String codec) throws Exception {
        final String topic = Check.unique("codec");
        final Map<String, Object> settings = new HashMap<>();
        settings.put("compression.type", codec);
        settings.put("linger.ms", 20);
        final List<ProducerRecord<String, String>> sent = new ArrayList<>();
        for (int n = 0; n < 300; n++) {
            final String key = n % 3 == 0 ? null : "key-" + n;
            sent.add(new ProducerRecord<>(topic, 0, 1_600_000_000_000L + n, key, n % 7 == 0 ? null : "a value that repeats " + n));
        }
        final List<RecordMetadata> places = send(sent, settings);
        final List<ConsumerRecord<String, String>> found = recordsOf(topic, sent.size());
        for (int n = 0; n < sent.size(); n++) {
            Check.equal(places.get(n).offset(), (long) n, "offset told to the producer");
            Check.equal(found.get(n).offset(), (long) n, "offset");
            Check.equal(found.get(n).key(), sent.get(n).key(), "key at " + n);
            Check.equal(found.get(n).value(), sent.get(n).value(), "value at " + n);
            Check.equal(found.get(n).timestamp(), sent.get(n).timestamp(), "timestamp at " + n);
        }
    }

    private static void acksDelivers(String acks) throws Exception {
        final String topic = Check.unique("acks");
        send(Collections.singletonList(new ProducerRecord<>(topic, "value")), Collections.singletonMap("acks", acks));
        Check.equal(values(recordsOf(topic, 1)), Collections.singletonList("value"), "values");
    }

    private static void tooBigRecordIsRefused() throws Throwable {
        final char[] big = new char[3_000_000];
        Arrays.fill(big, 'x');
        final Map<String, Object> settings = Collections.singletonMap("max.request.size", 10_000_000);
        Check.refused(RecordTooLargeException.class, "three million bytes",
            () -> send(Collections.singletonList(new ProducerRecord<>(Check.unique("big"), new String(big))), settings));
    }

    private static void twoMembersShareThePartitions() throws Exception {
        final List<String> topics = new ArrayList<>();
        for (int n = 0; n < 4; n++) topics.add(topicOfNumbers("shared", 10));
        final Map<String, Object> settings = new HashMap<>();
        settings.put("group.id", Check.unique("group"));
        settings.put("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RoundRobinAssignor");
        settings.put("enable.auto.commit", "true");
        final Set<String> seen = new TreeSet<>();
        try (KafkaConsumer<String, String> stays = consumer(settings)) {
            stays.subscribe(topics);
            try (Joining leaves = new Joining(consumer(settings), topics)) {
                Check.until(() -> {
                    stays.poll(100).forEach(r -> seen.add(r.topic() + r.value()));
                    return stays.assignment().size() == 2 && leaves.owned == 2;
                }, "both have two topics");
                Check.until(() -> {
                    stays.poll(100).forEach(r -> seen.add(r.topic() + r.value()));
                    seen.addAll(leaves.seen);
                    return seen.size() == 40;
                }, "both together see everything");
            }
            Check.until(() -> {
                stays.poll(100);
                return stays.assignment().size() == 4;
            }, "the one that stays takes over");
        }
    }

    /** A second member; joining blocks, so it has a thread of its own. */
    private static final class Joining implements AutoCloseable {
        volatile int owned;
        final Set<String> seen = Collections.synchronizedSet(new TreeSet<>());
        private volatile boolean closing;
        private final Thread thread;

        Joining(KafkaConsumer<String, String> consumer, List<String> topics) {
            consumer.subscribe(topics);
            thread = new Thread(() -> {
                while (!closing) {
                    consumer.poll(100).forEach(r -> seen.add(r.topic() + r.value()));
                    owned = consumer.assignment().size();
                }
                consumer.close();
            });
            thread.start();
        }

        @Override
        public void close() throws InterruptedException {
            closing = true;
            thread.join(Check.WAIT_SECONDS * 1000L);
        }
    }

    private static void restartedConsumerGoesOnAfterItsCommit() throws Exception {
        final String topic = topicOfNumbers("resumed", 20);
        final TopicPartition partition = new TopicPartition(topic, 0);
        final Map<String, Object> settings = Collections.singletonMap("group.id", Check.unique("group"));
        try (KafkaConsumer<String, String> consumer = consumer(settings)) {
            consumer.subscribe(Collections.singletonList(topic));
            poll(consumer, 20);
            consumer.commitSync(Collections.singletonMap(partition, new OffsetAndMetadata(7, "seven")));
            Check.equal(consumer.committed(partition), new OffsetAndMetadata(7, "seven"), "commit");
        }
        try (KafkaConsumer<String, String> consumer = consumer(settings)) {
            consumer.subscribe(Collections.singletonList(topic));
            Check.equal(values(poll(consumer, 13)), numbers(7, 20), "values after the commit");
            consumer.commitSync();
            Check.equal(consumer.committed(partition).offset(), 20L, "offset committed by the second");
        }
    }

    private static void seekingAndOffsetsByTime() throws Exception {
        final String topic = Check.unique("seek");
        final TopicPartition partition = new TopicPartition(topic, 0);
        final List<ProducerRecord<String, String>> sent = new ArrayList<>();
        for (int n = 0; n < 30; n++) sent.add(new ProducerRecord<>(topic, 0, 1_700_000_000_000L + 1000 * n, null, "" + n));
        send(sent, Collections.singletonMap("compression.type", "gzip"));
        try (KafkaConsumer<String, String> consumer = consumer(Collections.emptyMap())) {
            consumer.assign(Collections.singletonList(partition));
            for (long start : new long[] {17, 0, 29}) {
                consumer.seek(partition, start);
                Check.equal(poll(consumer, 1).get(0).offset(), start, "offset after a seek");
            }
            Check.equal(consumer.beginningOffsets(Collections.singletonList(partition)).get(partition), 0L, "beginning");
            Check.equal(consumer.endOffsets(Collections.singletonList(partition)).get(partition), 30L, "end");
            final OffsetAndTimestamp found =
                consumer.offsetsForTimes(Collections.singletonMap(partition, 1_700_000_004_500L)).get(partition);
            Check.equal(found.offset() + "@" + found.timestamp(), "5@1700000005000", "by time");
            Check.that(consumer.listTopics().containsKey(topic), "the topic is listed");
        }
    }

    public static void main(String[] args) {
        for (String codec : Arrays.asList("none", "gzip", "snappy", "lz4"))
            Check.run("codec_brings_back_all[" + codec + "]", () -> codecBringsBackAll(codec));
        for (String acks : Arrays.asList("0", "1", "all")) Check.run("acks_delivers[" + acks + "]", () -> acksDelivers(acks));
        Check.run("too_big_record_is_refused", Suite::tooBigRecordIsRefused);
        Check.run("two_members_share_the_partitions", Suite::twoMembersShareThePartitions);
        Check.run("restarted_consumer_goes_on_after_its_commit", Suite::restartedConsumerGoesOnAfterItsCommit);
        Check.run("seeking_and_offsets_by_time", Suite::seekingAndOffsetsByTime);
        Check.finish();
    }
}
