// client/group_metadata.h: which member of a group somebody is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::client {

/// What a transactional producer tells of the consumer whose offsets it commits, so that one who is no member any
/// more cannot (KIP-447).
struct GroupMetadata {
  std::string group_id{};
  std::int32_t generation = -1;
  std::string member_id{};
  std::optional<std::string> instance_id{};
};

}  // namespace sluice::client
