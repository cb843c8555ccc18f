// controller/decision.h: what deciding takes and what it yields. A decision is a function of the metadata as it
// stands: request in, records and answer out. It changes nothing; its records do, once they are committed.
#pragma once

#include <memory>
#include <utility>

#include "base/arena.h"
#include "base/loop.h"
#include "config/configuration.h"
#include "metadata/metadata_image.h"
#include "metadata/record_list.h"
#include "raft/record_batches.h"

namespace sluice {

/// A response with the text that it views. It may be handed to another shard whole; the request that was answered
/// need not outlive it. Every answer of this library has this form.
template <class Message>
class Answer {
 public:
  Answer() : arena_(std::make_unique<Arena>()) {}

  Message& operator*() { return message_; }
  const Message& operator*() const { return message_; }
  Message* operator->() { return &message_; }
  const Message* operator->() const { return &message_; }
  /// For what the message is to view.
  Arena& arena() { return *arena_; }

 private:
  std::unique_ptr<Arena> arena_;
  Message message_;
};

/// What decisions see. Views; for the call only.
struct DecisionContext {
  const MetadataImage& image;
  const Configuration& config;  ///< The broker's configuration in force on this node.
  Loop& loop;                   ///< Time and random numbers; nothing is posted to it.
  Offset next_offset{0};        ///< Where the first record of the decision will stand.

  MetadataVersion metadata_version() const { return image.metadata_version(); }
};

/// Records to be written and the answer to be given when they are committed.
template <class Response>
struct Decision {
  using Message = Response;
  Answer<Response> answer;
  RecordList records;
  raft::Grouping grouping = raft::Grouping::atomic;

  Response& response() { return *answer; }
};

/// No request may lead to more partitions or records at once.
inline constexpr std::size_t kRecordsPerRequestMax = 10'000;

}  // namespace sluice
