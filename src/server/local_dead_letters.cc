#include "server/local_dead_letters.h"

#include <fmt/format.h>

#include <array>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "base/crossing.h"
#include "config/topic_config.h"
#include "record/batch_builder.h"
#include "record/record_reader.h"
#include "server/broker.h"
#include "server/broker_shard.h"

namespace sluice {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;
constexpr std::int16_t kProduceVersion = 12;  // By whose rules the broker's own batch is checked.

struct Original {
  std::optional<std::string> key;
  std::optional<std::string> value;
};

/// Some of the given-up records, up to `last`. Those that are missing do not exist, or cannot be read.
struct Originals {
  std::map<Offset, Original> records;
  Offset last;
};

std::optional<std::string> copy_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional<std::string>(as_text(*bytes)) : std::nullopt;
}

std::optional<Bytes> bytes_of(const std::optional<std::string>& text) {
  return text ? std::optional<Bytes>(as_bytes(*text)) : std::nullopt;
}

/// Reads from `from` on, as far as one read goes; where that fails there is nothing to be copied at all.
Task<Originals> read_originals(BrokerShard& shard, PartitionKey key, Offset from, Offset last) {
  Originals found{.records = {}, .last = last};
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return found;
  PartitionReadResult read =
      co_await partition->read({.from = from, .bytes_max = kReadBytes, .at_least_one_batch = true});
  if (read.error || read.slice.empty()) co_return found;
  const Result<Buffer> bytes = co_await read.slice.read();
  if (!bytes) co_return found;
  ConstBatchWalk walk(bytes->bytes(), CrcCheck::skip);
  Offset end = from;
  for (auto batch = walk.next(); batch && *batch; batch = walk.next()) {
    RecordReader reader(**batch, shard.decompressor());
    for (auto record = reader.next(); record && *record; record = reader.next())
      if ((*record)->offset >= from && (*record)->offset <= last)
        found.records[(*record)->offset] = {copy_of((*record)->key), copy_of((*record)->value)};
    end = (*batch)->next_offset();
  }
  if (end > from) found.last = std::min(last, Offset{end.value - 1});
  co_return found;
}

/// The headers of a dead letter. They view what is given, and themselves.
class LetterHeaders {
 public:
  LetterHeaders(std::string topic, const SharePartitionKey& key, const GivenUp& records)
      : topic_(std::move(topic)),
        group_(key.group),
        partition_(std::to_string(key.partition.value)),
        delivery_count_(std::to_string(records.delivery_count)),
        message_(records.rejected ? "Offset rejected by client."
                                  : "Offset delivery count exceeded the threshold.") {}

  std::span<const HeaderView> of(Offset offset) {
    offset_ = std::to_string(offset.value);
    headers_ = {HeaderView{"__dlq.errors.topic", as_bytes(topic_)},
                HeaderView{"__dlq.errors.partition", as_bytes(partition_)},
                HeaderView{"__dlq.errors.offset", as_bytes(offset_)},
                HeaderView{"__dlq.errors.group", as_bytes(group_)},
                HeaderView{"__dlq.errors.delivery.count", as_bytes(delivery_count_)},
                HeaderView{"__dlq.errors.message", as_bytes(message_)}};
    return headers_;
  }

 private:
  std::string topic_, group_, partition_, delivery_count_, message_, offset_;
  std::array<HeaderView, 6> headers_;
};

/// Letters about the records from `from` on, as many as a batch takes, at least one. Returns the last one's
/// offset.
Result<Offset> build(Buffer& out, LetterHeaders& headers, const Originals& originals, Offset from,
                     std::size_t bytes_max, WallTime now) {
  BatchBuilder builder(out, {});
  Offset last = from;
  for (Offset offset = from; offset <= originals.last; ++offset.value) {
    NewRecord letter{.timestamp = now, .headers = headers.of(offset)};
    if (const auto found = originals.records.find(offset); found != originals.records.end()) {
      letter.key = bytes_of(found->second.key);
      letter.value = bytes_of(found->second.value);
    }
    const std::size_t size = builder.uncompressed_size() + BatchBuilder::size_max(letter);
    if (size > bytes_max && builder.record_count() > 0) break;
    // One that no topic of this size takes is told of without its content.
    if (size > bytes_max) letter.key = letter.value = std::nullopt;
    if (const Result<void> appended = builder.append(letter); !appended) return fail(appended.error());
    last = offset;
  }
  if (const Result<BatchView> finished = builder.finish(); !finished) return fail(finished.error());
  return last;
}

/// Runs on the destination's shard. The batch is the caller's, who waits.
Task<Result<void>> append_here(BrokerShard& shard, PartitionKey key, MutableBytes batch) {
  const std::shared_ptr<Partition> partition = shard.partitions().find(key);
  if (!partition) co_return fail(Errc::not_leader, "the dead letter topic is not here");
  const auto appended = co_await partition->produce(batch, kProduceVersion, shard.decompressor(), true);
  if (!appended) co_return fail(appended.error().code, "{}", appended.error().message);
  co_return Result<void>{};
}

/// Whether a group's dead letters may go to a topic of that name.
Result<void> check_name(std::string_view group, std::string_view name, std::string_view prefix) {
  if (name.empty())
    return fail(Errc::invalid_argument, "share group {} has no errors.deadletterqueue.topic.name", group);
  if (name.starts_with("__"))
    return fail(Errc::invalid_argument, "the dead letter topic {} of share group {} begins with __", name, group);
  if (!name.starts_with(prefix))
    return fail(Errc::invalid_argument,
                "the dead letter topic {} of share group {} does not begin "
                "with {}, which is "
                "errors.deadletterqueue.topic.name.prefix",
                name, group, prefix);
  return {};
}

}  // namespace

Task<Result<LocalDeadLetters::Destination>> LocalDeadLetters::find_destination(std::string_view group,
                                                                               PartitionIndex source) {
  const BrokerShard& shard = broker_.first_shard();
  const ShareGroupConfig config = shard.group_settings().of(group).share;
  const Configuration& settings = broker_.layers().effective();
  const std::string& name = config.dead_letter_topic;
  if (const auto fits = check_name(group, name, settings.text("errors.deadletterqueue.topic.name.prefix")); !fits)
    co_return fail(fits.error());
  const std::shared_ptr<const MetadataImage> image = shard.image();
  const TopicImage* topic = image->topic(std::string_view(name));
  if (topic == nullptr) {
    if (!settings.boolean("errors.deadletterqueue.auto.create.topics.enable"))
      co_return fail(Errc::invalid_argument,
                     "the dead letter topic {} of share group {} does not exist, and "
                     "errors.deadletterqueue.auto.create.topics.enable is not set",
                     name, group);
    const Result<void> created = co_await broker_.create_dead_letter_topic(name);
    if (!created && created.error().code != Errc::already_exists) co_return fail(created.error());
    co_return fail(Errc::not_found, "the dead letter topic {} is being created", name);
  }
  const TopicConfig topic_config = effective_topic_config(image->configs.of_topic(name), settings);
  if (!topic_config.dead_letters)
    co_return fail(Errc::invalid_argument,
                   "topic {} does not take dead letters of share group {}: "
                   "errors.deadletterqueue.group.enable is "
                   "not set for it",
                   name, group);
  const auto count = static_cast<std::int32_t>(topic->partition_count());
  co_return Destination{.partition = {topic->id(), {source.value % count}},
                        .batch_bytes_max = topic_config.max_message_bytes,
                        .copies = config.dead_letters_copy_record};
}

Task<Result<void>> LocalDeadLetters::write(const SharePartitionKey& key, GivenUp& records) {
  auto find = [this, &key] { return find_destination(key.group, key.partition); };
  const Result<Destination> to = co_await on(broker_.first_shard().loop(), find);
  if (!to) co_return fail(to.error());
  const PartitionKey source{key.topic_id, key.partition};
  BrokerShard& here = broker_.owner_of(source);
  BrokerShard& there = broker_.owner_of(to->partition);
  const TopicImage* topic = here.image()->topic(key.topic_id);
  LetterHeaders headers(topic == nullptr ? "<UNKNOWN>" : std::string(topic->name()), key, records);
  while (records.first <= records.last) {
    Originals originals{.records = {}, .last = records.last};
    if (to->copies) originals = co_await read_originals(here, source, records.first, records.last);
    Buffer batch;
    const Result<Offset> last =
        build(batch, headers, originals, records.first, to->batch_bytes_max, here.loop().wall_now());
    if (!last) co_return fail(last.error());
    auto append = [&there, &to, &batch] { return append_here(there, to->partition, batch.bytes()); };
    const Result<void> appended = co_await on(there.loop(), append);
    if (!appended) co_return appended;
    records.first = {last->value + 1};
  }
  co_return Result<void>{};
}

}  // namespace sluice
