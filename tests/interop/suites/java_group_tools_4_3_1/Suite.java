/** Kafka's commands for groups and ours print the same, about groups of every kind and state on one broker. */
public final class Suite {
    private static final int STREAMS_GROUP_HEARTBEAT = 88;

    private static void run(String name, Check.Body body) {
        Check.run(name, () -> {
            body.run();
            Tools.verify();
        });
    }

    public static void main(String[] args) throws Exception {
        try (ConsumerGroups groups = new ConsumerGroups()) {
            run("consumer_groups_are_listed_alike", groups::areListedAlike);
            run("consumer_groups_are_described_alike", groups::areDescribedAlike);
            run("resets_are_planned_alike", groups::resetsArePlannedAlike);
            run("resets_are_refused_alike", groups::resetsAreRefusedAlike);
            run("resets_are_done_alike", groups::resetsAreDoneAlike);
            run("offsets_are_deleted_alike", groups::offsetsAreDeletedAlike);
            run("consumer_groups_are_deleted_alike", groups::areDeletedAlike);
            run("wrong_words_are_refused_alike", groups::wrongWordsAreRefusedAlike);
        }
        if (Check.brokerServes(STREAMS_GROUP_HEARTBEAT)) {
            run("streams_groups_are_described_alike", StreamsGroups::areDescribedAlike);
            run("streams_groups_are_reset_and_deleted_alike", StreamsGroups::areResetAndDeletedAlike);
            run("wrong_words_of_streams_are_refused_alike", StreamsGroups::wrongWordsAreRefusedAlike);
        }
        Check.finish();
    }
}
