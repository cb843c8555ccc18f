// controller/topic_names.h: which names topics may have.
#pragma once

#include <string_view>

#include "controller/api_error.h"
#include "metadata/topics_image.h"

namespace sluice {

inline constexpr std::size_t kTopicNameLengthMax = 249;
inline constexpr std::string_view kClusterMetadataTopic = "__cluster_metadata";

/// Errors: invalid_topic_exception.
OrApiError<void> check_topic_name(std::string_view name);

/// Whether two names stand for one and the same metric: "." and "_" count as alike in metrics' names.
bool topic_names_collide(std::string_view a, std::string_view b);
/// A topic whose name collides with `name` and is not it; null if there is none.
const TopicImage* find_colliding_topic(const TopicsImage& topics, std::string_view name);

}  // namespace sluice
