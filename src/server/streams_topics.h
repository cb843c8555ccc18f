// server/streams_topics.h: creates the topics that streams applications need for themselves (KIP-1071).
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/event.h"
#include "coordinator/streams_topology.h"

namespace sluice {

class Controller;

/// One per node, on the controller's shard. Creating goes on while members are answered: they learn from the
/// metadata that a topic is there, and from here why it is not.
class StreamsTopics {
 public:
  explicit StreamsTopics(Loop& loop) : loop_(loop), tasks_(loop) {}

  /// Begins to create those that are not under way. One that could not be created is tried again after `pause`.
  /// Returns why some of them could not be created the last time, by name.
  std::map<std::string, std::string> create(Controller& controller, std::vector<StreamsTopic> topics,
                                            std::chrono::milliseconds pause);
  /// Waits for what is under way; creates nothing more.
  Task<void> close() { return tasks_.close(); }

 private:
  struct Failure {
    std::string why;
    SteadyTime until;
  };
  Task<void> create_now(Controller& controller, std::vector<StreamsTopic> topics, std::chrono::milliseconds pause);

  Loop& loop_;
  std::set<std::string> under_way_;
  std::map<std::string, Failure> failures_;
  TaskGroup tasks_;
};

}  // namespace sluice
