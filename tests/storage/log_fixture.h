// One log on a simulated disk, and the verbs that tests of it are told in.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "simulation/sim_disk.h"
#include "simulation/sim_loop.h"
#include "storage/batches.h"
#include "storage/log.h"

namespace sluice::test {

/// A log's directory is "orders-0". The world must outlive its log; abandon() or close() ends the log.
class LogWorld {
 public:
  explicit LogWorld(std::uint64_t seed = 1) : loop(seed), disk(std::make_unique<sim::SimDisk>(loop)) {}
  ~LogWorld() { abandon(); }

  /// Opens the log; what an operator would know is taken from the log that was open before.
  Result<void> try_open(bool clean) {
    abandon();
    LogOpening opening{
        .directory = kDirectory, .config = config, .start = start, .recovery_point = recovery_point};
    opening.clean = clean;
    if (health->offline()) health = std::make_shared<DirectoryHealth>();  // Another process.
    opening.open_files = open_files;
    opening.health = health;
    auto opened = loop.run(Log::open(loop, *disk, std::move(opening)));
    if (!opened) return fail(opened.error());
    log = std::move(*opened);
    return {};
  }
  void open(bool clean = false) {
    const auto opened = try_open(clean);
    ASSERT_TRUE(opened) << opened.error().what;
  }
  void close() {
    const auto closed = loop.run(log->close());
    ASSERT_TRUE(closed) << closed.error().what;
    start = log->start();
    recovery_point = log->recovery_point();
    log.reset();
  }
  void reopen() {
    close();
    open(true);
  }
  /// The process dies; the machine goes on.
  void abandon() {
    if (!log) return;
    loop.run(log->abandon());
    log.reset();
  }
  /// The machine loses power.
  void crash() {
    recovery_point = log->recovery_point();
    start = log->start();
    disk->lose_power();
    abandon();
    disk->restore_power();
  }

  Result<Appended> append(const BatchSpec& spec, std::int32_t epoch = 0,
                          AppendOrigin origin = AppendOrigin::client) {
    OwnedBatch batch(spec);
    return loop.run(log->append_as_leader(batch.view(), {epoch}, origin));
  }
  Result<Appended> append_as_follower(const BatchSpec& spec) {
    OwnedBatch batch(spec);
    const BatchView view = batch.view();
    return loop.run(log->append_as_follower(std::span(&view, 1)));
  }
  Result<LogSlice> read_slice(Offset from, std::size_t bytes_max = 1 << 20) {
    return loop.run(log->read({.from = from, .limit = log->end(), .bytes_max = bytes_max}));
  }
  /// The base offsets of all batches from `from` on, by reading slice after slice.
  std::vector<std::int64_t> read_all(Offset from) {
    std::vector<std::int64_t> bases;
    while (from < log->end()) {
      const auto slice = read_slice(from);
      EXPECT_TRUE(slice) << slice.error().what;
      if (!slice || slice->empty()) break;
      const auto bytes = loop.run(slice->read());
      EXPECT_TRUE(bytes);
      ConstBatchWalk walk(bytes->bytes());
      for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
        bases.push_back((*batch)->base_offset().value);
        from = (*batch)->next_offset();
      }
    }
    return bases;
  }
  std::string path(std::int64_t base, const std::string& kind) const {
    return fmt::format("{}/{:020}{}", kDirectory, base, kind);
  }

  static constexpr const char* kDirectory = "orders-0";
  sim::SimLoop loop;
  std::unique_ptr<sim::SimDisk> disk;
  LogConfig config;
  Offset start{0}, recovery_point{0};
  std::shared_ptr<OpenFiles> open_files = std::make_shared<OpenFiles>();
  std::shared_ptr<DirectoryHealth> health = std::make_shared<DirectoryHealth>();
  std::unique_ptr<Log> log;
};

}  // namespace sluice::test
