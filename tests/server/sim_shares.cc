// server/sim_shares.cc: the members of a SimWorld's share group, and what must have become of its records.
#include <fmt/format.h>

#include <algorithm>

#include "coordinator/share_state.h"
#include "server/sim_world.h"
#include "share/delivery.h"
#include "wire/coordinator/share_snapshot.h"
#include "wire/coordinator/share_update.h"

namespace sluice::sim {

using namespace std::chrono_literals;
using client::AcknowledgeType;

namespace {

const std::set<std::string> kSharedTopics = {"orders", "clicks"};
constexpr std::string_view kStates = "__share_group_state";

/// From a member's first byte of an answer to its last, and from the acquisition to that: a node that gives a
/// record away has sent it by then.
constexpr auto kOnItsWay = 200ms;
/// How long nothing may come, with every lock over, before what is missing is called lost.
constexpr auto kSilence = 15s;
constexpr auto kDrainMax = 180s;

ShareLedger::Answer answer_of(const client::Outcome<void>& outcome) {
  if (outcome) return ShareLedger::Answer::taken;
  return outcome.error().code == ErrorCode::invalid_record_state ? ShareLedger::Answer::refused
                                                                 : ShareLedger::Answer::unknown;
}

/// What a record of the share coordinator's log says, of the share group, was given up: the key and the batches.
template <class Key, class Parse>
std::optional<std::pair<std::pair<Uuid, PartitionIndex>, ShareStateBatches>> batches_of(
    const client::ConsumedRecord& record, Parse parse) {
  const auto key = decode_key<Key>(*record.key);
  if (!key || key->group_id != kShareGroup || !record.value) return std::nullopt;
  auto value = parse(*record.value);
  if (!value) return std::nullopt;
  return std::pair{std::pair{key->topic_id, key->partition}, std::move(value->batches)};
}

}  // namespace

/// A member at work.
struct SimWorld::Sharer {
  int id;
  bool implicit = false;
  std::unique_ptr<client::ShareConsumer> consumer;
  SteadyTime nothing_before;
  /// With implicit acknowledgement what the last poll has brought; otherwise what was renewed.
  std::set<std::pair<TopicPartition, Offset>> open;
};

SharePromise SimWorld::share_promise(SimNode::Settings* settings) {
  SharePromise promise{
      .lock = 2s + some_ms(10'000), .deliveries_max = 2 + static_cast<int>(below(9)), .flushed = all_flushed_};
  SimNode::Settings& keys = *settings;
  keys["group.share.min.record.lock.duration.ms"] = "1000";
  keys["group.share.record.lock.duration.ms"] = std::to_string(promise.lock.count());
  keys["group.share.delivery.count.limit"] = std::to_string(promise.deliveries_max);
  keys["group.share.min.session.timeout.ms"] = "3000";
  keys["group.share.session.timeout.ms"] = "6000";
  keys["group.share.min.heartbeat.interval.ms"] = "1000";
  keys["group.share.heartbeat.interval.ms"] = "1000";
  keys["share.coordinator.snapshot.update.records.per.snapshot"] = std::to_string(1 + below(30));
  return promise;
}

client::ShareConsumerConfig SimWorld::sharer_config(int id) {
  client::ShareConsumerConfig config;
  config.client = client_config(fmt::format("sharer-{}", id));
  config.group_id = kShareGroup;
  config.share_acknowledgement_mode =
      one_in(3) ? client::ShareAcknowledgementMode::implicit : client::ShareAcknowledgementMode::explicitly;
  config.share_acquire_mode =
      one_in(2) ? client::ShareAcquireMode::batch_optimized : client::ShareAcquireMode::record_limit;
  config.fetch_max_wait = some_ms(1'000);
  config.max_poll_records = 1 + static_cast<std::int32_t>(below(50));
  config.max_poll_interval = 20s;
  return config;
}

Task<void> SimWorld::begin_sharing(Sharer* sharer, client::ShareConsumerConfig config) {
  SLUICE_ASSERT(config.check().has_value());
  sharer->implicit = config.is_implicit();
  sharer->consumer = std::make_unique<client::ShareConsumer>(loop_, network_, std::move(config));
  sharer->nothing_before = loop_.now();
  sharer->consumer->on_acknowledged([this, id = sharer->id](const TopicPartition& partition,
                                                            const std::set<Offset>& offsets,
                                                            const client::Outcome<void>& outcome) {
    for (const Offset offset : offsets) shares_.answered(id, partition, offset, answer_of(outcome), loop_.now());
    tell(fmt::format("sharer-{}: {} of {}, {} to {}: {}", id, offsets.size(), to_string(partition),
                     offsets.begin()->value, offsets.rbegin()->value,
                     outcome ? "acknowledged" : outcome.error().what));
  });
  sharer->consumer->subscribe(kSharedTopics);
  co_return;
}

/// One poll, and what the member says of its records at once.
Task<void> SimWorld::poll_shares(Sharer* sharer, std::chrono::milliseconds wait, bool accepts_all) {
  if (sharer->implicit)
    for (const auto& [partition, offset] : std::exchange(sharer->open, {}))
      shares_.says(sharer->id, partition, offset, AcknowledgeType::accept, loop_.now());
  const auto polled = co_await sharer->consumer->poll(wait);
  if (!polled) {
    tell(fmt::format("sharer-{} polls in vain: {}", sharer->id, polled.error().what));
    co_return;
  }
  for (const client::PartitionRecords& of : polled->partitions()) {
    tell(fmt::format("sharer-{} has {} to {} of {}", sharer->id, of.records.front().offset.value,
                     of.records.back().offset.value, to_string(of.partition)));
    for (const client::ConsumedRecord& record : of.records) {
      const auto value = record.value ? Value::parse(as_text(*record.value)) : std::nullopt;
      if (value)
        ledger_.read(of.partition, record.offset, *value);
      else
        ledger_.violated(fmt::format("share group: {} at {} is no record that was sent", to_string(of.partition),
                                     record.offset.value));
      shares_.delivered(of.partition, record.offset,
                        {.member = sharer->id,
                         .count = record.delivery_count,
                         .not_before = sharer->nothing_before,
                         .seen = loop_.now()});
      if (sharer->implicit) {
        sharer->open.insert({of.partition, record.offset});
        continue;
      }
      const bool known_type = accepts_all || !one_in(3);
      const AcknowledgeType types[] = {AcknowledgeType::release, AcknowledgeType::release, AcknowledgeType::reject,
                                       AcknowledgeType::renew};
      acknowledge(sharer, of.partition, record.offset,
                  known_type ? AcknowledgeType::accept : types[below(std::size(types))]);
    }
  }
  if (polled->empty()) sharer->nothing_before = std::max(sharer->nothing_before, loop_.now() - kOnItsWay);
}

void SimWorld::acknowledge(Sharer* sharer, const TopicPartition& partition, Offset offset, AcknowledgeType type) {
  shares_.says(sharer->id, partition, offset, type, loop_.now());
  const auto said = sharer->consumer->acknowledge(partition, offset, type);
  if (!said) ledger_.violated("share group: " + said.error().what);
  if (type == AcknowledgeType::renew) sharer->open.insert({partition, offset});
}

Task<void> SimWorld::end_sharing(Sharer* sharer, std::chrono::milliseconds patience) {
  shares_.has_nothing(sharer->id);
  co_await sharer->consumer->close(patience);
}

Task<void> SimWorld::share(int) {
  while (!troubled_.stopping()) {
    Sharer sharer{.id = sharers_++, .consumer = {}, .nothing_before = {}, .open = {}};
    co_await begin_sharing(&sharer, sharer_config(sharer.id));
    do {
      co_await poll_shares(&sharer, some_ms(500), false);
      const bool renewed = !sharer.implicit && !sharer.open.empty();
      if (renewed || one_in(3)) {
        if (sharer.implicit)
          for (const auto& [partition, offset] : std::exchange(sharer.open, {}))
            shares_.says(sharer.id, partition, offset, AcknowledgeType::accept, loop_.now());
        (void)co_await sharer.consumer->commit();
      }
      // Longer than a lock, now and then.
      if (one_in(10) && !co_await sleep(some_ms(15'000))) break;
      if (!sharer.implicit)
        for (const auto& [partition, offset] : std::exchange(sharer.open, {}))
          acknowledge(&sharer, partition, offset, one_in(2) ? AcknowledgeType::accept : AcknowledgeType::release);
    } while (co_await sleep(some_ms(200)) && !one_in(40));
    co_await end_sharing(&sharer, one_in(2) ? 0ms : 5s);
  }
}

std::map<SimWorld::TopicPartition, ShareLedger::Extent> SimWorld::shared_logs() const {
  std::map<TopicPartition, ShareLedger::Extent> logs;
  for (const auto& partition : node_->partitions())
    if (kSharedTopics.contains(partition->name().topic))
      logs[{partition->name().topic, partition->name().partition}] = {partition->log().start(),
                                                                      partition->log().end()};
  return logs;
}

/// All that was delivered as often as it may be and is not delivered any more, as the log of the states has it.
Task<ShareLedger::Offsets> SimWorld::given_up() {
  ShareLedger::Offsets given_up;
  std::map<std::pair<Uuid, PartitionIndex>, TopicPartition> names;
  std::map<TopicPartition, Offset> left;
  std::set<TopicPartition> all;
  for (const auto& partition : node_->partitions()) {
    const TopicPartition name{partition->name().topic, partition->name().partition};
    names[{partition->topic_id(), name.partition}] = name;
    if (name.topic != kStates) continue;
    all.insert(name);
    if (partition->log().start() < partition->log().end()) left[name] = partition->log().end();
  }
  client::ConsumerConfig config;
  config.client = client_config("state-reader");
  config.auto_offset_reset = {client::OffsetReset::Kind::earliest};
  client::Consumer consumer(loop_, network_, config);
  SLUICE_ASSERT(consumer.assign(all).has_value());
  const SteadyTime deadline = loop_.now() + 60s;
  while (!left.empty() && loop_.now() < deadline) {
    const auto polled = co_await consumer.poll(500ms);
    if (!polled) break;
    for (const client::PartitionRecords& of : polled->partitions()) {
      for (const client::ConsumedRecord& record : of.records) {
        const auto type = record.key ? leading_number(*record.key) : Result<std::int16_t>(fail(Errc::corrupt, ""));
        if (!type) continue;
        const auto said = *type == wire::ShareSnapshotKey::kType
                              ? batches_of<wire::ShareSnapshotKey>(record, parse_share_snapshot)
                              : batches_of<wire::ShareUpdateKey>(record, parse_share_update);
        if (!said || !names.contains(said->first)) continue;
        for (const ShareStateBatch& batch : said->second) {
          if (batch.delivery_state != static_cast<std::int8_t>(DeliveryState::archived) ||
              batch.delivery_count < share_promise_.deliveries_max)
            continue;
          for (Offset offset = batch.first; offset <= batch.last; offset = offset + 1)
            given_up[names[said->first]].insert(offset);
        }
      }
      if (left.contains(of.partition) && of.records.back().offset + 1 >= left[of.partition])
        left.erase(of.partition);
    }
  }
  if (!left.empty()) ledger_.violated(fmt::format("{} cannot be read to its end", kStates));
  co_await consumer.close();
  co_return given_up;
}

/// A member who accepts everything gets all that is left, and nothing that was settled.
Task<void> SimWorld::audit_shares(std::string when) {
  using enum PlantedBug;
  const PlantedBug bug = options_.bug;
  // Nothing is written any more to logs that were tampered with.
  if (bug != none && bug != share_forgets_states && bug != share_skips_records) co_return;
  co_await plant_on_shares();
  co_await send_to_all(when);
  const auto logs = shared_logs();
  Sharer sharer{.id = sharers_++, .consumer = {}, .nothing_before = {}, .open = {}};
  client::ShareConsumerConfig config = sharer_config(sharer.id);
  config.share_acknowledgement_mode = client::ShareAcknowledgementMode::explicitly;
  config.max_poll_records = 500;
  co_await begin_sharing(&sharer, std::move(config));
  const SteadyTime deadline = loop_.now() + kDrainMax;
  SteadyTime progress = loop_.now();
  auto missing = shares_.missing(logs);
  const auto count = [](const auto& of) {
    std::size_t sum = 0;
    for (const auto& [partition, offsets] : of) sum += offsets.size();
    return sum;
  };
  while (!missing.empty() && loop_.now() < deadline && loop_.now() < progress + share_promise_.lock + kSilence) {
    co_await poll_shares(&sharer, 500ms, true);
    (void)co_await sharer.consumer->commit();
    auto now_missing = shares_.missing(logs);
    if (count(now_missing) < count(missing)) progress = loop_.now();
    missing = std::move(now_missing);
  }
  co_await end_sharing(&sharer, 5s);
  if (missing.empty()) co_return;
  const auto excused = co_await given_up();
  for (auto& [partition, offsets] : missing) {
    const auto of = excused.find(partition);
    if (of != excused.end()) std::erase_if(offsets, [&](Offset offset) { return of->second.contains(offset); });
    if (offsets.empty()) continue;
    ledger_.violated(fmt::format("{}: share group: {} records of {} are not delivered, from {} to {}", when,
                                 offsets.size(), to_string(partition), offsets.begin()->value,
                                 offsets.rbegin()->value));
  }
}

Task<void> SimWorld::plant_on_shares() {
  if (options_.bug != PlantedBug::share_skips_records) co_return;
  co_await send_to_all("the vandal");
  client::Admin admin(loop_, network_, client_config("vandal"));
  std::map<TopicPartition, Offset> ends;
  for (const auto& [partition, extent] : shared_logs()) ends[partition] = extent.end;
  (void)co_await admin.alter_share_group_offsets(kShareGroup, std::move(ends));
  co_await admin.close();
}

}  // namespace sluice::sim
