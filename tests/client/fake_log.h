// client/fake_log.h: a partition as a broker keeps it, in memory: appends with the checks that matter to
// producers.
#pragma once

#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "record/batch_view.h"
#include "wire/error_code.h"

namespace sluice::client {

class FakeLog {
 public:
  struct Appended {
    ErrorCode error = ErrorCode::none;
    Offset base{-1};
  };
  struct AbortedSpan {
    ProducerId producer;
    Offset first;
    Offset last;
  };

  /// Checks the CRC and, for a producer with an id, its sequence as brokers do (KIP-98): the last five batches are
  /// known again, a new epoch begins at 0.
  Appended append(Bytes batch);
  /// Writes records of a test's own making.
  void append_records(const std::vector<std::string>& values, Codec codec = Codec::none);
  void append_batch(const Buffer& batch);
  /// As brokers write markers: without a sequence.
  void append_control(const Buffer& batch);
  /// Drops what lies at `end` and behind it, as a leader that lagged does when it is elected.
  void cut(Offset end);
  /// Turns a bit of the last batch's records around.
  void damage_last();

  /// Whole batches from that which holds `offset` on, at least one, and not much more than `size_max` bytes.
  /// Nothing from `end` on.
  Buffer read(Offset offset, Offset end, std::size_t size_max) const;
  Offset end() const { return end_; }
  Offset start{0};
  std::optional<Offset> last_stable;
  std::vector<AbortedSpan> aborted;
  Offset visible_end(bool committed) const { return committed && last_stable ? *last_stable : end_; }
  /// The first offset whose batch has a timestamp of `time` or later; -1 if there is none.
  Offset find_time(WallTime time) const;

  NodeId leader;
  LeaderEpoch epoch{0};

  /// Every record's value, in order.
  std::vector<std::string> values() const;
  /// How many records each batch has.
  std::vector<std::int32_t> batch_sizes() const;
  std::vector<BatchHeader> headers() const;

 private:
  struct Producer {
    ProducerEpoch epoch;
    std::deque<std::pair<std::int32_t, Offset>> last;  // First sequences, and where they went.
    std::int32_t next = 0;
  };
  struct Stored {
    Offset base;
    Buffer bytes;
  };

  std::vector<Stored> batches_;
  Offset end_{0};
  std::map<ProducerId, Producer> producers_;
};

}  // namespace sluice::client
