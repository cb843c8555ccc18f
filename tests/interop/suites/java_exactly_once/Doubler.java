import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Reads numbers from one topic and writes their doubles to another, a transaction at a time, whatever happens. */
final class Doubler implements Runnable {
    private static final int RECORDS_PER_TRANSACTION = 20;

    private final Map<String, Object> settings;
    private final Map<String, Object> ofGroup;
    private final String source;
    private final String target;
    private final String name = Check.unique("doubler");
    private final AtomicInteger committed = new AtomicInteger();
    private volatile boolean stopping;

    Doubler(Map<String, Object> settings, Map<String, Object> ofGroup, String source, String target) {
        this.settings = settings;
        this.ofGroup = ofGroup;
        this.source = source;
        this.target = target;
    }

    int committed() {
        return committed.get();
    }

    void stop() {
        stopping = true;
    }

    @Override
    public void run() {
        while (!stopping) {
            // Who does not know what became of a transaction begins anew, from what is committed.
            try (KafkaProducer<String, String> producer = producer(); KafkaConsumer<String, String> consumer = consumer()) {
                producer.initTransactions();
                consumer.subscribe(List.of(source));
                while (!stopping) doubleSome(consumer, producer);
            } catch (KafkaException thrown) {
                System.out.println("begins anew: " + thrown);
            }
        }
    }

    private void doubleSome(KafkaConsumer<String, String> consumer, KafkaProducer<String, String> producer) {
        final ConsumerRecords<String, String> records = consumer.poll(Duration.ofMillis(100));
        if (records.isEmpty()) return;
        producer.beginTransaction();
        final Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
        for (ConsumerRecord<String, String> record : records) {
            final String doubled = Integer.toString(2 * Integer.parseInt(record.value()));
            producer.send(new ProducerRecord<>(target, record.partition(), null, doubled));
            read.put(new TopicPartition(source, record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
        producer.sendOffsetsToTransaction(read, consumer.groupMetadata());
        producer.commitTransaction();
        committed.addAndGet(records.count());
    }

    private KafkaProducer<String, String> producer() {
        final Map<String, Object> all = new HashMap<>(settings);
        all.put("transactional.id", name);
        all.put("max.block.ms", 20_000);
        return new KafkaProducer<>(all, new StringSerializer(), new StringSerializer());
    }

    private KafkaConsumer<String, String> consumer() {
        final Map<String, Object> all = new HashMap<>(settings);
        all.putAll(ofGroup);
        all.put("group.id", name);
        all.put("group.instance.id", name);
        all.put("isolation.level", "read_committed");
        all.put("auto.offset.reset", "earliest");
        all.put("enable.auto.commit", "false");
        all.put("max.poll.records", RECORDS_PER_TRANSACTION);
        return new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer());
    }
}
