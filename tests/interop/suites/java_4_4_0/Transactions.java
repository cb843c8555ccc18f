import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.ProducerFencedException;

/** Transactions: what a consumer sees of them, and what the producers of one id do to each other. */
final class Transactions {
    private Transactions() {}

    private static KafkaProducer<String, String> transactional(String id) {
        final KafkaProducer<String, String> producer = Clients.producer(Map.of("transactional.id", id));
        producer.initTransactions();
        return producer;
    }

    private static List<String> places(List<ConsumerRecord<String, String>> records) {
        return records.stream().map(r -> r.offset() + "=" + r.value()).toList();
    }

    static void committedOnesAreSeenAndAbortedOnesAreNot() throws Exception {
        final String topic = Clients.newTopic("tx", 1);
        try (KafkaProducer<String, String> producer = transactional(Check.unique("tx"))) {
            for (int n = 0; n < 3; n++) {
                producer.beginTransaction();
                producer.send(new ProducerRecord<>(topic, "" + n)).get();
                if (n == 1) producer.abortTransaction();
                else producer.commitTransaction();
            }
        }
        Check.equal(places(Clients.recordsOf(topic, 2, Map.of("isolation.level", "read_committed"))),
            List.of("0=0", "4=2"), "with read_committed");
        Check.equal(places(Clients.recordsOf(topic, 3, Map.of("isolation.level", "read_uncommitted"))),
            List.of("0=0", "2=1", "4=2"), "with read_uncommitted");
    }

    // A consumer of committed records must not go past a transaction that is still open.
    static void anOpenOneHoldsBackWhatFollows() throws Exception {
        final String topic = Clients.newTopic("open", 1);
        final TopicPartition partition = new TopicPartition(topic, 0);
        final String id = Check.unique("tx");
        try (KafkaProducer<String, String> producer = transactional(id);
             KafkaConsumer<String, String> consumer = Clients.consumer(Map.of("isolation.level", "read_committed"))) {
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, "first")).get();
            Clients.sendNumbers(topic, 0, 1);
            consumer.assign(List.of(partition));
            Check.equal(consumer.endOffsets(List.of(partition)), Map.of(partition, 0L), "last stable offset");
            final TransactionDescription described =
                Clients.ADMIN.describeTransactions(List.of(id)).description(id).get();
            Check.equal(described.state(), TransactionState.ONGOING, "state");
            Check.equal(Clients.partitions(described.topicPartitions()), List.of(0), "partitions");
            producer.commitTransaction();
            Check.equal(Clients.values(Clients.poll(consumer, 2)), List.of("first", "0"), "values");
        }
    }

    static void offsetsAreCommittedWithOne() throws Exception {
        final String source = Clients.newTopic("source", 1);
        final String target = Clients.newTopic("target", 1);
        final TopicPartition partition = new TopicPartition(source, 0);
        Clients.sendNumbers(source, 0, 5);
        try (KafkaConsumer<String, String> consumer = Clients.consumer(Map.of("group.id", Check.unique("group")));
             KafkaProducer<String, String> producer = transactional(Check.unique("tx"))) {
            consumer.subscribe(List.of(source));
            final List<ConsumerRecord<String, String>> records = Clients.poll(consumer, 5);
            final Map<TopicPartition, OffsetAndMetadata> offsets = Map.of(partition, new OffsetAndMetadata(5));

            producer.beginTransaction();
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            producer.abortTransaction();
            Check.equal(consumer.committed(offsets.keySet()).get(partition), null, "offset after an abort");

            producer.beginTransaction();
            for (ConsumerRecord<String, String> record : records) {
                producer.send(new ProducerRecord<>(target, record.value()));
            }
            producer.sendOffsetsToTransaction(offsets, consumer.groupMetadata());
            producer.commitTransaction();
            Check.equal(consumer.committed(offsets.keySet()).get(partition).offset(), 5L, "offset after a commit");
        }
        Check.equal(Clients.values(Clients.recordsOf(target, 5, Map.of("isolation.level", "read_committed"))),
            Clients.numbers(0, 5), "values");
    }

    static void aNewProducerFencesTheOld() throws Throwable {
        final String topic = Clients.newTopic("fenced", 1);
        final String id = Check.unique("tx");
        try (KafkaProducer<String, String> old = transactional(id)) {
            old.beginTransaction();
            old.send(new ProducerRecord<>(topic, "old")).get();
            try (KafkaProducer<String, String> successor = transactional(id)) {
                Check.refused(ProducerFencedException.class, "a commit of the old producer", old::commitTransaction);
                successor.beginTransaction();
                successor.send(new ProducerRecord<>(topic, "new"));
                successor.commitTransaction();
            }
        }
        Check.equal(Clients.values(Clients.recordsOf(topic, 1, Map.of("isolation.level", "read_committed"))),
            List.of("new"), "values");
    }
}
