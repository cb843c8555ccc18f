#include "server/log_cleaner.h"

#include <algorithm>

#include "base/logging.h"

namespace sluice {
namespace {

/// Between two looks for something to do, however short the backoff.
constexpr std::chrono::milliseconds kRestMin{100};
/// When other shards do all that may be done at once.
constexpr std::chrono::milliseconds kRestForOthers{1'000};
/// Logs that are looked at between two breaths.
constexpr int kLooksPerBreath = 256;

void report(const Partition& partition, const Dirtiness& dirt, const Compacted& compacted,
            std::chrono::milliseconds took) {
  logging::info("{}: compacted offsets {} to {}: of {} bytes {} are left, in {} ms", partition.name().text(),
                dirt.from.value, compacted.cleaned_to.value, compacted.bytes_before, compacted.bytes_after,
                took.count());
}

}  // namespace

CompactionLimits LogCleaner::limits() const {
  const auto share = static_cast<std::uint64_t>(std::max(config_.threads, 1));
  CompactionLimits limits;
  limits.key_bytes_max = static_cast<std::size_t>(config_.dedupe_buffer_bytes / share);
  limits.key_load = config_.dedupe_buffer_load;
  limits.chunk_bytes = std::max<std::size_t>(config_.io_buffer_bytes / share / 2, 4096);
  limits.bytes_per_second = config_.io_bytes_per_second_max / static_cast<double>(share);
  return limits;
}

Task<void> LogCleaner::run(TaskGroup& tasks) {
  std::chrono::milliseconds rest = kRestMin;
  while (!co_await tasks.sleep_until(loop_.now() + rest)) {
    rest = std::max(config_.backoff, kRestMin);
    if (!config_.enabled || config_.threads == 0) continue;
    if (!at_work_.begin(config_.threads)) {
      rest = kRestForOthers;
      continue;
    }
    const bool cleaned = co_await clean_one(tasks);
    at_work_.end();
    if (cleaned) rest = std::chrono::milliseconds{0};  // There may be more.
  }
}

Task<std::optional<LogCleaner::Choice>> LogCleaner::choose(TaskGroup& tasks, Compaction& compaction) {
  std::vector<std::shared_ptr<Partition>> compacted = partitions_.all();
  std::erase_if(compacted, [](const auto& partition) { return !partition->settings().log.cleanup_compact; });
  std::optional<Choice> dirtiest;
  int looks = 0;
  for (const auto& partition : compacted) {
    if (++looks % kLooksPerBreath == 0 && co_await tasks.sleep_until(loop_.now())) co_return std::nullopt;
    const auto dirt = co_await partition->measure_dirt(compaction);
    if (!dirt) logging::error("{}: {}", partition->name().text(), dirt.error().what);
    if (!dirt || !*dirt) continue;
    if (!dirtiest || (*dirt)->ratio() > dirtiest->dirt.ratio()) dirtiest = Choice{partition, **dirt};
  }
  co_return dirtiest;
}

Task<bool> LogCleaner::clean_one(TaskGroup& tasks) {
  Compaction compaction(tasks, disk_, limits());
  const std::optional<Choice> choice = co_await choose(tasks, compaction);
  if (!choice || tasks.stopping()) co_return false;
  const SteadyTime began = loop_.now();
  Partition& partition = *choice->partition;
  const auto compacted = co_await partition.compact(compaction, choice->dirt);
  if (compacted) {
    report(partition, choice->dirt, *compacted,
           std::chrono::duration_cast<std::chrono::milliseconds>(loop_.now() - began));
    co_return compacted->cleaned_to > choice->dirt.from;
  }
  if (partition.uncleanable())
    logging::error("{} cannot be compacted, and will grow from now on until the broker is restarted: {}",
                   partition.name().text(), compacted.error().what);
  else if (compacted.error().code != Errc::closed)
    logging::warn("{} could not be compacted: {}", partition.name().text(), compacted.error().what);
  co_return false;
}

}  // namespace sluice
