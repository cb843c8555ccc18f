import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.StringDeserializer;

/** As worker.py: members of a group that live and die with one process, and say what happens to them. */
final class Worker implements Runnable, ConsumerRebalanceListener {
    private static final Map<String, String> STRATEGIES = Map.of(
        "range", "org.apache.kafka.clients.consumer.RangeAssignor",
        "cooperative-sticky", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor");

    private final String topic;
    private final String name;
    private final KafkaConsumer<String, String> consumer;
    private final Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();

    private Worker(String group, String topic, String protocol, String strategy, String name) {
        this.topic = topic;
        this.name = name;
        final Map<String, Object> settings = new HashMap<>(Map.of(
            "bootstrap.servers", Check.BOOTSTRAP, "group.id", group, "auto.offset.reset", "earliest",
            "enable.auto.commit", false, "client.id", name, "group.protocol", protocol,
            "metadata.max.age.ms", 1000, "max.poll.records", 100));
        if (protocol.equals("classic")) {
            settings.put("partition.assignment.strategy", STRATEGIES.get(strategy));
            settings.put("session.timeout.ms", 6000);
            settings.put("heartbeat.interval.ms", 500);
        }
        consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer());
    }

    private void say(String word, Collection<?> what) {
        final StringBuilder line = new StringBuilder().append(System.nanoTime()).append(' ').append(name).append(' ').append(word);
        what.forEach(item -> line.append(' ').append(item));
        synchronized (System.out) {
            System.out.println(line);
            System.out.flush();
        }
    }

    private static List<Integer> numbers(Collection<TopicPartition> partitions) {
        return partitions.stream().map(TopicPartition::partition).toList();
    }

    @Override
    public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
        say("assigned", numbers(partitions));
    }

    @Override
    public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
        final Map<TopicPartition, OffsetAndMetadata> offsets = new HashMap<>(next);
        offsets.keySet().retainAll(partitions);
        commit(offsets);
        forget("revoked", partitions);
    }

    @Override
    public void onPartitionsLost(Collection<TopicPartition> partitions) {
        forget("lost", partitions);
    }

    private void forget(String word, Collection<TopicPartition> partitions) {
        next.keySet().removeAll(partitions);
        say(word, numbers(partitions));
    }

    private void commit(Map<TopicPartition, OffsetAndMetadata> offsets) {
        try {
            if (!offsets.isEmpty()) consumer.commitSync(offsets);
        } catch (WakeupException closing) {
            consumer.wakeup();
        } catch (KafkaException refused) {
            // Whoever has lost its place in the group may not, and others read the records again.
        }
    }

    @Override
    public void run() {
        consumer.subscribe(List.of(topic), this);
        try (consumer) {
            while (true) {
                final List<String> read = new ArrayList<>();
                for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
                    next.put(new TopicPartition(topic, record.partition()), new OffsetAndMetadata(record.offset() + 1));
                    read.add(record.partition() + "@" + record.offset());
                }
                if (read.isEmpty()) continue;
                say("read", read);
                commit(Map.copyOf(next));
            }
        } catch (WakeupException closing) {
            // main() asked for it; what has been read and not committed is read by others.
        }
    }

    public static void main(String[] words) throws IOException, InterruptedException {
        final List<Worker> members = new ArrayList<>();
        for (int number = 0; number < Integer.parseInt(words[5]); number++)
            members.add(new Worker(words[0], words[1], words[2], words[3], words[4] + "." + number));
        final List<Thread> threads = members.stream().map(Thread::new).toList();
        threads.forEach(Thread::start);
        while (System.in.read() >= 0) continue;
        members.forEach(member -> member.consumer.wakeup());
        for (Thread thread : threads) thread.join();
    }
}
