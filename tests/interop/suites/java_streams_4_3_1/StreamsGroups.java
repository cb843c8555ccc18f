import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.StreamsGroupDescription;
import org.apache.kafka.clients.admin.StreamsGroupSubtopologyDescription;
import org.apache.kafka.common.GroupState;
import org.apache.kafka.common.GroupType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupIdNotFoundException;
import org.apache.kafka.streams.KafkaStreams;

/** Groups whose tasks the broker assigns (KIP-1071), as administrators see them. */
final class StreamsGroups {
    private static final Duration PATIENCE = Duration.ofSeconds(Check.WAIT_SECONDS);

    private StreamsGroups() {}

    private static StreamsGroupDescription describe(String group) throws Exception {
        return Clients.ADMIN.describeStreamsGroups(List.of(group)).all().get().get(group);
    }

    static void areDescribedAndDeleted() throws Throwable {
        final String lines = Clients.newTopic("lines", 2), counts = Clients.newTopic("counts", 1);
        final String group = Check.unique("described");
        final KafkaStreams streams = Clients.start(Applications.wordCount(lines, counts), group, "streams", Map.of());
        try {
            Clients.untilRunning(streams);
            Check.until(() -> describe(group).groupState() == GroupState.STABLE, group + " is stable");
            final StreamsGroupDescription described = describe(group);
            Check.equal(described.members().size(), 1, "members");
            Check.equal(described.subtopologies().stream().map(StreamsGroupSubtopologyDescription::subtopologyId)
                .collect(Collectors.toSet()), Set.of("0", "1"), "subtopologies");
            Check.equal(described.members().iterator().next().assignment().activeTasks().stream()
                .mapToInt(tasks -> tasks.partitions().size()).sum(), 4, "tasks that the member has");
            final var listed = Clients.ADMIN.listGroups().all().get().stream().filter(g -> g.groupId().equals(group)).toList();
            Check.equal(listed.size(), 1, "groups of the name");
            Check.equal(listed.get(0).type().orElse(null), GroupType.STREAMS, "type of the group");
            Clients.send(lines, "a", "word");
            Clients.untilLatest(counts, Map.of("word", "1"));
            Check.until(() -> !Clients.ADMIN.listStreamsGroupOffsets(Map.of(group,
                new org.apache.kafka.clients.admin.ListStreamsGroupOffsetsSpec())).partitionsToOffsetAndMetadata(group).get().isEmpty(),
                "offsets are committed");
        } finally {
            streams.close(PATIENCE);
        }
        Check.until(() -> describe(group).groupState() == GroupState.EMPTY, group + " is empty");
        Clients.ADMIN.deleteStreamsGroups(List.of(group)).all().get();
        try {
            describe(group);
            throw new AssertionError("the group is still there");
        } catch (java.util.concurrent.ExecutionException gone) {
            Check.equal(gone.getCause().getClass(), GroupIdNotFoundException.class, "what describing it ends with");
        }
    }

    static void missingSourceTopicsAreWaitedFor() throws Throwable {
        final String lines = Check.unique("lines"), counts = Clients.newTopic("counts", 1), group = Check.unique("waiting");
        final KafkaStreams streams = Clients.start(Applications.wordCount(lines, counts), group, "streams", Map.of());
        try {
            Check.until(() -> Clients.ADMIN.listGroups().all().get().stream().anyMatch(g -> g.groupId().equals(group)),
                group + " is there");
            Check.until(() -> describe(group).groupState() == GroupState.NOT_READY, group + " is not ready");
            Clients.ADMIN.createTopics(List.of(new NewTopic(lines, 1, (short) 1))).all().get();
            Clients.send(lines, "a", "late");
            Clients.untilLatest(counts, Map.of("late", "1"));
        } finally {
            streams.close(PATIENCE);
        }
    }

    static void standbyTasksAreAssigned() throws Throwable {
        final String lines = Clients.newTopic("lines", 2), counts = Clients.newTopic("counts", 1);
        final String group = Check.unique("standby");
        final var one = new AlterConfigOp(new ConfigEntry("streams.num.standby.replicas", "1"), AlterConfigOp.OpType.SET);
        Clients.ADMIN.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, group), List.of(one))).all().get();
        final KafkaStreams first = Clients.start(Applications.wordCount(lines, counts), group, "streams", Map.of());
        final KafkaStreams second = Clients.start(Applications.wordCount(lines, counts), group, "streams", Map.of());
        try {
            Check.until(() -> Clients.activeTasks(first) + Clients.activeTasks(second) == 4
                && Clients.standbyTasks(first) + Clients.standbyTasks(second) == 2, "two of four tasks have a standby");
        } finally {
            first.close(PATIENCE);
            second.close(PATIENCE);
        }
    }
}
