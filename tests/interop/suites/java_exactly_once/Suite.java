import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Reading, processing and writing in transactions, exactly once, by a broker that is killed again and again. */
public final class Suite {
    private static final int PARTITIONS = 2;
    private static final int RECORDS = 6_000;
    private static final int KILLS = 6;

    private static Broker broker;

    public static void main(String[] args) throws Exception {
        if (System.getenv("INTEROP_BROKER").equals("kafka")) {
            System.out.println("it kills a broker of ours");
            System.exit(77);
        }
        broker = new Broker();
        Check.run("each_record_is_processed_once_by_a_broker_that_dies", () -> diesWhileProcessing("classic"));
        Check.run("so_it_is_with_the_consumer_protocol", () -> diesWhileProcessing("consumer"));
        broker.close();
        Check.finish();
    }

    private static void diesWhileProcessing(String protocol) throws Exception {
        final String source = Check.unique("numbers");
        final String target = Check.unique("doubles");
        try (Admin admin = Admin.create(settings(Map.of()))) {
            admin.createTopics(List.of(topic(source), topic(target))).all().get();
        }
        sendNumbers(source);
        final Map<String, Object> ofGroup = protocol.equals("classic")
            ? Map.of("session.timeout.ms", 6_000) : Map.of("group.protocol", protocol);
        final Doubler doubler = new Doubler(settings(Map.of()), ofGroup, source, target);
        final Thread thread = new Thread(doubler);
        thread.start();
        for (int kill = 1; kill <= KILLS; kill++) {
            final int enough = kill * RECORDS / (KILLS + 1);
            Check.until(() -> doubler.committed() >= enough, enough + " records are processed");
            broker.kill();
            broker.start();
        }
        final List<List<Integer>> expected = IntStream.range(0, PARTITIONS).mapToObj(Suite::doubles).toList();
        try (KafkaConsumer<String, String> reader = reader(target)) {
            final List<List<Integer>> read = new ArrayList<>();
            for (int partition = 0; partition < PARTITIONS; partition++) read.add(new ArrayList<>());
            Check.until(() -> {
                reader.poll(Duration.ofMillis(200)).forEach(r -> read.get(r.partition()).add(Integer.parseInt(r.value())));
                return read.stream().mapToInt(List::size).sum() >= RECORDS;
            }, "all doubles are there");
            doubler.stop();
            thread.join();
            reader.poll(Duration.ofMillis(500)).forEach(r -> read.get(r.partition()).add(Integer.parseInt(r.value())));
            Check.equal(read, expected, "doubles by partition");
        }
        Check.that(broker.lives(), "the broker lives");
    }

    private static NewTopic topic(String name) {
        return new NewTopic(name, PARTITIONS, (short) 1);
    }

    private static List<Integer> doubles(int partition) {
        return IntStream.range(0, RECORDS).filter(n -> n % PARTITIONS == partition).mapToObj(n -> 2 * n).toList();
    }

    private static void sendNumbers(String topic) {
        try (KafkaProducer<String, String> producer =
                 new KafkaProducer<>(settings(Map.of()), new StringSerializer(), new StringSerializer())) {
            for (int n = 0; n < RECORDS; n++)
                producer.send(new ProducerRecord<>(topic, n % PARTITIONS, null, Integer.toString(n)));
        }
    }

    private static KafkaConsumer<String, String> reader(String topic) {
        final KafkaConsumer<String, String> reader = new KafkaConsumer<>(
            settings(Map.of("group.id", Check.unique("reader"), "isolation.level", "read_committed",
                "auto.offset.reset", "earliest", "enable.auto.commit", "false")),
            new StringDeserializer(), new StringDeserializer());
        reader.subscribe(List.of(topic));
        return reader;
    }

    private static Map<String, Object> settings(Map<String, Object> more) {
        final Map<String, Object> all = new HashMap<>(more);
        all.put("bootstrap.servers", broker.address());
        all.put("reconnect.backoff.max.ms", 200);
        return all;
    }
}
