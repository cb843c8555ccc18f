#include "raft/control_batch.h"

#include "record/batch_builder.h"
#include "record/record_reader.h"
#include "wire/data/kraft_version_record.h"
#include "wire/data/leader_change_message.h"
#include "wire/data/snapshot_footer_record.h"
#include "wire/data/snapshot_header_record.h"
#include "wire/data/voters_record.h"
#include "wire/reader.h"
#include "wire/writer.h"

namespace sluice::raft {
namespace {

// All of these messages are at version 0, as Kafka 4.4 writes them.
constexpr std::int16_t kVersion = 0;

template <class Message>
Result<Message> decode(const std::optional<Bytes>& value) {
  if (!value) return fail(Errc::corrupt, "a control record has no value");
  wire::Reader reader(*value);
  return Message::decode(reader, kVersion);
}

Result<void> take_record(QuorumControl& control, const RecordView& record) {
  const auto type = parse_control_key(record.key);
  if (!type) return fail(type.error());
  if (!*type) return {};
  switch (**type) {
    case ControlType::kraft_version: {
      const auto message = decode<wire::KRaftVersionRecord>(record.value);
      if (!message) return fail(message.error());
      control.kraft_version = KRaftVersion{message->kraft_version};
      return {};
    }
    case ControlType::kraft_voters: {
      const auto message = decode<wire::VotersRecord>(record.value);
      if (!message) return fail(message.error());
      control.voters = VoterSet::from(*message);
      return {};
    }
    case ControlType::snapshot_header: {
      const auto message = decode<wire::SnapshotHeaderRecord>(record.value);
      if (!message) return fail(message.error());
      control.snapshot_time = WallTime{std::chrono::milliseconds{message->last_contained_log_timestamp}};
      return {};
    }
    case ControlType::snapshot_footer: control.snapshot_footer = true; return {};
    case ControlType::leader_change:  // Tells what the batch's epoch tells already.
    case ControlType::abort:
    case ControlType::commit: return {};
  }
  return {};
}

}  // namespace

template <class Message>
void ControlBatch::add(ControlType type, const Message& message) {
  const auto size = message.encoded_size(kVersion);
  SLUICE_ASSERT(size.has_value());
  Record record{.type = type, .value = Buffer(size->written)};
  wire::Writer writer(record.value.bytes());
  message.encode(writer, kVersion);
  records_.push_back(std::move(record));
}

void ControlBatch::add_leader_change(NodeId leader, const VoterSet& voters,
                                     const std::vector<NodeId>& granted_by) {
  wire::LeaderChangeMessage message;
  message.leader_id = leader;
  for (const auto& [id, voter] : voters.voters()) message.voters.emplace_back().voter_id = id;
  for (const NodeId id : granted_by) message.granting_voters.emplace_back().voter_id = id;
  add(ControlType::leader_change, message);
}

void ControlBatch::add_kraft_version(KRaftVersion version) {
  wire::KRaftVersionRecord message;
  message.kraft_version = version.value;
  add(ControlType::kraft_version, message);
}

void ControlBatch::add_voters(const VoterSet& voters) { add(ControlType::kraft_voters, voters.record()); }

void ControlBatch::add_snapshot_header(WallTime last_append_time) {
  wire::SnapshotHeaderRecord message;
  message.last_contained_log_timestamp = last_append_time.time_since_epoch().count();
  add(ControlType::snapshot_header, message);
}

void ControlBatch::add_snapshot_footer() { add(ControlType::snapshot_footer, wire::SnapshotFooterRecord{}); }

Buffer ControlBatch::finish() const {
  Buffer bytes;
  BatchBuilder builder(bytes, {.base_offset = place_.base, .leader_epoch = place_.epoch, .control = true});
  for (const Record& record : records_) {
    const auto key = control_key(record.type);
    const auto appended =
        builder.append({.timestamp = place_.time, .key = Bytes(key), .value = record.value.bytes()});
    SLUICE_ASSERT(appended.has_value());
  }
  const auto finished = builder.finish();
  SLUICE_ASSERT(finished.has_value());
  return bytes;
}

Result<void> QuorumControl::take(ConstBatchView batch) {
  Decompressor decompressor;
  RecordReader reader(batch, decompressor);
  while (auto record = reader.next()) {
    if (!*record) return fail(record->error());
    if (auto taken = take_record(*this, **record); !taken)
      return fail(taken.error().code, "control record at offset {}: {}", (*record)->offset.value,
                  taken.error().what);
  }
  return {};
}

}  // namespace sluice::raft
