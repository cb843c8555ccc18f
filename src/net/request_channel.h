// net/request_channel.h: the dialling end of a connection on which requests leave and their responses return.
//
// A peer answers in the order in which it was asked, so the oldest request in flight is the one that a response
// belongs to; its correlation id must agree, or the connection is closed, since nothing behind can be trusted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "base/buffer.h"
#include "base/event.h"
#include "base/result.h"
#include "net/frame_reader.h"
#include "net/network.h"

namespace sluice {

/// A request as it leaves: four bytes for its size, its header and its body. The channel sets size and correlation
/// id, which lie in the same place in every version of the header.
struct OutgoingRequest {
  /// Bytes that belong before byte `position` of `written` and are sent from where they lie.
  struct Insert {
    std::size_t position = 0;
    Bytes bytes;
    std::shared_ptr<const void> owner;  ///< Keeps them. They must not change as long as it lives.
  };

  Buffer written;
  std::vector<Insert> inserts;  ///< By position.
};

struct RequestChannelLimits {
  std::size_t in_flight_max = 100;  ///< Sent and not answered; more wait in the channel.
  std::size_t response_bytes_max = 512 * 1024 * 1024;
};

/// One connection from its dialling on. Any number of tasks call at once; requests leave in the order of the
/// calls. Lives on the shard of its connection; must be closed before it dies. A call holds the channel by its
/// caller.
class RequestChannel {
 public:
  /// `scratch` and `budget`, which may be shared with other readers of the shard, outlive this.
  RequestChannel(Loop& loop, std::unique_ptr<Connection> connection, RequestChannelLimits limits,
                 ReadScratch& scratch, MemoryBudget& budget);
  ~RequestChannel();

  /// Sends `request` and returns the response with its header. Waits its turn while too many are in flight.
  /// Errors: timed_out at `deadline` (the response is dropped when it comes; the channel stays open, but whoever
  /// takes the peer for dead closes it); what ended the connection otherwise.
  Task<Result<Frame>> call(OutgoingRequest request, SteadyTime deadline);
  /// Sends a request that has no response (Produce with acks=0); returns when it is written. Errors: as of call().
  Task<Result<void>> send(OutgoingRequest request, SteadyTime deadline);

  /// Why the connection has ended; nothing while it is good.
  const std::optional<Error>& ended() const { return ended_; }
  /// Called, if set, once the connection has ended.
  void on_end(std::move_only_function<void()> call) { on_end_ = std::move(call); }
  const Endpoint& peer() const { return connection_->peer(); }
  std::size_t in_flight() const { return in_flight_.size(); }

  /// Ends the connection: all that wait fail with `why`.
  void end(Error why);
  /// Ends the connection with closed, unless it has ended, and waits until nothing of it is at work.
  Task<void> close();

 private:
  /// One request, kept by the task that waits for it and by the queue that it is in.
  struct Call;

  Task<Result<Frame>> wait_for(std::shared_ptr<Call> call, SteadyTime deadline);
  Task<void> write_requests();
  Task<void> read_responses();
  Task<Result<void>> write(Call& call);
  bool may_write() const { return !queued_.empty() && in_flight_.size() < limits_.in_flight_max; }

  std::unique_ptr<Connection> connection_;
  RequestChannelLimits limits_;
  FrameReader reader_;
  TaskGroup tasks_;
  Event work_;  ///< For the writer.
  std::deque<std::shared_ptr<Call>> queued_;
  std::deque<std::shared_ptr<Call>> in_flight_;
  std::int32_t next_correlation_id_ = 0;
  std::optional<Error> ended_;
  std::move_only_function<void()> on_end_;
};

}  // namespace sluice
