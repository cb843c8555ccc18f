// coordinator/group_answers.h: what requests about groups are answered with, but for JoinGroup and SyncGroup.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "coordinator/consumer_answers.h"
#include "coordinator/streams_answers.h"
#include "wire/error_code.h"
#include "wire/ids.h"
#include "wire/uuid.h"

namespace sluice {

enum class GroupType : std::uint8_t { classic, consumer, share, streams };

/// As ListGroups says it.
std::string_view name(GroupType type);

/// Asks the transaction coordinator whether a transaction is open and has the partition that is to be written to;
/// or puts it in.
using TransactionCheck = std::move_only_function<Task<ErrorCode>()>;

struct LeaveAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<ErrorCode> members;  ///< In the order of the request; empty with an error.
};

/// Of OffsetCommit and OffsetDelete.
struct OffsetsAnswer {
  ErrorCode error = ErrorCode::none;  ///< Of all partitions.
  std::vector<ErrorCode> partitions;  ///< One behind the other, in the order of the request; empty with an error.
};

struct FetchedOffset {
  PartitionIndex partition;
  Offset offset{-1};
  LeaderEpoch leader_epoch{-1};
  std::string metadata;
  ErrorCode error = ErrorCode::none;
};

struct FetchedTopic {
  std::string name;
  Uuid id{};
  std::vector<FetchedOffset> partitions;
};

struct FetchAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<FetchedTopic> topics;  ///< Those of the request in its order, or all that the group has.
};

struct ListedGroup {
  std::string id;
  std::string protocol_type;
  std::string state;
  GroupType type;
};

struct ListAnswer {
  ErrorCode error = ErrorCode::none;
  std::vector<ListedGroup> groups;
};

struct DescribedMember {
  std::string id;
  std::optional<std::string> instance_id;
  std::string client_id;
  std::string client_host;
  std::string metadata;  ///< Only of a stable group's members.
  std::string assignment;
};

struct DescribedGroup {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string id;
  std::string state;
  std::string protocol_type;
  std::string protocol;
  std::vector<DescribedMember> members;

  static DescribedGroup failed(ErrorCode error, std::string_view id) {
    DescribedGroup group;
    group.error = error;
    group.id = id;
    return group;
  }
};

}  // namespace sluice
