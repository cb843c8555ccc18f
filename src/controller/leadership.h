// controller/leadership.h: what becomes of partitions when a broker comes, goes or ends.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "controller/decision.h"
#include "metadata/metadata_image.h"

namespace sluice {

/// A value that a topic's partitions go by, as an integer: the topic's own, or else the broker's.
std::int64_t topic_setting(const DecisionContext& context, std::string_view topic, std::string_view key);
/// min.insync.replicas, which no partition with fewer replicas is held to.
std::size_t min_insync_replicas(const DecisionContext& context, const TopicImage& topic);
bool unclean_election_enabled(const DecisionContext& context, std::string_view topic);

/// Whether a broker leads any partition.
bool leads_any(const MetadataImage& image, NodeId broker);

// Each writes the changes of all partitions concerned; the broker's own record is written by the caller.

/// `broker` is gone or going: it leaves ISRs and leads nothing any more.
void add_leave_records(const DecisionContext& context, NodeId broker, RecordList& records);
/// As above, and it may have lost what it had (it was killed, or its machine was): nor is it eligible any more.
void add_unclean_leave_records(const DecisionContext& context, NodeId broker, RecordList& records);
/// `broker` has lost these log directories, and with them the replicas there.
void add_lost_directory_records(const DecisionContext& context, NodeId broker,
                                const std::vector<Uuid>& directories, RecordList& records);
/// `broker`, which was fenced, is back: it may lead what has no leader.
void add_return_records(const DecisionContext& context, NodeId broker, RecordList& records);

}  // namespace sluice
