// Bytes from outside as a set of batches: parsed, read, verified, recompressed, converted and validated. What is
// accepted must hold together: what was rewritten reads as before.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "base/buffer.h"
#include "record/batch_view.h"
#include "record/crc32c.h"
#include "record/down_convert.h"
#include "record/message_reader.h"
#include "record/produce_validation.h"
#include "record/recompress.h"
#include "record/record_reader.h"

namespace sluice {
namespace {

constexpr DecompressionLimits kLimits{.size_max = 1 << 20, .ratio_free = 1 << 16};

// Most inputs would end at the CRC.
void mend_crc(MutableBytes set) {
  while (true) {
    const Result<EntryHead> head = EntryHead::read(set);
    if (!head || head->size > set.size()) return;
    const MutableBytes entry = set.first(head->size);
    if (head->magic == 2)
      store(entry, batch_field::kCrc, crc32c(entry.subspan(batch_field::kAttributes)));
    else
      store(entry, message_field::kCrc, crc32(entry.subspan(message_field::kMagic)));
    set = set.subspan(head->size);
  }
}

// The number of records, or -1 if they cannot be read.
template <class Reader>
int count(Reader& reader) {
  int n = 0;
  while (const std::optional<Result<RecordView>> record = reader.next()) {
    if (!*record) return -1;
    for (const HeaderView& header : (*record)->headers) SLUICE_ASSERT(header.key.size() <= kLimits.size_max);
    ++n;
  }
  return n;
}

int count(Bytes set, Decompressor& decompressor) {
  int total = 0;
  while (!set.empty()) {
    const Result<EntryHead> head = EntryHead::read(set);
    if (!head) return -1;
    int n = -1;
    if (head->magic == 2) {
      const Result<ConstBatchView> batch = ConstBatchView::parse(set);
      if (!batch) return -1;
      RecordReader reader{*batch, decompressor};
      n = count(reader);
    } else {
      const Result<MessageView> message = MessageView::parse(set);
      if (!message) return -1;
      Result<MessageReader> reader = MessageReader::open(*message, decompressor);
      if (!reader) return -1;
      n = count(*reader);
    }
    if (n < 0) return -1;
    total += n;
    set = set.subspan(head->size);
  }
  return total;
}

void check_batch(const ConstBatchView& batch, Decompressor& decompressor) {
  const int records = count(batch.bytes(), decompressor);
  const Result<void> verified = verify_records(batch, decompressor);
  SLUICE_ASSERT(!verified || records == batch.record_count());
  Buffer out;
  const Result<BatchView> plain = recompress(batch, {}, decompressor, out);
  if (plain) SLUICE_ASSERT(count(out.bytes(), decompressor) == records);
  SLUICE_ASSERT(plain.has_value() == verified.has_value() || !plain);
}

void check_conversions(Bytes set, Decompressor& decompressor) {
  for (const auto magic : {std::int8_t{0}, std::int8_t{1}}) {
    const Result<EntryHead> head = EntryHead::read(set);
    if (!head) return;
    Buffer out;
    const Result<std::size_t> taken = down_convert(set, {.magic = magic}, decompressor, out);
    if (!taken || head->magic <= magic) continue;
    SLUICE_ASSERT(*taken == head->size);
    SLUICE_ASSERT(count(out.bytes(), decompressor) >= 0);
  }
}

void check_produced(Bytes set, std::int16_t api_version, Decompressor& decompressor) {
  Buffer produced = Buffer::copy_of(set);
  ProduceRules rules{.api_version = api_version, .now = WallTime{std::chrono::milliseconds{1'700'000'000'000}}};
  if (api_version % 2 == 1) rules.compression = Compression{.codec = static_cast<Codec>(api_version % 5)};
  auto valid = validate_produced(produced.bytes(), rules, decompressor);
  if (!valid) return;
  const BatchView batch = valid->view();
  SLUICE_ASSERT(ConstBatchView::parse(batch.bytes()).has_value());
  SLUICE_ASSERT(verify_records(batch, decompressor).has_value());
  SLUICE_ASSERT(batch.record_count() == batch.offset_span());
}

void run(Bytes input) {
  if (input.empty()) return;
  Decompressor decompressor{kLimits};
  Buffer set = Buffer::copy_of(input.subspan(1));
  mend_crc(set.bytes());
  if (const Result<ConstBatchView> batch = ConstBatchView::parse(set.bytes()))
    check_batch(*batch, decompressor);
  else
    (void)count(set.bytes(), decompressor);
  check_conversions(set.bytes(), decompressor);
  check_produced(set.bytes(), static_cast<std::int16_t>(std::to_integer<int>(input[0]) % 13), decompressor);
}

}  // namespace
}  // namespace sluice

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sluice::run({reinterpret_cast<const std::byte*>(data), size});
  return 0;
}
