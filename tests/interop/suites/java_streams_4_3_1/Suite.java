import java.util.List;

/** Applications of Apache Kafka Streams 4.3.1, all with exactly-once processing. */
public final class Suite {
    private static final int STREAMS_GROUP_HEARTBEAT = 88;

    public static void main(String[] args) throws Exception {
        final boolean streamsGroups = Check.brokerServes(STREAMS_GROUP_HEARTBEAT);
        if (!streamsGroups) System.out.println("left out: streams groups (KIP-1071), which the broker does not serve");
        for (String protocol : List.of("classic", "streams")) {
            if (protocol.equals("streams") && !streamsGroups) continue;
            Check.run("words_are_counted[" + protocol + "]", () -> Applications.wordsAreCounted(protocol));
            Check.run("streams_are_joined_in_windows[" + protocol + "]", () -> Applications.streamsAreJoined(protocol));
            Check.run("tasks_move_between_instances[" + protocol + "]", () -> Applications.tasksMove(protocol));
        }
        if (streamsGroups) {
            Check.run("streams_groups_are_described_and_deleted", StreamsGroups::areDescribedAndDeleted);
            Check.run("missing_source_topics_are_waited_for", StreamsGroups::missingSourceTopicsAreWaitedFor);
            Check.run("standby_tasks_are_assigned", StreamsGroups::standbyTasksAreAssigned);
        }
        Check.finish();
    }
}
