// tools/bench/commit_exchange.h: OffsetCommit requests, each with greater offsets than the one before.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/bench/raw_run.h"
#include "tools/bench/target.h"

namespace sluice::tools::bench {

/// Who commits: a member in its generation, or somebody who is in no group.
struct Committer {
  std::string group;
  std::string member;
  std::int32_t generation = -1;
};

/// One consumer's connection to its group's coordinator.
class CommitExchange final : public Exchange {
 public:
  /// The version that clients of Kafka 4 use, with topic ids.
  static constexpr std::int16_t kVersion = 10;

  /// Commits for `partitions`, all in one request. Errors: those of encoding.
  static Result<std::unique_ptr<CommitExchange>> make(const Target& target, const Committer& committer,
                                                      const std::vector<PartitionIndex>& partitions);

  Time ready(Time now) const override { return std::max(now, not_before_); }
  const PreparedRequest& next(Time intended) override;
  Result<Work> take(Bytes frame, Time now) override;

 private:
  std::optional<PreparedRequest> request_;
  std::vector<std::size_t> places_;  ///< Of the offsets in the request.
  Offset offset_{0};
  Time not_before_{};
};

}  // namespace sluice::tools::bench
