import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.TimestampType;

/** What the producer sends comes back as it was. */
final class Producing {
    private Producing() {}

    static void codecBringsBackAll(String codec) throws Exception {
        final String topic = Clients.newTopic("codec", 1);
        final List<ProducerRecord<String, String>> sent = new ArrayList<>();
        for (int n = 0; n < 300; n++) {
            final ProducerRecord<String, String> record = new ProducerRecord<>(
                topic, 0, 1_600_000_000_000L + n, n % 3 == 0 ? null : "key-" + n, n % 7 == 0 ? "" : ("value-" + n + " ").repeat(50));
            record.headers().add(new RecordHeader("n", ("" + n).getBytes())).add(new RecordHeader("none", null));
            sent.add(record);
        }
        sent.add(new ProducerRecord<>(topic, 0, 1_600_000_000_300L, "gone", (String) null));
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of("compression.type", codec, "linger.ms", 20))) {
            sent.forEach(producer::send);
        }
        final List<ConsumerRecord<String, String>> found = Clients.recordsOf(topic, sent.size());
        Check.equal(
            found.stream().map(r -> Clients.text(r.key(), r.value(), r.timestamp(), r.headers())).toList(),
            sent.stream().map(r -> Clients.text(r.key(), r.value(), r.timestamp(), r.headers())).toList(), "records");
        Check.equal(Clients.offsets(found), Clients.offsets(0, sent.size()), "offsets");
    }

    static void acksDelivers(String acks) throws Exception {
        final String topic = Clients.newTopic("acks", 1);
        final Map<String, Object> settings = Map.of("acks", acks, "enable.idempotence", acks.equals("all"));
        try (KafkaProducer<String, String> producer = Clients.producer(settings)) {
            producer.send(new ProducerRecord<>(topic, "value")).get();
        }
        Check.equal(Clients.values(Clients.recordsOf(topic, 1)), List.of("value"), "values");
    }

    static void metadataTellsPlaces() throws Exception {
        final String topic = Clients.newTopic("places", 3);
        final List<Future<RecordMetadata>> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of())) {
            Check.equal(producer.partitionsFor(topic).size(), 3, "partitions");
            for (int n = 0; n < 300; n++) sent.add(producer.send(new ProducerRecord<>(topic, n % 3, null, "" + n)));
        }
        for (int n = 0; n < 300; n++) {
            Check.equal(sent.get(n).get().partition(), n % 3, "partition");
            Check.equal(sent.get(n).get().offset(), n / 3L, "offset");
        }
    }

    static void idempotentProducerKeepsOrder() throws Exception {
        final String topic = Clients.newTopic("idempotent", 1);
        final Map<String, Object> settings = Map.of("enable.idempotence", true, "linger.ms", 0, "batch.size", 1000);
        try (KafkaProducer<String, String> producer = Clients.producer(settings)) {
            for (int n = 0; n < 5000; n++) producer.send(new ProducerRecord<>(topic, "" + n));
        }
        Check.equal(Clients.values(Clients.recordsOf(topic, 5000)), Clients.numbers(0, 5000), "values");
    }

    static void bigRecordPassesAndTooBigOneIsRefused() throws Throwable {
        final String topic = Clients.newTopic("sizes", 1, Map.of("max.message.bytes", "900000"));
        final String big = "big".repeat(290_000);
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of("max.request.size", 5_000_000))) {
            producer.send(new ProducerRecord<>(topic, big)).get();
            Check.refused(RecordTooLargeException.class, "a record over max.message.bytes",
                () -> producer.send(new ProducerRecord<>(topic, big + big)).get());
        }
        Check.equal(Clients.values(Clients.recordsOf(topic, 1)), List.of(big), "values");
    }

    static void logAppendTimeIsTheBrokers() throws Exception {
        final String topic = Clients.newTopic("appendtime", 1, Map.of("message.timestamp.type", "LogAppendTime"));
        final long answered;
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of("compression.type", "gzip"))) {
            answered = producer.send(new ProducerRecord<>(topic, 0, 1000L, null, "value")).get().timestamp();
        }
        final ConsumerRecord<String, String> record = Clients.recordsOf(topic, 1).get(0);
        Check.equal(record.timestampType(), TimestampType.LOG_APPEND_TIME, "timestamp type");
        Check.equal(record.timestamp(), answered, "timestamp");
        Check.that(answered > 1_500_000_000_000L, "the timestamp " + answered + " is of now");
    }

    static void topicsAreCreatedByUse() throws Exception {
        final String topic = Check.unique("byuse");
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of())) {
            producer.send(new ProducerRecord<>(topic, "value")).get();
        }
        Check.equal(Clients.values(Clients.recordsOf(topic, 1)), List.of("value"), "values");
    }
}
