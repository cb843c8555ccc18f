#include "storage/leader_epochs.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "storage/checkpoint_file.h"

namespace sluice {

Result<std::vector<EpochStart>> LeaderEpochs::parse(std::string_view text) {
  const auto lines = checkpoint::parse(text);
  if (!lines) return fail(lines.error());
  std::vector<EpochStart> entries;
  for (const auto& words : *lines) {
    if (words.size() != 2) return fail(Errc::corrupt, "a line of {} words, not epoch and offset", words.size());
    const auto epoch = checkpoint::number(words[0]);
    const auto start = checkpoint::number(words[1]);
    if (!epoch || !std::in_range<std::int32_t>(*epoch) || *epoch < 0 || !start || *start < 0)
      return fail(Errc::corrupt, "'{} {}' is not an epoch and an offset", words[0], words[1]);
    const EpochStart entry{{static_cast<std::int32_t>(*epoch)}, {*start}};
    if (!entries.empty() && (entry.epoch <= entries.back().epoch || entry.start < entries.back().start))
      return fail(Errc::corrupt, "epoch {} at {} is out of order", *epoch, *start);
    entries.push_back(entry);
  }
  return entries;
}

Task<Result<void>> LeaderEpochs::load(Disk& disk) {
  entries_.clear();
  const auto text = co_await disk.read_file(path(), checkpoint::kFileBytesMax);
  if (!text && text.error().code == Errc::not_found) co_return Result<void>{};
  if (!text) co_return fail(text.error());
  auto entries = parse(*text);
  if (!entries) co_return fail(entries.error().code, "{}: {}", path(), entries.error().what);
  entries_ = std::move(*entries);
  co_return Result<void>{};
}

void LeaderEpochs::assign_unwritten(LeaderEpoch epoch, Offset start) {
  entries_ = assigned(epoch, start);
  unwritten_ = true;
}

Task<Result<void>> LeaderEpochs::write_if_changed(Disk& disk) {
  if (!unwritten_) co_return Result<void>{};
  co_return co_await replace(disk, entries_);
}

Task<Result<void>> LeaderEpochs::replace(Disk& disk, std::vector<EpochStart> entries) {
  std::vector<std::string> lines;
  lines.reserve(entries.size());
  for (const EpochStart& entry : entries)
    lines.push_back(fmt::format("{} {}", entry.epoch.value, entry.start.value));
  auto written = co_await disk.replace_file(path(), checkpoint::format(lines));
  if (!written) co_return written;  // A later try must see that it is still to be written.
  entries_ = std::move(entries);
  unwritten_ = false;
  co_return written;
}

bool LeaderEpochs::assigns(LeaderEpoch epoch, Offset start) const {
  if (epoch.value < 0) return false;
  return entries_.empty() || entries_.back().epoch != epoch || start < entries_.back().start;
}

std::vector<EpochStart> LeaderEpochs::assigned(LeaderEpoch epoch, Offset start) const {
  std::vector<EpochStart> entries = entries_;
  if (!assigns(epoch, start)) return entries;
  while (!entries.empty() && (entries.back().epoch >= epoch || entries.back().start >= start)) entries.pop_back();
  entries.push_back({epoch, start});
  return entries;
}

Task<Result<void>> LeaderEpochs::assign(Disk& disk, LeaderEpoch epoch, Offset start) {
  if (!assigns(epoch, start)) co_return Result<void>{};
  co_return co_await replace(disk, assigned(epoch, start));
}

Task<Result<void>> LeaderEpochs::truncate_from_end(Disk& disk, Offset end) {
  if (entries_.empty() || entries_.back().start < end) co_return Result<void>{};
  std::vector<EpochStart> entries = entries_;
  while (!entries.empty() && entries.back().start >= end) entries.pop_back();
  co_return co_await replace(disk, std::move(entries));
}

Task<Result<void>> LeaderEpochs::truncate_from_start(Disk& disk, Offset start) {
  const auto holder = epoch_of(start);
  if (!holder || entries_.front().start >= start) co_return Result<void>{};
  std::vector<EpochStart> entries{{*holder, start}};
  std::ranges::copy_if(entries_, std::back_inserter(entries),
                       [&](const EpochStart& entry) { return entry.start > start; });
  co_return co_await replace(disk, std::move(entries));
}

Task<Result<void>> LeaderEpochs::clear(Disk& disk) {
  if (entries_.empty()) co_return Result<void>{};
  co_return co_await replace(disk, {});
}

std::optional<EpochStart> LeaderEpochs::latest() const {
  if (entries_.empty()) return std::nullopt;
  return entries_.back();
}

std::optional<LeaderEpoch> LeaderEpochs::epoch_of(Offset offset) const {
  const auto after = std::ranges::upper_bound(entries_, offset, {}, &EpochStart::start);
  if (after == entries_.begin()) return std::nullopt;
  return std::prev(after)->epoch;
}

std::optional<LeaderEpoch> LeaderEpochs::previous(LeaderEpoch epoch) const {
  const auto at = std::ranges::lower_bound(entries_, epoch, {}, &EpochStart::epoch);
  if (at == entries_.begin()) return std::nullopt;
  return std::prev(at)->epoch;
}

EpochEnd LeaderEpochs::end_of(LeaderEpoch epoch, Offset log_end) const {
  if (epoch.value < 0 || entries_.empty() || epoch > entries_.back().epoch) return {};
  if (epoch == entries_.back().epoch) return {epoch, log_end};
  const auto higher = std::ranges::upper_bound(entries_, epoch, {}, &EpochStart::epoch);
  // Before the first epoch that is known, all that can be said is where that one begins.
  if (higher == entries_.begin()) return {epoch, higher->start};
  return {std::prev(higher)->epoch, higher->start};
}

}  // namespace sluice
