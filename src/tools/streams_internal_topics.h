// tools/streams_internal_topics.h: the topics that an application of Kafka Streams made for itself, which nobody
// needs once its group is gone or starts anew.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/admin.h"

namespace sluice::tools {

/// Topics that the group's application made for itself, in the topology's order: those with a name that such
/// topics have, and the others.
struct InternalTopics {
  std::vector<std::string> certain;
  std::vector<std::string> doubtful;
};
InternalTopics internal_topics(const client::StreamsGroupDescription& group);

/// The certain ones of each group that has any; of the doubtful it is said that they stay. Where the groups cannot
/// be described, that is said, and there are none.
Task<std::map<std::string, std::vector<std::string>>> find_internal_topics(client::Admin& admin,
                                                                           std::vector<std::string> group_ids);

/// After the groups: deletes their topics and prints what became of them.
Task<void> delete_with_groups(client::Admin& admin, std::vector<std::string> group_ids,
                              std::map<std::string, std::vector<std::string>> topics);

/// After one group's offsets: deletes the topics, and prints what went wrong.
Task<void> delete_after_reset(client::Admin& admin, std::string group_id, std::vector<std::string> topics);

}  // namespace sluice::tools
