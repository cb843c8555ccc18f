#include "server/on_partition.h"

namespace sluice {

Result<PartitionKey> find_partition(const RequestContext& context, std::string_view topic,
                                    PartitionIndex partition) {
  const TopicImage* found = context.image->topic(topic);
  if (found == nullptr) return fail(Errc::not_found, "there is no topic {}", topic);
  if (found->partition(partition) == nullptr)
    return fail(Errc::not_found, "topic {} has no partition {}", topic, partition.value);
  return PartitionKey{found->id(), partition};
}

}  // namespace sluice
