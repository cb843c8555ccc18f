#include "server/share_ledger.h"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sim {

using client::AcknowledgeType;

namespace {
bool settles(AcknowledgeType type) { return type == AcknowledgeType::accept || type == AcknowledgeType::reject; }

std::int64_t ms_of(SteadyTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() - 3'600'000;
}
}  // namespace

void ShareLedger::check_lock(const TopicPartition& partition, Offset offset, const Record& record,
                             const Delivery& delivery) {
  if (!record.hold) return;
  const Hold& hold = *record.hold;
  const Delivery& before = hold.delivery;
  if (std::min(before.not_before, delivery.not_before) < disturbed_) return;
  if (delivery.not_before >= before.seen && delivery.count <= before.count)
    violated_(fmt::format("{} at {}: delivery {} comes after delivery {}", to_string(partition), offset.value,
                          delivery.count, before.count));
  if (hold.ended) return;
  const bool others_after = hold.begun_min + promise_.lock <= delivery.seen;
  const bool others_before = delivery.not_before + promise_.lock <= before.seen;
  if (!others_after && !others_before)
    violated_(fmt::format(
        "{} at {} is with member {} from {} or {} ms on, and is given to member {} between {} and {} ms",
        to_string(partition), offset.value, before.member, ms_of(hold.begun_min), ms_of(before.seen),
        delivery.member, ms_of(delivery.not_before), ms_of(delivery.seen)));
}

void ShareLedger::delivered(const TopicPartition& partition, Offset offset, const Delivery& delivery) {
  Record& record = records_[partition][offset];
  if (delivery.count < 1 || delivery.count > promise_.deliveries_max)
    violated_(fmt::format("{} at {} is delivered for the {}th time of {}", to_string(partition), offset.value,
                          delivery.count, promise_.deliveries_max));
  if (record.settled && delivery.not_before >= *record.settled && !unsure_.contains(partition))
    violated_(fmt::format("{} at {} was settled at {} ms, and is given to member {} after {} ms",
                          to_string(partition), offset.value, ms_of(*record.settled), delivery.member,
                          ms_of(delivery.not_before)));
  check_lock(partition, offset, record, delivery);
  // What was said before had no effect, where it was heard by now at all.
  if (record.hold && delivery.not_before >= record.hold->delivery.seen && record.said.empty()) record.in_doubt = 0;
  record.hold = Hold{.delivery = delivery, .begun_min = delivery.not_before};
}

void ShareLedger::says(Member member, const TopicPartition& partition, Offset offset, AcknowledgeType type,
                       SteadyTime now) {
  Record& record = records_[partition][offset];
  record.said[member] = {.type = type, .at = now};
  if (settles(type)) ++record.in_doubt;
  if (!record.hold || record.hold->delivery.member != member) return;
  if (type != AcknowledgeType::renew) record.hold->ended = true;
}

void ShareLedger::answered(Member member, const TopicPartition& partition, Offset offset, Answer answer,
                           SteadyTime now) {
  Record& record = records_[partition][offset];
  const auto said = record.said.find(member);
  if (said == record.said.end()) return;
  const auto [type, at] = said->second;
  record.said.erase(said);
  if (record.hold && record.hold->delivery.member == member) {
    if (answer != Answer::taken) record.hold->ended = true;
    if (type == AcknowledgeType::renew) record.hold->begun_min = at;
  }
  if (!settles(type) || answer == Answer::unknown) return;
  record.in_doubt = std::max(record.in_doubt - 1, 0);
  if (answer == Answer::refused) return;
  if (!record.settled) ++settled_count_;
  record.settled = now;
}

void ShareLedger::has_nothing(Member member) {
  for (auto& [partition, records] : records_)
    for (auto& [offset, record] : records)
      if (record.hold && record.hold->delivery.member == member) record.hold->ended = true;
}

void ShareLedger::power_failed(SteadyTime now) {
  disturbed(now);
  if (promise_.flushed) return;
  for (auto& [partition, records] : records_)
    for (auto& [offset, record] : records)
      if (std::exchange(record.settled, std::nullopt)) record.in_doubt = 1;
}

void ShareLedger::log_was_cut(const TopicPartition& partition, Offset end) {
  unsure_.insert(partition);
  auto& records = records_[partition];
  records.erase(records.lower_bound(end), records.end());
}

void ShareLedger::log_starts_at(const TopicPartition& partition, Offset start) {
  Offset& most = starts_max_[partition];
  most = std::max(most, start);
}

ShareLedger::Offsets ShareLedger::missing(const std::map<TopicPartition, Extent>& logs) const {
  Offsets missing;
  for (const auto& [partition, extent] : logs) {
    if (unsure_.contains(partition)) continue;
    const auto most = starts_max_.find(partition);
    const auto known = records_.find(partition);
    Offset offset = most == starts_max_.end() ? extent.start : std::max(extent.start, most->second);
    for (; offset < extent.end; offset = offset + 1) {
      if (known != records_.end()) {
        const auto record = known->second.find(offset);
        if (record != known->second.end() && (record->second.settled || record->second.in_doubt > 0)) continue;
      }
      missing[partition].insert(offset);
    }
  }
  return missing;
}

}  // namespace sluice::sim
