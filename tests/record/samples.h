// tests/record/samples.h: records to write, what reading gives back, and the batches that Kafka made.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "record/batch_builder.h"
#include "record/batch_view.h"
#include "record/crc32c.h"
#include "record/hex.h"
#include "record/message_builder.h"
#include "record/message_reader.h"
#include "record/record_reader.h"

namespace sluice::testing {

/// A record that owns its bytes and compares.
struct Sample {
  std::int64_t offset = 0;
  std::int64_t timestamp = -1;
  std::optional<std::string> key = std::nullopt;
  std::optional<std::string> value = std::nullopt;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};

  friend bool operator==(const Sample&, const Sample&) = default;
};

using Samples = std::vector<Sample>;

inline void PrintTo(const Sample& sample, std::ostream* out) {
  *out << "{" << sample.offset << " @" << sample.timestamp << " " << sample.key.value_or("null") << "="
       << sample.value.value_or("null").substr(0, 40) << ", " << sample.headers.size() << " headers}";
}

inline WallTime at(std::int64_t milliseconds) { return WallTime{std::chrono::milliseconds{milliseconds}}; }

inline std::optional<Bytes> view_of(const std::optional<std::string>& text) {
  return text ? std::optional{as_bytes(*text)} : std::nullopt;
}

inline std::optional<std::string> text_of(const std::optional<Bytes>& bytes) {
  return bytes ? std::optional{std::string{as_text(*bytes)}} : std::nullopt;
}

inline Sample sample_of(const RecordView& record) {
  Sample sample{record.offset.value, record.timestamp.time_since_epoch().count(), text_of(record.key),
                text_of(record.value)};
  for (const HeaderView& header : record.headers)
    sample.headers.emplace_back(std::string{header.key}, text_of(header.value));
  return sample;
}

/// A batch with these records, whose offsets may have gaps.
inline Buffer batch_of(const Samples& samples, BatchOptions options = {}) {
  Buffer out;
  if (!samples.empty()) options.base_offset = Offset{samples.front().offset};
  BatchBuilder builder{out, options};
  for (const Sample& sample : samples) {
    std::vector<HeaderView> headers;
    for (const auto& [key, value] : sample.headers) headers.push_back({key, view_of(value)});
    if (Offset{sample.offset} > builder.next_offset()) builder.set_last_offset(Offset{sample.offset - 1});
    const NewRecord record{at(sample.timestamp), view_of(sample.key), view_of(sample.value), headers};
    EXPECT_TRUE(builder.append(record));
  }
  EXPECT_TRUE(builder.finish());
  return out;
}

/// A message set of magic 0 or 1 with these records.
inline Buffer messages_of(const Samples& samples, const MessageSetOptions& options) {
  Buffer out;
  MessageSetBuilder builder{out, options};
  for (const Sample& sample : samples)
    EXPECT_TRUE(builder.append({.offset = {sample.offset},
                                .timestamp = at(sample.timestamp),
                                .create_timestamp = at(sample.timestamp),
                                .key = view_of(sample.key),
                                .value = view_of(sample.value),
                                .headers = {}}));
  EXPECT_TRUE(builder.finish());
  return out;
}

template <class Reader>
Result<void> read_all(Reader& reader, Samples& samples) {
  while (const auto record = reader.next()) {
    if (!*record) return fail(record->error());
    samples.push_back(sample_of(**record));
  }
  return {};
}

/// All records of batches and messages that lie behind one another.
inline Result<Samples> read_set(Bytes set, Decompressor& decompressor) {
  Samples samples;
  while (!set.empty()) {
    const auto head = EntryHead::read(set);
    if (!head) return fail(head.error());
    if (head->magic == 2) {
      const auto batch = ConstBatchView::parse(set);
      if (!batch) return fail(batch.error());
      RecordReader reader{*batch, decompressor};
      if (auto read = read_all(reader, samples); !read) return fail(read.error());
    } else {
      const auto message = MessageView::parse(set);
      if (!message) return fail(message.error());
      auto reader = MessageReader::open(*message, decompressor);
      if (!reader) return fail(reader.error());
      if (auto read = read_all(*reader, samples); !read) return fail(read.error());
    }
    set = set.subspan(head->size);
  }
  return samples;
}

/// As above, where nothing may fail.
inline Samples read_set(Bytes set) {
  Decompressor decompressor;
  Result<Samples> samples = read_set(set, decompressor);
  EXPECT_TRUE(samples) << samples.error().what;
  return samples.value_or(Samples{});
}

/// Makes the CRC of the batch or message at the front of `entry` right again.
inline void mend_crc(MutableBytes entry) {
  const auto head = EntryHead::read(entry);
  if (!head || head->size > entry.size()) return;
  entry = entry.first(head->size);
  if (head->magic == 2)
    store(entry, batch_field::kCrc, crc32c(entry.subspan(batch_field::kAttributes)));
  else
    store(entry, message_field::kCrc, crc32(entry.subspan(message_field::kMagic)));
}

/// The bytes of every line of a file of golden vectors.
inline std::vector<std::vector<std::byte>> golden_batches(const std::string& file) {
  std::ifstream in(std::string{SLUICE_SOURCE_DIR} + "/tests/golden/vectors/" + file);
  std::vector<std::vector<std::byte>> batches;
  for (std::string line; std::getline(in, line);) {
    const std::size_t begin = line.find("\"hex\":\"") + 7;
    batches.push_back(from_hex(std::string_view{line}.substr(begin, line.find('"', begin) - begin)));
  }
  EXPECT_FALSE(batches.empty()) << file;
  return batches;
}

inline std::vector<std::vector<std::byte>> golden_batches() {
  auto batches = golden_batches("record_batches.jsonl");
  for (auto& batch : golden_batches("control_batches.jsonl")) batches.push_back(std::move(batch));
  return batches;
}

/// Draws records from a seed.
class SampleSource {
 public:
  explicit SampleSource(std::uint32_t seed) : random_(seed) {}

  std::int64_t between(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>{least, most}(random_);
  }
  bool chance(int percent) { return between(1, 100) <= percent; }

  std::string text(std::size_t size_max) {
    std::string text(static_cast<std::size_t>(between(0, static_cast<std::int64_t>(size_max))), 'z');
    if (chance(50))
      for (char& byte : text) byte = static_cast<char>(between(0, 255));
    return text;
  }
  std::optional<std::string> nullable_text(std::size_t size_max) {
    return chance(15) ? std::nullopt : std::optional{text(size_max)};
  }

  /// Records with growing offsets from `base` on; with gaps if asked for.
  Samples samples(std::int64_t base, bool gaps, bool headers) {
    Samples samples(static_cast<std::size_t>(between(1, 40)));
    for (Sample& sample : samples) {
      sample.offset = base;
      base += gaps ? between(1, 4) : 1;
      sample.timestamp = 1'700'000'000'000 + between(-10'000, 10'000);
      sample.key = nullable_text(30);
      sample.value = nullable_text(chance(5) ? 100'000 : 200);
      for (std::int64_t n = headers ? between(-3, 3) : 0; n > 0; --n)
        sample.headers.emplace_back(text(10), nullable_text(20));
    }
    return samples;
  }

  Codec codec(bool with_zstd) { return static_cast<Codec>(between(0, with_zstd ? 4 : 3)); }

 private:
  std::mt19937 random_;
};

}  // namespace sluice::testing
