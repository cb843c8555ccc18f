// server/handlers/share_acknowledgements.h: what ShareFetch and ShareAcknowledge have in common: sessions, and
// what a member says of records (KIP-932).
#pragma once

#include <expected>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "server/partition_key.h"
#include "server/request_context.h"
#include "server/share_session.h"
#include "share/delivery.h"

namespace sluice::handlers {

/// By partition, in order; several batches of one partition stay in theirs.
using SaidByPartition = std::map<PartitionKey, std::vector<AcknowledgedRange>>;
using ShareErrors = std::map<PartitionKey, ErrorCode>;

/// Whether a member may be called that.
bool is_share_member(std::string_view group, std::string_view member);

/// Collects what the topics of a request say. Where a batch cannot be understood its partition gets
/// invalid_request, and nothing that is said of it counts.
template <class Topics>
SaidByPartition collect_said(const Topics& topics, bool renews, ShareErrors& errors) {
  SaidByPartition said;
  for (const auto& topic : topics)
    for (const auto& partition : topic.partitions) {
      const PartitionKey key{topic.topic_id, partition.partition_index};
      for (const auto& batch : partition.acknowledgement_batches) {
        AcknowledgedRange range{batch.first_offset, batch.last_offset, {}};
        for (const std::int8_t word : batch.acknowledge_types) {
          const std::int8_t last =
              static_cast<std::int8_t>(renews ? Acknowledgement::renew : Acknowledgement::reject);
          if (word < 0 || word > last) errors[key] = ErrorCode::invalid_request;
          range.words.push_back(static_cast<Acknowledgement>(word));
        }
        if (range.words.empty()) errors[key] = ErrorCode::invalid_request;
        said[key].push_back(std::move(range));
      }
    }
  for (const auto& [key, error] : errors) said.erase(key);
  return said;
}

/// Tells the leaders, side by side, and adds what each answers.
Task<void> acknowledge(RequestContext& context, std::string_view group, std::string_view member,
                       const SaidByPartition& said, ShareErrors& errors);

/// The member leaves: whatever it has is given back, on every shard.
Task<void> release_share_member(Broker& broker, std::string group, std::string member);

}  // namespace sluice::handlers
