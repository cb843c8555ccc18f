// tools/bench/client_loads.cc: loads through the client library, as programs bear them: records instead of
// requests.
#include "base/event.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "tools/bench/loads.h"
#include "tools/bench/raw_run.h"
#include "tools/bench/server_watch.h"
#include "tools/perf_stats.h"
#include "tools/session.h"

namespace sluice::tools::bench {
namespace {

using client::Outcome;
using std::chrono::milliseconds;

constexpr std::chrono::seconds kPatience{30};  // With what is delivered late.
constexpr std::size_t kStampSize = sizeof(std::int64_t);

/// A producer and, where latency from end to end is wanted, a consumer of the same topic, on one loop. Each record
/// carries the moment at which it was due.
class ClientRun {
 public:
  ClientRun(Loop& loop, Network& network, const Plan& plan, const Target& target)
      : loop_(loop),
        plan_(plan),
        target_(target),
        producer_(loop, network, plan.producer),
        consumer_(loop, network, plan.consumer),
        tasks_(loop),
        pause_(loop),
        begin_(Clock::now()),
        window_(plan.bounds, begin_),
        watch_(plan.server),
        value_(std::max(plan.batch.record_bytes, kStampSize)) {
    RandomLetters().fill(value_);
  }

  Task<Result<Report>> go(bool consumes) {
    Outcome<void> done{};
    if (consumes) done = follow();
    if (done && consumes) tasks_.start(consume());
    if (done) done = co_await produce();
    if (done) co_await drain(consumes);
    watch_.end();
    co_await tasks_.close();
    co_await producer_.close(loop_.now());
    co_await consumer_.close();
    if (done && failure_) done = client::failed(*failure_);
    if (!done) co_return fail(Errc::io, "{}", done.error().what);
    co_return report(consumes);
  }

 private:
  Outcome<void> follow() {
    std::set<client::TopicPartition> partitions;
    for (const auto& [partition, end] : target_.ends) partitions.insert({target_.topic, partition});
    if (auto assigned = consumer_.assign(partitions); !assigned) return assigned;
    for (const auto& [partition, end] : target_.ends)
      if (auto sought = consumer_.seek({target_.topic, partition}, end); !sought) return sought;
    return {};
  }

  /// In a closed loop as much as the producer takes in, in an open one when it is due.
  Task<Outcome<void>> produce() {
    std::optional<Schedule> schedule;
    if (plan_.rate) schedule.emplace(*plan_.rate, begin_);
    constexpr int kTurn = 256;  // Then what has come back is looked at.
    // What was due before the end is sent, however late: leaving it out would hide why it is late.
    const auto has_more = [&] {
      return schedule ? schedule->next() < window_.end() : !window_.over(Clock::now());
    };
    for (int sent = 0; has_more() && !interrupted() && !failure_; ++sent) {
      look_at_server();
      if (schedule && schedule->next() > Clock::now()) {
        (void)co_await pause_.wait_until(std::min(schedule->next(), window_.end()));
        continue;
      }
      const Time intended = schedule ? schedule->next() : Clock::now();
      if (schedule) schedule->take();
      if (Outcome<void> taken = co_await send(intended); !taken) co_return taken;
      if (sent % kTurn == 0) (void)co_await pause_.wait_until(loop_.now());
    }
    co_return Outcome<void>{};
  }

  Task<Outcome<void>> send(Time intended) {
    const MutableBytes bytes = std::as_writable_bytes(std::span(value_));
    store<std::int64_t>(bytes, 0, (intended - begin_).count());
    client::ProducerRecord record{.topic = target_.topic, .value = bytes};
    ++sent_;
    co_return co_await producer_.send(record, [this, intended](const Outcome<client::Delivered>& delivered) {
      if (!delivered) failure_ = delivered.error();
      const Time now = Clock::now();
      window_.finished({.requests = 1, .records = 1, .bytes = value_.size()}, now, produced_);
      window_.took(intended, now, produced_.latency);
    });
  }

  Task<void> consume() {
    while (!tasks_.stopping()) {
      Outcome<client::ConsumedRecords> records = co_await consumer_.poll(milliseconds(100));
      if (!records) {
        failure_ = records.error();
        co_return;
      }
      const Time now = Clock::now();
      for (const client::PartitionRecords& partition : records->partitions())
        for (const client::ConsumedRecord& record : partition.records) take(record, now);
    }
  }

  void take(const client::ConsumedRecord& record, Time now) {
    if (!record.value || record.value->size() < kStampSize) return;  // Not one of ours.
    const Time intended = begin_ + Clock::duration(load<std::int64_t>(*record.value, 0));
    ++received_;
    window_.finished({.requests = 1, .records = 1, .bytes = record.value->size()}, now, consumed_);
    window_.took(intended, now, consumed_.latency);
  }

  Task<void> drain(bool consumes) {
    watch_.end();
    co_await producer_.flush();
    const SteadyTime deadline = loop_.now() + kPatience;
    while (consumes && received_ < sent_ && loop_.now() < deadline && !interrupted() && !failure_)
      (void)co_await pause_.wait_until(loop_.now() + milliseconds(10));
  }

  void look_at_server() {
    if (watching_ || Clock::now() < window_.start()) return;
    watching_ = true;
    watch_.begin();
  }

  Report report(bool consumes) {
    Report report{
        .load = "client", .seconds = window_.seconds(), .works = {}, .server = watch_.report(), .numbers = {}};
    report.works.push_back({.name = "produce", .work = produced_.work, .latency = std::move(produced_.latency)});
    if (consumes)
      report.works.push_back(
          {.name = "end_to_end", .work = consumed_.work, .latency = std::move(consumed_.latency)});
    return report;
  }

  Loop& loop_;
  const Plan& plan_;
  const Target& target_;
  client::Producer producer_;
  client::Consumer consumer_;
  TaskGroup tasks_;
  Event pause_;  ///< Never notified.
  Time begin_;
  Window window_;
  ServerWatch watch_;
  std::vector<char> value_;
  Tally produced_;
  Tally consumed_;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
  bool watching_ = false;
  std::optional<client::Failure> failure_;
};

struct Story {
  static Task<int> run(Loop& loop, Network& network, const Plan& plan, const Target& target, bool consumes,
                       Result<Report>& result) {
    ClientRun story(loop, network, plan, target);
    result = co_await story.go(consumes);
    co_return 0;
  }
};

Result<Report> run_client(const Plan& plan, bool consumes) {
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  Result<Report> result = fail(Errc::io, "nothing was measured");
  (void)tools::run(
      [&](Loop& loop, Network& network) { return Story::run(loop, network, plan, *target, consumes, result); });
  return result;
}

}  // namespace

Result<Report> produce_with_client(const Plan& plan) { return run_client(plan, false); }
Result<Report> end_to_end_with_client(const Plan& plan) { return run_client(plan, true); }

}  // namespace sluice::tools::bench
