// tools/bench/raw_run.h: drives connections through one load: at the maximum (closed loop: the next request goes
// when an answer has come) or at a rate (open loop: requests go when they are due, whatever the server does).
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "tools/bench/raw_connection.h"
#include "tools/bench/window.h"

namespace sluice::tools::bench {

/// What is said over one connection.
class Exchange {
 public:
  virtual ~Exchange() = default;
  /// Until when a closed loop rests before the next request; asked after every answer.
  virtual Time ready(Time now) const { return now; }
  /// The next request; it stays as it is until answered.
  virtual const PreparedRequest& next(Time intended) = 0;
  /// Whether the server answers at all.
  virtual bool answered() const { return true; }
  /// What an answer tells that work is done. `frame` is without its size. Where several requests make one piece of
  /// work, the last answer has it all, and the others no request. Errors: an error code in it.
  virtual Result<Work> take(Bytes frame, Time now) = 0;
  /// When the piece of work that was just done was meant to begin; `intended`: its last request.
  virtual Time begun(Time intended) const { return intended; }
  /// What a request comes to that is not answered.
  virtual Work unanswered() const { return {}; }
};

/// At which times requests are due; shared by the connections that bear a load together.
class Schedule {
 public:
  /// Requests a second.
  Schedule(double rate, Time begin) : interval_(1.0 / rate), begin_(begin) {}
  Time next() const { return begin_ + std::chrono::duration_cast<Clock::duration>(interval_ * count_); }
  void take() { ++count_; }
  std::uint64_t taken() const { return static_cast<std::uint64_t>(count_); }

 private:
  std::chrono::duration<double> interval_;
  Time begin_;
  double count_ = 0;
};

/// Connections that bear a load together.
struct LoadGroup {
  struct Member {
    std::unique_ptr<RawConnection> connection;
    std::unique_ptr<Exchange> exchange;
    std::deque<Time> in_flight{};  ///< When what waits for an answer was meant to be sent.
    std::deque<Time> due{};        ///< When what waits to be sent was meant to be.
    std::int32_t correlation_id = 0;
    std::uint32_t interest = 0;  ///< What epoll watches its socket for.
    std::uint64_t place = 0;     ///< By which epoll names it.
    bool resting = false;        ///< Until its exchange is ready.
  };
  std::vector<Member> members{};
  std::size_t in_flight_max = 1;            ///< On each connection.
  std::optional<Schedule> schedule{};       ///< None: closed loop.
  std::uint64_t schedule_end = UINT64_MAX;  ///< So many requests are due in all.
  bool keep_while_draining = false;         ///< Goes on while the others' last requests are answered.
  Tally tally{};
  std::size_t next_member = 0;
};

struct RawRunHooks {
  std::function<void()> window_started;
  std::function<void()> window_ended;
};

/// Runs all groups until the window is over and what was due in it is answered, or Ctrl-C. Blocks. Where answers
/// do not come in half a minute, what waits for them counts as having taken so long. Errors: the first of a
/// connection or an exchange.
Result<void> run_raw(std::vector<LoadGroup>& groups, Window& window, const RawRunHooks& hooks);

}  // namespace sluice::tools::bench
