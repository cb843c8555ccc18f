// controller/create_topics.h: CreateTopics (API key 19).
#pragma once

#include <functional>

#include "config/broker_layers.h"
#include "controller/decision.h"
#include "wire/api/create_topics.h"

namespace sluice {

struct CreateTopicsOptions {
  /// For describing the configuration that a new topic has; null: answers do without.
  const BrokerLayers* layers = nullptr;
  /// Whether the client may see a topic's configuration; unset: it may.
  std::function<bool(std::string_view topic)> may_describe_configs;
};

/// Creates each topic or says what is wrong with it; topics that are in order are created although others are not.
/// With validate_only nothing is written.
Decision<wire::CreateTopicsResponse> create_topics(const DecisionContext& context,
                                                   const wire::CreateTopicsRequest& request,
                                                   const CreateTopicsOptions& options);

}  // namespace sluice
