import java.util.List;
import java.util.Map;

/** Apache Kafka's own clients of 4.4.0. */
public final class Suite {
    private static final Map<String, Map<String, Object>> GROUPS = Map.of(
        "range", Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.RangeAssignor"),
        "cooperative_sticky",
        Map.of("partition.assignment.strategy", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor"),
        "consumer_protocol", Map.of("group.protocol", "consumer"));

    private static final int CONSUMER_GROUP_HEARTBEAT = 68;
    private static final int SHARE_GROUP_HEARTBEAT = 76;

    public static void main(String[] args) throws Exception {
        final boolean consumerProtocol = Check.brokerServes(CONSUMER_GROUP_HEARTBEAT);
        if (!consumerProtocol)
            System.out.println("left out: groups of the consumer protocol (KIP-848), which the broker does not serve");
        for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd"))
            Check.run("codec_brings_back_all[" + codec + "]", () -> Producing.codecBringsBackAll(codec));
        for (String acks : List.of("0", "1", "all")) Check.run("acks_delivers[" + acks + "]", () -> Producing.acksDelivers(acks));
        Check.run("metadata_tells_places", Producing::metadataTellsPlaces);
        Check.run("idempotent_producer_keeps_order", Producing::idempotentProducerKeepsOrder);
        Check.run("big_record_passes_and_too_big_one_is_refused", Producing::bigRecordPassesAndTooBigOneIsRefused);
        Check.run("log_append_time_is_the_brokers", Producing::logAppendTimeIsTheBrokers);
        Check.run("topics_are_created_by_use", Producing::topicsAreCreatedByUse);

        Check.run("transactions_committed_are_seen_and_aborted_are_not", Transactions::committedOnesAreSeenAndAbortedOnesAreNot);
        Check.run("transaction_that_is_open_holds_back_what_follows", Transactions::anOpenOneHoldsBackWhatFollows);
        Check.run("transaction_commits_offsets", Transactions::offsetsAreCommittedWithOne);
        Check.run("transactional_producer_fences_the_old", Transactions::aNewProducerFencesTheOld);

        GROUPS.forEach((name, kind) -> {
            if (name.equals("consumer_protocol") && !consumerProtocol) return;
            Check.run("two_members_share_the_partitions[" + name + "]", () -> Groups.twoMembersShareThePartitions(kind));
            Check.run("restarted_consumer_goes_on_after_its_commit[" + name + "]",
                () -> Groups.restartedConsumerGoesOnAfterItsCommit(kind));
        });
        Check.run("static_member_comes_back_without_rebalance", Groups::staticMemberComesBackWithoutRebalance);
        Check.run("seeking_pausing_and_offsets_by_time", Groups::seekingPausingAndOffsetsByTime);

        if (Check.brokerServes(SHARE_GROUP_HEARTBEAT)) {
            Check.run("every_record_of_a_queue_goes_to_one_member", Shares::everyRecordGoesToOneMember);
            Check.run("words_on_records_of_a_queue_are_kept", Shares::wordsAreKept);
            Check.run("what_a_lost_member_had_is_delivered_again", Shares::whatALostMemberHadIsDeliveredAgain);
            Check.run("offsets_of_a_queue_are_administered", Shares::offsetsAreAdministered);
        } else {
            System.out.println("left out: share groups (KIP-932), which the broker does not serve");
        }

        Check.run("topics_are_created_only_when_right", Administration::topicsAreCreatedOnlyWhenRight);
        Check.run("topics_are_described_grown_and_deleted", Administration::topicsAreDescribedGrownAndDeleted);
        Check.run("configurations_are_changed_and_described", Administration::configurationsAreChangedAndDescribed);
        Check.run("offsets_are_listed_and_records_deleted", Administration::offsetsAreListedAndRecordsDeleted);
        Check.run("groups_are_listed_described_and_deleted", Administration::groupsAreListedDescribedAndDeleted);
        Check.run("group_offsets_are_listed_altered_and_deleted", Administration::groupOffsetsAreListedAlteredAndDeleted);
        Check.run("the_cluster_is_described", Administration::theClusterIsDescribed);
        Check.run("log_directories_are_described", Administration::logDirectoriesAreDescribed);
        Check.finish();
    }
}
