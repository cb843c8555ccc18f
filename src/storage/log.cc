#include "storage/log.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace sluice {

Log::Log(Loop& loop, Disk& disk, LogOpening opening)
    : loop_(loop),
      disk_(disk),
      path_(std::move(opening.directory)),
      config_(opening.config),
      health_(std::move(opening.health)),
      open_files_(std::move(opening.open_files)),
      epochs_(path_),
      snapshots_(path_),
      start_(opening.start),
      recovery_point_(opening.recovery_point),
      cleaned_to_(opening.cleaned_to),
      flushed_at_(loop.now()),
      writes_(loop),
      flushes_(loop),
      tasks_(loop) {}

Log::~Log() = default;

Task<Result<std::unique_ptr<Log>>> Log::open(Loop& loop, Disk& disk, LogOpening opening) {
  const bool clean = opening.clean;
  const Offset start = opening.start;
  std::unique_ptr<Log> log(new Log(loop, disk, std::move(opening)));
  auto loaded = co_await log->load(clean, start);
  if (!loaded) {
    co_await log->abandon();
    co_return fail(std::move(loaded.error()));
  }
  co_return log;
}

std::uint64_t Log::size() const {
  std::uint64_t sum = 0;
  for (const auto& [base, segment] : segments_) sum += segment->size();
  return sum;
}

Offset Log::last_stable_offset(Offset high_watermark) const {
  const std::optional<Offset> unstable = producers_.first_unstable();
  if (!unstable || *unstable >= high_watermark) return high_watermark;
  return std::max(*unstable, start_);
}

Result<void> Log::check_writable() const {
  if (offline_) return fail(*offline_);
  if (health_->offline()) return fail(Errc::storage_offline, "the log directory of {} has failed", directory_);
  return {};
}

Result<void> Log::check_room(AppendOrigin origin) const {
  // The node's own records go on: they are few, and what is needed to free space is among them.
  const bool is_own = origin == AppendOrigin::coordinator || origin == AppendOrigin::bumping_coordinator ||
                      origin == AppendOrigin::raft_leader;
  if (!is_own && health_->full())
    return fail(Errc::no_space, "the disk of {} is full; it takes writes again when it has room", directory_);
  return {};
}

Error Log::failed_write(Error error) {
  // A full disk leaves everything as it was; whoever got here has seen to that. After any other failure the state
  // of the files is unknown, and a second try would only hide it.
  if (error.code == Errc::no_space) return error;
  if (offline_) return *offline_;
  offline_ = Error{Errc::storage_offline, std::move(error.what)};
  health_->fail(*offline_);
  return *offline_;
}

Task<Result<void>> Log::start_epoch(LeaderEpoch epoch) {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return writable;
  if (const auto latest = epochs_.latest(); latest && latest->epoch > epoch)
    co_return fail(Errc::fenced_epoch, "{}: epoch {} after {}", directory_, epoch.value, latest->epoch.value);
  epochs_.assign_unwritten(epoch, end_);
  co_return Result<void>{};
}

Task<Result<Offset>> Log::roll() {
  const Turns::Turn turn = co_await writes_.turn();
  if (auto writable = check_writable(); !writable) co_return fail(writable.error());
  if (active().size() == 0) co_return active().base();
  auto rolled = co_await roll_to(end_);
  if (!rolled) co_return fail(failed_write(std::move(rolled.error())));
  co_return end_;
}

Task<Result<void>> Log::rename_directory(std::string directory) {
  const Turns::Turn turn = co_await writes_.turn();
  const Turns::Turn flush_turn = co_await flushes_.turn();  // A flush opens files by their names.
  ++layouts_;
  auto renamed = co_await disk_.rename(directory_, directory);
  if (!renamed) co_return fail(failed_write(std::move(renamed.error())));
  path_.rename(std::move(directory));
  ++layouts_;
  co_return renamed;
}

Task<Result<void>> Log::sync_parent_directory() {
  auto synced = co_await disk_.sync_directory(parent_directory());
  if (!synced) co_return fail(failed_write(std::move(synced.error())));
  co_return synced;
}

std::string Log::parent_directory() const {
  const std::size_t slash = directory_.rfind('/');
  return slash == std::string::npos ? "." : directory_.substr(0, slash);
}

void Log::close_idle_files() {
  for (const auto& [base, segment] : segments_) {
    if (segment.get() != &active()) segment->close_files();
  }
}

}  // namespace sluice
