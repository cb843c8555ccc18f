import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListShareGroupOffsetsSpec;
import org.apache.kafka.clients.admin.SharePartitionOffsetInfo;
import org.apache.kafka.clients.consumer.AcknowledgeType;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaShareConsumer;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Share groups, the message queue (KIP-932). */
final class Shares {
    private static final int RECORDS = 60;

    private Shares() {}

    private static KafkaShareConsumer<String, String> member(String group, String topic, Map<String, Object> settings) {
        final var consumer = new KafkaShareConsumer<>(
            Clients.with(settings, Map.of("group.id", group)), new StringDeserializer(), new StringDeserializer());
        consumer.subscribe(List.of(topic));
        return consumer;
    }

    /** A group that begins at the beginning. */
    private static String newGroup() throws Exception {
        final String group = Check.unique("workers");
        final var resource = new ConfigResource(ConfigResource.Type.GROUP, group);
        final var earliest = new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET);
        Clients.ADMIN.incrementalAlterConfigs(Map.of(resource, List.of(earliest))).all().get();
        return group;
    }

    static void everyRecordGoesToOneMember() throws Throwable {
        final String topic = Clients.newTopic("queue", 1);
        final String group = newGroup();
        Clients.sendNumbers(topic, 0, RECORDS);
        final List<String> seen = new ArrayList<>();
        final Set<Integer> served = new HashSet<>();
        // Exactly as many as asked for: otherwise whoever comes first gets the whole batch.
        final Map<String, Object> fewAtATime = Map.of("max.poll.records", 5, "share.acquire.mode", "record_limit");
        try (var first = member(group, topic, fewAtATime); var second = member(group, topic, fewAtATime)) {
            Check.until(() -> {
                int member = 0;
                for (var consumer : List.of(first, second)) {
                    for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(500))) {
                        seen.add(record.value());
                        served.add(member);
                    }
                    member++;
                }
                return seen.size() >= RECORDS;
            }, RECORDS + " records");
            Check.equal(Clients.ADMIN.describeShareGroups(List.of(group)).all().get().get(group).groupState(), GroupState.STABLE,
                "state of the group");
        }
        Check.equal(Set.copyOf(seen).size(), seen.size(), "records that were seen, each once");
        Check.equal(served.size(), 2, "members that had some");
    }

    static void wordsAreKept() throws Throwable {
        final String topic = Clients.newTopic("words", 1);
        final String group = newGroup();
        Clients.sendNumbers(topic, 0, 3);
        final Map<String, Object> explicit = Map.of("share.acknowledgement.mode", "explicit");
        final List<String> again = new ArrayList<>();
        try (var consumer = member(group, topic, explicit)) {
            final List<ConsumerRecord<String, String>> first = new ArrayList<>();
            Check.until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(first::add);
                if (first.size() < 3) first.forEach(r -> consumer.acknowledge(r, AcknowledgeType.RELEASE));
                if (first.size() < 3) first.clear();
                return first.size() >= 3;
            }, "three records");
            consumer.acknowledge(first.get(0), AcknowledgeType.ACCEPT);
            consumer.acknowledge(first.get(1), AcknowledgeType.RELEASE);
            consumer.acknowledge(first.get(2), AcknowledgeType.REJECT);
            consumer.commitSync().forEach((partition, error) -> Check.equal(error.isPresent(), false, "an error of " + partition));
            Check.until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(r -> {
                    again.add(r.value() + " " + r.deliveryCount().orElse((short) 0));
                    consumer.acknowledge(r, AcknowledgeType.ACCEPT);
                });
                return !again.isEmpty();
            }, "the one that was released");
            consumer.commitSync();
        }
        Check.equal(again.size(), 1, "records that come again");
        Check.equal(again.get(0).startsWith("1 "), true, "it is the one that was released");
    }

    static void whatALostMemberHadIsDeliveredAgain() throws Throwable {
        final String topic = Clients.newTopic("lost", 1);
        final String group = newGroup();
        Clients.sendNumbers(topic, 0, 4);
        final Map<String, Object> explicit = Map.of("share.acknowledgement.mode", "explicit");
        final List<String> seen = new ArrayList<>();
        try (var leaves = member(group, topic, explicit)) {
            Check.until(() -> !leaves.poll(Duration.ofMillis(500)).isEmpty(), "some records");
        }
        try (var stays = member(group, topic, Map.of())) {
            Check.until(() -> {
                stays.poll(Duration.ofMillis(500)).forEach(r -> seen.add(r.value()));
                return seen.size() >= 4;
            }, "all of them again");
        }
        Check.equal(Set.copyOf(seen), Set.copyOf(Clients.numbers(0, 4)), "what was seen");
    }

    private static List<String> pollValues(String group, String topic, int count) throws Throwable {
        final List<String> seen = new ArrayList<>();
        try (var consumer = member(group, topic, Map.of())) {
            Check.until(() -> {
                consumer.poll(Duration.ofMillis(500)).forEach(r -> seen.add(r.value()));
                return seen.size() >= count;
            }, count + " records");
            consumer.commitSync();  // Else what was delivered last is given back.
        }
        return seen;
    }

    private static SharePartitionOffsetInfo offsetOf(String group, TopicPartition partition) throws Exception {
        return Clients.ADMIN.listShareGroupOffsets(Map.of(group, new ListShareGroupOffsetsSpec()))
            .partitionsToOffsetInfo(group).get().get(partition);
    }

    static void offsetsAreAdministered() throws Throwable {
        final String topic = Clients.newTopic("offsets", 1);
        final TopicPartition partition = new TopicPartition(topic, 0);
        final String group = newGroup();
        Clients.sendNumbers(topic, 0, 5);
        Check.equal(pollValues(group, topic, 5), Clients.numbers(0, 5), "what is seen first");
        Check.until(() -> offsetOf(group, partition).lag().orElse(-1L) == 0, "nothing to be left to do");
        Clients.ADMIN.alterShareGroupOffsets(group, Map.of(partition, 3L)).all().get();
        Check.equal(offsetOf(group, partition).startOffset(), 3L, "where it is told to go on");
        Check.equal(offsetOf(group, partition).lag().orElse(-1L), 2L, "what is left to do");
        Check.equal(pollValues(group, topic, 2), Clients.numbers(3, 5), "what is seen again");
        Clients.ADMIN.deleteShareGroupOffsets(group, Set.of(topic)).all().get();
        Check.equal(offsetOf(group, partition), null, "what is known of the topic");
        Clients.ADMIN.deleteShareGroups(List.of(group)).all().get();
    }
}
