import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ConsumerGroupDescription;
import org.apache.kafka.clients.admin.CreateTopicsOptions;
import org.apache.kafka.clients.admin.DescribeClusterResult;
import org.apache.kafka.clients.admin.GroupListing;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicCollection;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.InvalidConfigurationException;
import org.apache.kafka.common.errors.InvalidPartitionsException;
import org.apache.kafka.common.errors.InvalidReplicationFactorException;
import org.apache.kafka.common.errors.InvalidTopicException;
import org.apache.kafka.common.errors.OffsetOutOfRangeException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The admin client's calls, and the errors that they must bring. */
final class Administration {
    private static final Admin ADMIN = Clients.ADMIN;

    private Administration() {}

    private static void create(String name, int partitions, int replicas, Map<String, String> configs) throws Exception {
        ADMIN.createTopics(List.of(new NewTopic(name, partitions, (short) replicas).configs(configs))).all().get();
    }

    static void topicsAreCreatedOnlyWhenRight() throws Throwable {
        final String topic = Check.unique("created");
        final var options = new CreateTopicsOptions().validateOnly(true);
        ADMIN.createTopics(List.of(new NewTopic(topic, 2, (short) 1)), options).all().get();
        Check.that(!ADMIN.listTopics().names().get().contains(topic), "validating creates nothing");
        create(topic, 2, 1, Map.of());
        Check.refused(TopicExistsException.class, "a name twice", () -> create(topic, 2, 1, Map.of()));
        Check.refused(InvalidTopicException.class, "a wrong name", () -> create("in valid", 1, 1, Map.of()));
        Check.refused(InvalidReplicationFactorException.class, "99 replicas",
            () -> create(Check.unique("wrong"), 1, 99, Map.of()));
        Check.refused(InvalidPartitionsException.class, "no partitions", () -> create(Check.unique("wrong"), 0, 1, Map.of()));
        Check.refused(InvalidConfigurationException.class, "an unknown configuration",
            () -> create(Check.unique("wrong"), 1, 1, Map.of("no.such.thing", "1")));
        Check.refused(InvalidConfigurationException.class, "a configuration's wrong value",
            () -> create(Check.unique("wrong"), 1, 1, Map.of("retention.ms", "soon")));
    }

    static void topicsAreDescribedGrownAndDeleted() throws Throwable {
        final String topic = Clients.newTopic("described", 2);
        final TopicDescription described = ADMIN.describeTopics(List.of(topic)).allTopicNames().get().get(topic);
        Check.equal(described.partitions().stream().map(p -> p.partition()).toList(), List.of(0, 1), "partitions");
        Check.that(described.partitions().stream().allMatch(p -> p.isr().equals(List.of(p.leader()))), "leaders are in sync");
        Check.equal(described.isInternal(), false, "internal");
        Check.equal(ADMIN.describeTopics(TopicCollection.ofTopicIds(List.of(described.topicId()))).allTopicIds().get()
            .get(described.topicId()).name(), topic, "name of the topic with that id");

        ADMIN.createPartitions(Map.of(topic, NewPartitions.increaseTo(5))).all().get();
        Check.until(() -> ADMIN.describeTopics(List.of(topic)).allTopicNames().get().get(topic).partitions().size() == 5,
            "it has five partitions");
        Check.refused(InvalidPartitionsException.class, "shrinking",
            () -> ADMIN.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get());

        ADMIN.deleteTopics(List.of(topic)).all().get();
        Check.until(() -> !ADMIN.listTopics().names().get().contains(topic), "the topic is gone");
        Check.refused(UnknownTopicOrPartitionException.class, "deleting twice",
            () -> ADMIN.deleteTopics(List.of(topic)).all().get());
        Check.refused(UnknownTopicOrPartitionException.class, "describing what is gone",
            () -> ADMIN.describeTopics(List.of(topic)).allTopicNames().get());
    }

    static void configurationsAreChangedAndDescribed() throws Throwable {
        final ConfigResource topic = new ConfigResource(ConfigResource.Type.TOPIC, Clients.newTopic("configured", 1));
        Check.equal(entry(topic, "cleanup.policy").value(), "delete", "at first");
        Check.equal(entry(topic, "cleanup.policy").source(), ConfigEntry.ConfigSource.DEFAULT_CONFIG, "source at first");
        change(topic, "cleanup.policy", "compact", AlterConfigOp.OpType.SET);
        Check.until(() -> entry(topic, "cleanup.policy").value().equals("compact"), "it is set");
        Check.equal(entry(topic, "cleanup.policy").source(), ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, "source");
        change(topic, "cleanup.policy", "delete", AlterConfigOp.OpType.APPEND);
        Check.until(() -> entry(topic, "cleanup.policy").value().equals("compact,delete"), "it is appended to");
        change(topic, "cleanup.policy", "compact", AlterConfigOp.OpType.SUBTRACT);
        Check.until(() -> entry(topic, "cleanup.policy").value().equals("delete"), "it is subtracted from");
        change(topic, "cleanup.policy", null, AlterConfigOp.OpType.DELETE);
        Check.until(() -> entry(topic, "cleanup.policy").isDefault(), "it is the default again");
        Check.refused(InvalidConfigurationException.class, "an unknown name",
            () -> change(topic, "no.such.thing", "1", AlterConfigOp.OpType.SET));

        final Node node = ADMIN.describeCluster().nodes().get().iterator().next();
        final ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER, node.idString());
        Check.equal(entry(broker, "node.id").value(), node.idString(), "node.id");
        Check.that(entry(broker, "node.id").isReadOnly(), "node.id is read-only");
        change(broker, "log.cleaner.threads", "2", AlterConfigOp.OpType.SET);
        Check.until(() -> entry(broker, "log.cleaner.threads").value().equals("2"), "a broker's configuration is set");
        change(broker, "log.cleaner.threads", null, AlterConfigOp.OpType.DELETE);
    }

    private static void change(ConfigResource resource, String name, String value, AlterConfigOp.OpType how) throws Exception {
        final Collection<AlterConfigOp> operations = List.of(new AlterConfigOp(new ConfigEntry(name, value), how));
        ADMIN.incrementalAlterConfigs(Map.of(resource, operations)).all().get();
    }

    private static ConfigEntry entry(ConfigResource resource, String name) throws Exception {
        return ADMIN.describeConfigs(List.of(resource)).all().get().get(resource).get(name);
    }

    static void offsetsAreListedAndRecordsDeleted() throws Throwable {
        final String topic = Clients.newTopic("offsets", 1);
        final TopicPartition partition = new TopicPartition(topic, 0);
        try (KafkaProducer<String, String> producer = Clients.producer(Map.of())) {
            for (int n = 0; n < 10; n++) {
                producer.send(new ProducerRecord<>(topic, 0, 1_700_000_000_000L + 1000 * n, null, "" + n));
            }
        }
        final var deleted = ADMIN.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4)));
        Check.equal(deleted.lowWatermarks().get(partition).get().lowWatermark(), 4L, "low watermark");
        Check.equal(offset(partition, OffsetSpec.earliest()), 4L, "earliest");
        Check.equal(offset(partition, OffsetSpec.latest()), 10L, "latest");
        Check.equal(offset(partition, OffsetSpec.maxTimestamp()), 9L, "of the greatest timestamp");
        Check.equal(offset(partition, OffsetSpec.forTimestamp(1_700_000_006_500L)), 7L, "by time");
        Check.equal(Clients.offsets(Clients.recordsOf(topic, 6)), Clients.offsets(4, 10), "offsets that are left");
        Check.refused(OffsetOutOfRangeException.class, "beyond the end",
            () -> ADMIN.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(11))).all().get());
        ADMIN.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(-1))).all().get();
        Check.equal(offset(partition, OffsetSpec.earliest()), 10L, "earliest once all is deleted");
    }

    private static long offset(TopicPartition partition, OffsetSpec spec) throws Exception {
        return ADMIN.listOffsets(Map.of(partition, spec)).partitionResult(partition).get().offset();
    }

    static void groupsAreListedDescribedAndDeleted() throws Throwable {
        final String topic = Clients.newTopic("grouped", 2);
        final String group = Check.unique("group");
        try (KafkaConsumer<String, String> consumer = Clients.consumer(Map.of("group.id", group, "client.id", "the-member"))) {
            consumer.subscribe(List.of(topic));
            Check.until(() -> {
                consumer.poll(Duration.ofMillis(200));
                return describe(group).groupState() == GroupState.STABLE;
            }, "the group is stable");
            final GroupListing listed =
                ADMIN.listGroups().all().get().stream().filter(g -> g.groupId().equals(group)).findFirst().orElseThrow();
            Check.equal(listed.type().orElse(null), GroupType.CLASSIC, "type");
            Check.equal(listed.protocol(), "consumer", "protocol");
            final ConsumerGroupDescription described = describe(group);
            Check.equal(described.partitionAssignor(), "range", "assignor");
            Check.equal(described.members().stream().map(m -> m.clientId()).toList(), List.of("the-member"), "members");
            Check.equal(Clients.partitions(described.members().iterator().next().assignment().topicPartitions()),
                List.of(0, 1), "assignment");
            Check.refused(GroupNotEmptyException.class, "deleting a group with a member",
                () -> ADMIN.deleteConsumerGroups(List.of(group)).all().get());
        }
        Check.until(() -> describe(group).groupState() == GroupState.EMPTY, "the group is empty");
        ADMIN.alterConsumerGroupOffsets(group, Map.of(new TopicPartition(topic, 0), new OffsetAndMetadata(0))).all().get();
        ADMIN.deleteConsumerGroups(List.of(group)).all().get();
        Check.refused(GroupIdNotFoundException.class, "deleting twice",
            () -> ADMIN.deleteConsumerGroups(List.of(group)).all().get());
    }

    private static ConsumerGroupDescription describe(String group) throws Exception {
        return ADMIN.describeConsumerGroups(List.of(group)).all().get().get(group);
    }

    static void groupOffsetsAreListedAlteredAndDeleted() throws Exception {
        final String topic = Clients.newTopic("committed", 2);
        final String group = Check.unique("group");
        final TopicPartition first = new TopicPartition(topic, 0);
        final TopicPartition second = new TopicPartition(topic, 1);
        try (KafkaConsumer<String, String> consumer = Clients.consumer(Map.of("group.id", group))) {
            consumer.assign(List.of(first, second));
            consumer.commitSync(Map.of(first, new OffsetAndMetadata(3, "three"), second, new OffsetAndMetadata(4)));
        }
        Check.equal(committed(group), Map.of(first, new OffsetAndMetadata(3, "three"), second, new OffsetAndMetadata(4)), "offsets");
        ADMIN.alterConsumerGroupOffsets(group, Map.of(first, new OffsetAndMetadata(1))).all().get();
        Check.equal(committed(group).get(first).offset(), 1L, "altered offset");
        ADMIN.deleteConsumerGroupOffsets(group, Set.of(first)).all().get();
        Check.equal(committed(group).keySet(), Set.of(second), "partitions that are left");
    }

    private static Map<TopicPartition, OffsetAndMetadata> committed(String group) throws Exception {
        return ADMIN.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get();
    }

    static void theClusterIsDescribed() throws Exception {
        final DescribeClusterResult cluster = ADMIN.describeCluster();
        final Node node = cluster.nodes().get().iterator().next();
        Check.equal(node.host() + ":" + node.port(), Check.BOOTSTRAP, "the node's address");
        Check.equal(cluster.nodes().get().size(), 1, "nodes");
        Check.equal(cluster.controller().get().id(), node.id(), "controller");
        Check.equal(cluster.clusterId().get().length(), 22, "length of the cluster's id");
        Check.that(ADMIN.describeFeatures().featureMetadata().get().finalizedFeatures().containsKey("metadata.version"),
            "metadata.version is finalized");
        Check.equal(ADMIN.describeMetadataQuorum().quorumInfo().get().leaderId(), node.id(), "leader of the quorum");
    }

    static void logDirectoriesAreDescribed() throws Exception {
        final String topic = Clients.newTopic("sized", 1);
        Clients.sendNumbers(topic, 0, 1000);
        final int node = ADMIN.describeCluster().nodes().get().iterator().next().id();
        final var directories = ADMIN.describeLogDirs(List.of(node)).allDescriptions().get().get(node);
        final TopicPartition partition = new TopicPartition(topic, 0);
        final long size = directories.values().stream().filter(d -> d.replicaInfos().containsKey(partition))
            .mapToLong(d -> d.replicaInfos().get(partition).size()).sum();
        Check.that(size > 5000 && size < 100_000, "a thousand small records take " + size + " bytes");
    }
}
