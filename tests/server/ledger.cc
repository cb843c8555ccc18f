#include "server/ledger.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>

namespace sluice::sim {
namespace {

constexpr std::size_t kViolationsMax = 20;

std::string describe(Value value) { return fmt::format("{}.{}", value.producer, value.number); }

}  // namespace

std::string Value::text() const {
  const auto size = static_cast<std::size_t>((number * 7919 + producer * 31) % 700);
  const char filling = static_cast<char>('a' + (number + producer) % 26);
  return fmt::format("{}.{}.{}", producer, number, std::string(size, filling));
}

std::optional<Value> Value::parse(std::string_view text) {
  Value value;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, value.producer);
  if (first.ec != std::errc{} || first.ptr == end) return std::nullopt;
  const auto second = std::from_chars(first.ptr + 1, end, value.number);
  if (second.ec != std::errc{} || value.text() != text) return std::nullopt;
  return value;
}

void Ledger::violated(std::string what) {
  spdlog::error("VIOLATION: {}", what);
  if (violations_.size() < kViolationsMax) violations_.push_back(std::move(what));
}

void Ledger::place(const TopicPartition& partition, Offset offset, Value value, std::string_view how) {
  if (promises_[partition.topic].may_vanish) return;
  const auto [at, is_new] = placed_[partition].emplace(offset, value);
  if (!is_new && at->second != value)
    violated(fmt::format("{} at {}: {} {}, but {} was there", to_string(partition), offset.value, describe(value),
                         how, describe(at->second)));
}

void Ledger::acknowledged(const TopicPartition& partition, Offset offset, Value value) {
  ++acknowledged_count_;
  if (offset.value >= 0)
    place(partition, offset, value, "is acknowledged");
  else
    somewhere_[partition].insert(value);
}

void Ledger::read(const TopicPartition& partition, Offset offset, Value value) {
  if (refused_.contains(value))
    violated(fmt::format("{} at {}: {} is read, which was never sent", to_string(partition), offset.value,
                         describe(value)));
  // What a consumer had at hand when the power failed may be gone by the time at which it hands it out.
  if (!shortened_.contains(partition)) place(partition, offset, value, "is read");
}

void Ledger::start_may_move_to(const TopicPartition& partition, Offset offset) {
  Offset& most = starts_max_[partition];
  most = std::max(most, offset);
}

bool Ledger::start_may_be(const TopicPartition& partition, Offset start) const {
  const auto promise = promises_.find(partition.topic);
  if (promise == promises_.end() || !promise->second.keeps_all) return true;
  const auto most = starts_max_.find(partition);
  return start <= (most == starts_max_.end() ? Offset{0} : most->second);
}

void Ledger::power_failed(const TopicPartition& partition, Offset end) {
  if (promises_[partition.topic].flushed) return;
  shortened_.insert(partition);
  somewhere_.erase(partition);
  Contents& contents = placed_[partition];
  contents.erase(contents.lower_bound(end), contents.end());
}

std::vector<Ledger::TopicPartition> Ledger::partitions() const {
  std::vector<TopicPartition> known;
  for (const auto& [partition, contents] : placed_) known.push_back(partition);
  return known;
}

void Ledger::audit(const TopicPartition& partition, Offset start, Offset end, const Contents& contents) {
  const TopicPromise promise = promises_[partition.topic];
  if (promise.may_vanish) return;
  if (!start_may_be(partition, start))
    violated(fmt::format("{} starts at {}, where nobody has moved it", to_string(partition), start.value));
  Offset next = start;
  for (const auto& [offset, value] : contents) {
    if (offset != next)
      violated(fmt::format("{}: {} to {} are missing", to_string(partition), next.value, offset.value - 1));
    next = offset + 1;
    read(partition, offset, value);
    place(partition, offset, value, "is read");
  }
  if (next < end)
    violated(
        fmt::format("{}: from {} to the end at {} nothing is read", to_string(partition), next.value, end.value));
  for (const auto& [offset, value] : placed_[partition]) {
    if (offset >= start && !contents.contains(offset))
      violated(fmt::format("{} at {}: {} is lost", to_string(partition), offset.value, describe(value)));
  }
  if (start.value == 0) {
    std::set<Value> there;
    for (const auto& [offset, value] : contents) there.insert(value);
    for (const Value& value : somewhere_[partition])
      if (!there.contains(value))
        violated(fmt::format("{}: {} was acknowledged and is nowhere", to_string(partition), describe(value)));
  }
  audit_order(partition, contents);
}

void Ledger::audit_order(const TopicPartition& partition, const Contents& contents) {
  // Where the beginning is gone, the first sighting of a record that is there twice may be gone with it.
  const bool whole = !contents.empty() && contents.begin()->first.value == 0;
  std::map<int, std::int64_t> latest;
  std::map<Value, Offset> seen;
  for (const auto& [offset, value] : contents) {
    const ProducerPromise promise = producers_[value.producer];
    const auto [first, is_new] = seen.emplace(value, offset);
    if (!is_new) {
      if (promise.once)
        violated(fmt::format("{}: {} is at {} and again at {}", to_string(partition), describe(value),
                             first->second.value, offset.value));
      continue;
    }
    auto& before = latest.try_emplace(value.producer, -1).first->second;
    if (promise.ordered && (whole || promise.once) && value.number < before)
      violated(fmt::format("{} at {}: {} stands behind {}", to_string(partition), offset.value, describe(value),
                           before));
    before = std::max(before, value.number);
  }
}

Ledger::Commit Ledger::commit_begins(const std::string& group, const TopicPartition& partition, Offset offset) {
  commits_[group][partition].in_doubt[++last_commit_] = offset;
  return last_commit_;
}

void Ledger::commit_acknowledged(const std::string& group, const TopicPartition& partition, Commit commit) {
  Commits& commits = commits_[group][partition];
  const auto made = commits.in_doubt.find(commit);
  if (made == commits.in_doubt.end()) return;
  commits.acknowledged = *made;
  commits.any = false;
  commits.in_doubt.erase(commits.in_doubt.begin(), std::next(made));
}

void Ledger::commits_may_be_lost() {
  for (auto& [group, partitions] : commits_)
    for (auto& [partition, commits] : partitions) commits.any = true;
}

void Ledger::audit_committed(const std::string& group, const std::map<TopicPartition, Offset>& committed) {
  for (const auto& [partition, commits] : commits_[group]) {
    if (commits.any || !commits.acknowledged) continue;
    const auto found = committed.find(partition);
    const Offset offset = found == committed.end() ? Offset{-1} : found->second;
    const bool in_doubt =
        std::ranges::any_of(commits.in_doubt, [&](const auto& commit) { return commit.second == offset; });
    if (offset != commits.acknowledged->second && !in_doubt)
      violated(fmt::format("group {} has committed {} of {}, not {}", group, offset.value, to_string(partition),
                           commits.acknowledged->second.value));
  }
}

}  // namespace sluice::sim
