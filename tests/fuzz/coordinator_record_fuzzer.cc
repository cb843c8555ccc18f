// A record of a coordinator's log. The first byte says which log and whether there is a value, the second how many of
// the bytes that follow are the key.
#include "base/assert.h"
#include "wire/group_record.h"
#include "wire/share_record.h"
#include "wire/transaction_record.h"

namespace {

using namespace sluice;

/// What was read is written and must be read again as the same.
template <class Record>
void recode(const Record& record, Bytes value) {
  const Result<Buffer> key = wire::encode_key(record.key);
  SLUICE_ASSERT(key.has_value());
  wire::Reader in(key->bytes().subspan(2));
  SLUICE_ASSERT(Record::Key::decode(in, 0).has_value());
  if (!record.value) return;
  const std::int16_t version = load<std::int16_t>(value, 0);
  const Result<Buffer> once = wire::encode_versioned(*record.value, version);
  if (!once) return;
  const auto again = wire::decode_versioned<typename Record::Value>(once->bytes());
  SLUICE_ASSERT(again.has_value());
  const Result<Buffer> twice = wire::encode_versioned(*again, version);
  SLUICE_ASSERT(twice.has_value());
  SLUICE_ASSERT(as_text(twice->bytes()) == as_text(once->bytes()));
}

template <class Decode>
void run(Decode decode, Bytes key, std::optional<Bytes> value) {
  const auto record = decode(key, value);
  if (record) std::visit([&](const auto& one) { recode(one, value.value_or(Bytes{})); }, *record);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Bytes input = std::as_bytes(std::span(data, size));
  if (input.size() < 2) return 0;
  const auto choice = std::to_integer<unsigned>(input[0]);
  const Bytes rest = input.subspan(2);
  const std::size_t key_size = std::min(rest.size(), std::to_integer<std::size_t>(input[1]));
  const Bytes key = rest.first(key_size);
  const std::optional<Bytes> value = choice >= 128 ? std::nullopt : std::optional(rest.subspan(key_size));
  switch (choice % 3) {
    case 0: run(&wire::decode_group_record, key, value); break;
    case 1: run(&wire::decode_transaction_record, key, value); break;
    default: run(&wire::decode_share_record, key, value);
  }
  return 0;
}
