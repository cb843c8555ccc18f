// coordinator/topic_pattern.h: topics subscribed to by a regular expression that the coordinator looks through
// (KIP-848). Expressions are RE2's, as Kafka's are: they take time in proportion to the topics' names.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "coordinator/subscriptions.h"
#include "metadata/topics_image.h"

namespace sluice {

/// Whether it is an expression at all. Errors: invalid_argument, with what is wrong.
Result<void> check_topic_pattern(std::string_view pattern);

/// The topics whose whole names match; none where the expression is not valid.
Subscriptions::Names topics_matching(std::string_view pattern, const TopicsImage& topics);

}  // namespace sluice
