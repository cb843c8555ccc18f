#include "tools/bench/raw_run.h"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <map>

#include "tools/session.h"

namespace sluice::tools::bench {
namespace {

constexpr std::chrono::seconds kPatience{30};  // With what is answered late.

class Runner {
 public:
  Runner(std::vector<LoadGroup>& groups, Window& window, const RawRunHooks& hooks)
      : groups_(groups), window_(window), hooks_(hooks), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    // Timers of an open loop are due to the microsecond, not to the 50 that the kernel allows itself.
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  }
  ~Runner() { ::close(epoll_); }
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  Result<void> run() {
    register_all();
    for (LoadGroup& group : groups_) {
      if (group.schedule) continue;
      for (auto& member : group.members)
        if (auto sent = fill(group, member, Clock::now()); !sent) return sent;
    }
    while (true) {
      const Time now = Clock::now();
      tell_hooks(now);
      if (finished(now)) return {};
      if (now > window_.end() + kPatience) {
        give_up(now);
        return {};
      }
      if (auto sent = send_due(now); !sent) return sent;
      if (auto sent = wake(now); !sent) return sent;
      if (auto handled = handle_events(next_due(now)); !handled) return handled;
    }
  }

 private:
  struct Place {
    LoadGroup* group;
    LoadGroup::Member* member;
  };

  void register_all() {
    for (LoadGroup& group : groups_)
      for (LoadGroup::Member& member : group.members) {
        member.place = places_.size();
        member.resting = false;
        member.interest = EPOLLIN;
        epoll_event event{.events = EPOLLIN, .data = {.u64 = member.place}};
        places_.push_back({&group, &member});
        ::epoll_ctl(epoll_, EPOLL_CTL_ADD, member.connection->descriptor(), &event);
      }
  }

  void tell_hooks(Time now) {
    if (!started_ && now >= window_.start()) {
      started_ = true;
      hooks_.window_started();
    }
    if (!ended_ && window_.over(now)) {
      ended_ = true;
      hooks_.window_ended();
    }
  }

  bool sends(const LoadGroup& group, Time now) const {
    if (group.schedule && group.schedule->taken() >= group.schedule_end) return false;
    // What was due before the end is sent, however late: leaving it out would hide why it is late.
    const bool has_more = group.schedule ? group.schedule->next() < window_.end() : !window_.over(now);
    return (has_more || group.keep_while_draining) && !interrupted();
  }

  /// Whether all that was to be done is done.
  bool finished(Time now) const {
    if (interrupted()) return true;
    if (!window_.over(now)) return false;
    for (const LoadGroup& group : groups_) {
      if (group.keep_while_draining) continue;
      if (group.schedule && sends(group, now)) return false;
      for (const auto& member : group.members)
        if (!member.in_flight.empty() || !member.due.empty()) return false;
    }
    return true;
  }

  void give_up(Time now) {
    for (LoadGroup& group : groups_)
      for (const auto& member : group.members) {
        for (const Time intended : member.in_flight) window_.took(intended, now, group.tally.latency);
        for (const Time intended : member.due) window_.took(intended, now, group.tally.latency);
      }
  }

  Time next_due(Time now) const {
    Time due = now + std::chrono::milliseconds(100);
    if (!started_) due = std::min(due, window_.start());
    if (!ended_) due = std::min(due, window_.end());
    for (const LoadGroup& group : groups_)
      if (group.schedule && sends(group, now)) due = std::min(due, group.schedule->next());
    if (!rests_.empty()) due = std::min(due, rests_.begin()->first);
    return due;
  }

  /// Those that have rested long enough go on.
  Result<void> wake(Time now) {
    while (!rests_.empty() && rests_.begin()->first <= now) {
      const Place& place = places_[rests_.begin()->second];
      rests_.erase(rests_.begin());
      place.member->resting = false;
      if (auto sent = fill(*place.group, *place.member, now); !sent) return sent;
    }
    return {};
  }

  bool rests(LoadGroup::Member& member, Time now) {
    const Time ready = member.exchange->ready(now);
    if (ready <= now) return false;
    if (!member.resting && ready != Time::max()) rests_.emplace(ready, member.place);
    member.resting = true;
    return true;
  }

  /// Hands what has come due to the connections in turn; one that is full makes it wait.
  Result<void> send_due(Time now) {
    for (LoadGroup& group : groups_) {
      if (!group.schedule || !sends(group, now)) continue;
      while (group.schedule->next() <= now && sends(group, now)) {
        auto& member = group.members[group.next_member++ % group.members.size()];
        member.due.push_back(group.schedule->next());
        group.schedule->take();
        if (auto sent = fill(group, member, now); !sent) return sent;
      }
    }
    return {};
  }

  /// Sends what may be sent now.
  Result<void> fill(LoadGroup& group, LoadGroup::Member& member, Time now) {
    for (int sent = 0; sent < kTurn && member.in_flight.size() < group.in_flight_max; ++sent) {
      if (member.connection->sending()) break;
      const std::optional<Time> intended = take_due(group, member, now);
      if (!intended) break;
      const PreparedRequest& request = member.exchange->next(*intended);
      if (auto begun = member.connection->send(request, member.correlation_id++); !begun) return begun;
      if (member.exchange->answered())
        member.in_flight.push_back(*intended);
      else
        finish(group, member.exchange->unanswered(), *intended, Clock::now());
    }
    watch(group, member);
    return {};
  }

  std::optional<Time> take_due(const LoadGroup& group, LoadGroup::Member& member, Time now) {
    if (!group.schedule) return sends(group, now) && !rests(member, now) ? std::optional(now) : std::nullopt;
    if (member.due.empty()) return std::nullopt;
    const Time intended = member.due.front();
    member.due.pop_front();
    return intended;
  }

  void finish(LoadGroup& group, const Work& work, Time intended, Time now) {
    window_.finished(work, now, group.tally);
    if (work.requests > 0) window_.took(intended, now, group.tally.latency);
  }

  Result<void> handle_events(Time until) {
    std::array<epoll_event, 128> events;
    const auto wait = std::max(std::chrono::nanoseconds(until - Clock::now()), std::chrono::nanoseconds(0));
    const timespec timeout{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    const int count = ::epoll_pwait2(epoll_, events.data(), static_cast<int>(events.size()), &timeout, nullptr);
    if (count < 0 && errno != EINTR) return fail(system_error(errno, "waiting for sockets"));
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (auto handled = handle(places_[event.data.u64], event); !handled) return handled;
    }
    return {};
  }

  Result<void> handle(const Place& place, const epoll_event& event) {
    LoadGroup& group = *place.group;
    LoadGroup::Member& member = *place.member;
    if ((event.events & EPOLLOUT) != 0) {
      if (auto sent = member.connection->continue_sending(); !sent) return sent;
    }
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) {
      const auto take = [&](Bytes frame) { return take_answer(group, member, frame); };
      if (auto received = member.connection->receive(take); !received) return received;
    }
    return fill(group, member, Clock::now());
  }

  Result<void> take_answer(LoadGroup& group, LoadGroup::Member& member, Bytes frame) {
    const Time now = Clock::now();
    if (member.in_flight.empty()) return fail(Errc::corrupt, "an answer that nobody has asked for");
    const auto expected =
        static_cast<std::int32_t>(member.correlation_id - static_cast<std::int32_t>(member.in_flight.size()));
    if (frame.size() < 4 || load<std::int32_t>(frame, 0) != expected)
      return fail(Errc::corrupt, "an answer is not that to request {}", expected);
    const Result<Work> work = member.exchange->take(frame, now);
    if (!work) return fail(work.error());
    finish(group, *work, member.exchange->begun(member.in_flight.front()), now);
    member.in_flight.pop_front();
    return {};
  }

  /// Waits for room in a socket only while there is something to be sent.
  void watch(const LoadGroup& group, LoadGroup::Member& member) const {
    const bool goes_on = !member.exchange->answered() && (!group.schedule || !member.due.empty());
    const bool wants_room = member.connection->sending() || goes_on;
    const std::uint32_t interest = EPOLLIN | (wants_room ? std::uint32_t{EPOLLOUT} : 0U);
    if (interest == member.interest) return;
    member.interest = interest;
    epoll_event event{.events = interest, .data = {.u64 = member.place}};
    ::epoll_ctl(epoll_, EPOLL_CTL_MOD, member.connection->descriptor(), &event);
  }

  static constexpr int kTurn = 64;  // So many requests, then other connections have theirs.

  std::vector<LoadGroup>& groups_;
  Window& window_;
  const RawRunHooks& hooks_;
  int epoll_;
  std::vector<Place> places_;
  std::multimap<Time, std::uint64_t> rests_;  ///< Who rests until when.
  bool started_ = false;
  bool ended_ = false;
};

}  // namespace

Result<void> run_raw(std::vector<LoadGroup>& groups, Window& window, const RawRunHooks& hooks) {
  return Runner(groups, window, hooks).run();
}

}  // namespace sluice::tools::bench
