import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;

/** Consumers that share a topic, leave, and come back. */
final class Groups {
    private Groups() {}

    /** A consumer of a group, polled by a thread of its own, which alone touches it. */
    private static final class Member implements AutoCloseable, ConsumerRebalanceListener {
        private final KafkaConsumer<String, String> consumer;
        private final ConcurrentLinkedQueue<String> seen;
        private final AtomicReference<List<Integer>> owned = new AtomicReference<>(List.of());
        private final AtomicReference<Throwable> thrown = new AtomicReference<>();
        private final Thread thread = new Thread(this::poll);

        Member(String topic, ConcurrentLinkedQueue<String> seen, Map<String, Object> settings) {
            this.seen = seen;
            consumer = Clients.consumer(Clients.with(settings, Map.of("enable.auto.commit", true)));
            consumer.subscribe(List.of(topic), this);
            thread.start();
        }

        private void poll() {
            try (consumer) {
                while (true) consumer.poll(Duration.ofSeconds(1)).forEach(r -> seen.add(r.value()));
            } catch (WakeupException closing) {
                // close() asked for it.
            } catch (Throwable other) {
                thrown.set(other);
            }
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> gained) {
            owned.set(Clients.partitions(consumer.assignment()));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> lost) {
            owned.set(Clients.partitions(consumer.assignment().stream().filter(p -> !lost.contains(p)).toList()));
        }

        List<Integer> owned() {
            if (thrown.get() != null) throw new AssertionError("a member ended", thrown.get());
            return owned.get();
        }

        @Override
        public void close() throws InterruptedException {
            consumer.wakeup();
            thread.join(Check.WAIT_SECONDS * 1000L);
        }
    }

    static void twoMembersShareThePartitions(Map<String, Object> kind) throws Exception {
        final String topic = Clients.newTopic("shared", 4);
        final Map<String, Object> settings = Clients.with(kind, Map.of("group.id", Check.unique("group")));
        final ConcurrentLinkedQueue<String> seen = new ConcurrentLinkedQueue<>();
        try (Member stays = new Member(topic, seen, settings)) {
            try (Member leaves = new Member(topic, seen, settings)) {
                Check.until(() -> stays.owned().size() == 2 && leaves.owned().size() == 2, "both have two partitions");
                Check.equal(Stream.concat(stays.owned().stream(), leaves.owned().stream()).sorted().toList(),
                    List.of(0, 1, 2, 3), "partitions of both");
                try (KafkaProducer<String, String> producer = Clients.producer(Map.of())) {
                    for (int n = 0; n < 40; n++) producer.send(new ProducerRecord<>(topic, n % 4, null, "" + n));
                }
                Check.until(() -> seen.size() >= 40, "both together see everything");
            }
            Check.until(() -> stays.owned().size() == 4, "the one that stays takes over");
        }
        Check.equal(seen.stream().sorted().toList(), Clients.numbers(0, 40).stream().sorted().toList(), "values");
    }

    static void restartedConsumerGoesOnAfterItsCommit(Map<String, Object> kind) throws Exception {
        final String topic = Clients.newTopic("resumed", 1);
        final TopicPartition partition = new TopicPartition(topic, 0);
        final Map<String, Object> settings = Clients.with(kind, Map.of("group.id", Check.unique("group")));
        Clients.sendNumbers(topic, 0, 20);
        try (KafkaConsumer<String, String> consumer = Clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            Clients.poll(consumer, 5);
            consumer.commitSync(Map.of(partition, new OffsetAndMetadata(7, "seven")));
            final OffsetAndMetadata committed = consumer.committed(java.util.Set.of(partition)).get(partition);
            Check.equal(committed.offset() + " " + committed.metadata(), "7 seven", "commit");
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer(settings)) {
            consumer.subscribe(List.of(topic));
            Check.equal(Clients.values(Clients.poll(consumer, 13)), Clients.numbers(7, 20), "values after the commit");
            final AtomicReference<Map<TopicPartition, OffsetAndMetadata>> answered = new AtomicReference<>();
            consumer.commitAsync((offsets, error) -> answered.set(error == null ? offsets : Map.of()));
            Check.until(() -> consumer.poll(Duration.ofMillis(100)).isEmpty() && answered.get() != null, "an answer");
            Check.equal(answered.get().get(partition).offset(), 20L, "offset committed asynchronously");
        }
    }

    // A static member that restarts within its session takes its partitions up again, and nobody rebalances.
    static void staticMemberComesBackWithoutRebalance() throws Exception {
        final String topic = Clients.newTopic("static", 2);
        final Map<String, Object> settings =
            Map.of("group.id", Check.unique("group"), "group.instance.id", "instance-1", "session.timeout.ms", 30_000);
        final int generation;
        try (KafkaConsumer<String, String> consumer = Clients.consumer(settings)) {
            generation = joined(consumer, topic);
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer(settings)) {
            Check.equal(joined(consumer, topic), generation, "generation");
            Check.equal(consumer.groupMetadata().groupInstanceId().get(), "instance-1", "instance");
        }
    }

    private static int joined(KafkaConsumer<String, String> consumer, String topic) throws Exception {
        consumer.subscribe(List.of(topic));
        Check.until(() -> {
            consumer.poll(Duration.ofMillis(200));
            return consumer.assignment().size() == 2;
        }, "it has its partitions");
        return consumer.groupMetadata().generationId();
    }

    static void seekingPausingAndOffsetsByTime() throws Exception {
        final String topic = Clients.newTopic("seek", 2);
        final TopicPartition first = new TopicPartition(topic, 0);
        final TopicPartition second = new TopicPartition(topic, 1);
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of("compression.type", "lz4", "linger.ms", 50))) {
            for (int n = 0; n < 30; n++) {
                producer.send(new ProducerRecord<>(topic, n % 2, 1_700_000_000_000L + 1000 * n, null, "" + n));
            }
        }
        try (KafkaConsumer<String, String> consumer = Clients.consumer(Map.of())) {
            consumer.assign(List.of(first, second));
            Check.equal(consumer.beginningOffsets(List.of(first, second)), Map.of(first, 0L, second, 0L), "beginning");
            Check.equal(consumer.endOffsets(List.of(first, second)), Map.of(first, 15L, second, 15L), "end");
            consumer.pause(List.of(second));
            consumer.seek(first, 11);
            Check.equal(Clients.offsets(Clients.poll(consumer, 4)), Clients.offsets(11, 15), "offsets with one paused");
            consumer.resume(List.of(second));
            final List<ConsumerRecord<String, String>> resumed = Clients.poll(consumer, 15);
            Check.equal(resumed.stream().map(ConsumerRecord::partition).distinct().toList(), List.of(1), "partitions");
            Check.equal(Clients.offsets(resumed), Clients.offsets(0, 15), "offsets once resumed");
            final var found = consumer.offsetsForTimes(Map.of(first, 1_700_000_004_500L, second, 1_800_000_000_000L));
            Check.equal(found.get(first).offset() + "@" + found.get(first).timestamp(), "3@1700000006000", "by time");
            Check.equal(found.get(second), null, "beyond the last");
            consumer.seekToEnd(List.of(first));
            Check.equal(consumer.position(first), 15L, "position at the end");
            consumer.seekToBeginning(List.of(first));
            Check.equal(consumer.position(first), 0L, "position at the beginning");
        }
    }
}
