#include "coordinator/other_group.h"

#include "wire/coordinator/streams_group_current_member_assignment.h"
#include "wire/coordinator/streams_group_member_metadata.h"
#include "wire/coordinator/streams_group_metadata.h"
#include "wire/coordinator/streams_group_target_assignment_member.h"
#include "wire/coordinator/streams_group_target_assignment_metadata.h"
#include "wire/coordinator/streams_group_topology.h"

namespace sluice {

std::string_view name(GroupType type) {
  switch (type) {
    case GroupType::classic: return "classic";
    case GroupType::consumer: return "consumer";
    case GroupType::share: return "share";
    case GroupType::streams: return "streams";
  }
  return "unknown";
}

namespace {

enum class Role { group, member, detail };

struct Kind {
  GroupType type;
  Role role;
};

std::optional<Kind> kind_of(std::int16_t record_type) {
  switch (record_type) {
    case wire::StreamsGroupMetadataKey::kType: return Kind{GroupType::streams, Role::group};
    case wire::StreamsGroupMemberMetadataKey::kType: return Kind{GroupType::streams, Role::member};
    case wire::StreamsGroupTargetAssignmentMetadataKey::kType:
    case wire::StreamsGroupTargetAssignmentMemberKey::kType:
    case wire::StreamsGroupCurrentMemberAssignmentKey::kType:
    case wire::StreamsGroupTopologyKey::kType: return Kind{GroupType::streams, Role::detail};
    default: return std::nullopt;
  }
}

}  // namespace

Result<std::optional<OtherGroupKey>> OtherGroupKey::parse(Bytes key) {
  const Result<std::int16_t> type = leading_number(key);
  if (!type) return fail(type.error());
  const std::optional<Kind> kind = kind_of(*type);
  if (!kind) return std::nullopt;
  // All of these keys begin with the group; the member comes next where there is one.
  wire::Reader in(key.subspan(sizeof(std::int16_t)));
  OtherGroupKey parsed{.type = kind->type,
                       .group = in.string("GroupId", false),
                       .is_group = kind->role == Role::group,
                       .member = std::nullopt};
  if (kind->role == Role::member) parsed.member = in.string("MemberId", false);
  if (in.failed()) return fail(in.error());
  return parsed;
}

void OtherGroup::replay(const OtherGroupKey& parsed, Bytes key, bool has_value) {
  if (has_value) {
    keys_.emplace(as_text(key));
    if (parsed.member) members_.emplace(*parsed.member);
  } else {
    keys_.erase(std::string(as_text(key)));
    if (parsed.member) members_.erase(std::string(*parsed.member));
  }
}

std::vector<CoordinatorRecord> OtherGroup::tombstones() const {
  std::vector<CoordinatorRecord> records;
  for (const std::string& key : keys_) {
    CoordinatorRecord record;
    record.key = Buffer::copy_of(as_bytes(key));
    records.push_back(std::move(record));
  }
  return records;
}

}  // namespace sluice
