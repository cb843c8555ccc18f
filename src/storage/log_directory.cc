#include "storage/log_directory.h"

#include <algorithm>
#include <utility>

#include "storage/clean_shutdown.h"

namespace sluice {
namespace {

constexpr const char* kRecoveryPoints = "recovery-point-offset-checkpoint";
constexpr const char* kStartOffsets = "log-start-offset-checkpoint";
constexpr const char* kHighWatermarks = "replication-offset-checkpoint";
constexpr const char* kCleanerOffsets = "cleaner-offset-checkpoint";
constexpr std::size_t kMarkBytesMax = 4096;

}  // namespace

LogDirectory::LogDirectory(Loop& loop, Disk& disk, std::string path, DirectoryHealth::OnFailure on_failure)
    : loop_(loop),
      disk_(disk),
      path_(std::move(path)),
      health_(std::make_shared<DirectoryHealth>(std::move(on_failure))),
      writes_(loop) {}

Task<Result<std::unique_ptr<LogDirectory>>> LogDirectory::open(Loop& loop, Disk& disk, std::string path,
                                                               DirectoryHealth::OnFailure on_failure) {
  std::unique_ptr<LogDirectory> directory(new LogDirectory(loop, disk, std::move(path), std::move(on_failure)));
  auto loaded = co_await directory->load();
  if (!loaded) co_return fail(std::move(loaded.error()));
  co_return directory;
}

Task<Result<void>> LogDirectory::load() {
  if (auto made = co_await disk_.make_directory(path_); !made) co_return made;
  auto lock = co_await disk_.lock(path_ + "/.lock");
  if (!lock && lock.error().code == Errc::already_exists)
    co_return fail(Errc::already_exists, "{} is in use by another process", path_);
  if (!lock) co_return fail(std::move(lock.error()));
  lock_ = std::move(*lock);

  auto meta = co_await MetaProperties::read(disk_, path_);
  if (!meta) co_return fail(std::move(meta.error()));
  meta_ = std::move(*meta);
  auto done = co_await take_mark();
  if (done) done = co_await read_checkpoints();
  if (done) done = co_await find_logs();
  co_return done;
}

Task<Result<void>> LogDirectory::take_mark() {
  const std::string path = path_ + "/" + std::string(CleanShutdown::kFileName);
  const auto text = co_await disk_.read_file(path, kMarkBytesMax);
  if (!text && text.error().code == Errc::not_found) co_return Result<void>{};
  if (!text) co_return fail(text.error());
  was_clean_ = true;
  clean_broker_epoch_ = CleanShutdown::parse(*text).broker_epoch;
  auto removed = co_await disk_.remove(path);
  // Durably: a mark that comes back after a power cut would vouch for torn logs.
  if (removed) removed = co_await disk_.sync_directory(path_);
  co_return removed;
}

std::array<std::pair<const char*, LogDirectory::Checkpoint*>, 4> LogDirectory::checkpoints() {
  return {{{kRecoveryPoints, &recovery_points_},
           {kStartOffsets, &start_offsets_},
           {kHighWatermarks, &high_watermarks_},
           {kCleanerOffsets, &cleaner_offsets_}}};
}

Task<Result<void>> LogDirectory::read_checkpoints() {
  for (const auto& [name, checkpoint] : checkpoints()) {
    auto read = co_await OffsetCheckpoint(path_ + "/" + name).read(disk_);
    if (read) {
      checkpoint->offsets = std::move(*read);
      continue;
    }
    // Each can be done without: recovery then reads all, and the others are found anew.
    const Errc code = read.error().code;
    if (code != Errc::corrupt && code != Errc::unsupported_version) co_return fail(std::move(read.error()));
    if (checkpoint == &recovery_points_) was_clean_ = false;
  }
  co_return Result<void>{};
}

Task<Result<void>> LogDirectory::find_logs() {
  const auto entries = co_await disk_.list(path_);
  if (!entries) co_return fail(entries.error());
  for (const DirectoryEntry& entry : *entries) {
    if (!entry.is_directory) continue;
    if (auto name = LogDirectoryName::parse(entry.name))
      found_.push_back({std::move(*name), path_ + "/" + entry.name});
  }
  co_return Result<void>{};
}

LogOpening LogDirectory::opening(const LogName& name, const LogConfig& config) const {
  const auto of = [&](const Offsets& offsets) {
    const auto found = offsets.find(name);
    return found == offsets.end() ? Offset{0} : found->second;
  };
  return {.directory = path_of(name),
          .config = config,
          .start = of(start_offsets_.offsets),
          .recovery_point = of(recovery_points_.offsets),
          .cleaned_to = of(cleaner_offsets_.offsets),
          .clean = was_clean_,
          .health = health_};
}

std::string LogDirectory::unused_path_of(const LogName& name, LogDirectoryKind kind) {
  const std::string unique = fmt::format("{:016x}{:016x}", loop_.random(), loop_.random());
  return path_ + "/" + LogDirectoryName::format(name, kind, unique);
}

Result<void> LogDirectory::done(Result<void> outcome) {
  if (!outcome && outcome.error().code != Errc::no_space) health_->fail(outcome.error());
  return outcome;
}

Task<Result<void>> LogDirectory::replace(std::string name, Offsets offsets, Checkpoint* kept) {
  const Turns::Turn turn = co_await writes_.turn();
  if (kept->written && kept->offsets == offsets) co_return Result<void>{};
  if (offline()) co_return fail(Errc::storage_offline, "{} has failed", path_);
  auto written = co_await OffsetCheckpoint(path_ + "/" + name).write(disk_, offsets);
  kept->written = written.has_value();
  if (written) kept->offsets = std::move(offsets);
  co_return done(std::move(written));
}

Task<Result<void>> LogDirectory::forget(std::vector<LogName> names) {
  Result<void> done;
  for (const auto& [file, checkpoint] : checkpoints()) {
    const Offsets& offsets = checkpoint->offsets;
    // An offset of 0 says no more than none does.
    const bool matters = std::ranges::any_of(names, [&](const LogName& name) {
      const auto found = offsets.find(name);
      return found != offsets.end() && found->second.value > 0;
    });
    if (!matters) continue;
    Offsets left = offsets;
    for (const LogName& name : names) left.erase(name);
    if (auto replaced = co_await replace(file, std::move(left), checkpoint); !replaced) done = std::move(replaced);
  }
  co_return done;
}

Task<Result<void>> LogDirectory::write_recovery_points(Offsets offsets) {
  co_return co_await replace(kRecoveryPoints, std::move(offsets), &recovery_points_);
}

Task<Result<void>> LogDirectory::write_start_offsets(Offsets offsets) {
  co_return co_await replace(kStartOffsets, std::move(offsets), &start_offsets_);
}

Task<Result<void>> LogDirectory::write_high_watermarks(Offsets offsets) {
  co_return co_await replace(kHighWatermarks, std::move(offsets), &high_watermarks_);
}

Task<Result<void>> LogDirectory::write_cleaner_offsets(Offsets offsets) {
  co_return co_await replace(kCleanerOffsets, std::move(offsets), &cleaner_offsets_);
}

Task<Result<void>> LogDirectory::set_meta(MetaProperties meta) {
  const Turns::Turn turn = co_await writes_.turn();
  auto written = co_await meta.write(disk_, path_, loop_.wall_now());
  if (written) meta_ = std::move(meta);
  co_return done(std::move(written));
}

Task<Result<void>> LogDirectory::remove(std::string path) {
  auto removed = co_await disk_.remove_all(std::move(path));
  co_return done(std::move(removed));
}

Task<Result<void>> LogDirectory::mark_clean(std::int64_t broker_epoch) {
  const Turns::Turn turn = co_await writes_.turn();
  if (offline()) co_return fail(Errc::storage_offline, "{} has failed", path_);
  const CleanShutdown mark{broker_epoch};
  auto written = co_await disk_.replace_file(path_ + "/" + std::string(CleanShutdown::kFileName), mark.format());
  co_return done(std::move(written));
}

}  // namespace sluice
