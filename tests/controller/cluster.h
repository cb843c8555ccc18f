// controller/cluster.h: a cluster as decisions see it, and the verbs that tests of decisions are told in.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "controller/decision.h"
#include "metadata/records.h"
#include "simulation/sim_loop.h"

namespace sluice::test {

/// Brokers 1, 2 … that are registered, unfenced and have one log directory each.
class Cluster {
 public:
  explicit Cluster(int brokers = 3, std::uint64_t seed = 1) : loop(seed) {
    apply(list(feature("metadata.version", 33), feature("group.version", 1)));
    for (int node = 1; node <= brokers; ++node) {
      auto record = broker(node, 10 + node);
      record.log_dirs = {directory(node)};
      apply(list(record, unfence(node, 10 + node)));
    }
  }

  static Uuid directory(int node) { return id(800 + node); }

  DecisionContext context() {
    return {.image = image, .config = config, .loop = loop, .next_offset = image.provenance.last_offset + 1};
  }
  void apply(const RecordList& records) { image = test::apply(image, records); }
  /// Takes a decision's records in, as if they were committed.
  template <class Response>
  void apply(const Decision<Response>& decision) {
    apply(decision.records);
  }

  void enable_elr() { apply(list(feature("eligible.leader.replicas.version", 1))); }
  void set(std::string_view key, std::string_view value) {
    const auto done = config.set({std::string(key), std::string(value), "test"});
    ASSERT_TRUE(done) << done.error().what;
  }
  void fence(int node) {
    auto record = unfence(node, image.broker({node})->epoch);
    record.fenced = 1;
    apply(list(record));
  }
  const PartitionImage& partition_of(std::string_view topic, int index) const {
    const TopicImage* found = image.topic(topic);
    EXPECT_NE(found, nullptr) << topic;
    return *found->partition({index});
  }

  sim::SimLoop loop;
  Configuration config{ConfigScope::broker};
  MetadataImage image;
};

/// What an answer says of one item: "" or the code's name and the sentence.
template <class Item>
std::string said(const Item& item) {
  if (item.error_code == ErrorCode::none) return "";
  std::string text(name(item.error_code));
  if constexpr (requires { item.error_message; })
    if (item.error_message) text += ": " + std::string(*item.error_message);
  return text;
}

}  // namespace sluice::test
