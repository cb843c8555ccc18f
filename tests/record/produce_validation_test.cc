#include "record/produce_validation.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "record/record_reader.h"
#include "record/samples.h"

namespace sluice {
namespace {

using namespace std::chrono_literals;
using testing::at;
using testing::batch_of;
using testing::mend_crc;
using testing::messages_of;
using testing::read_set;
using testing::Sample;
using testing::Samples;
using testing::SampleSource;

constexpr WallTime kNow{1'700'000'000'000ms};
const Samples kTwo = {{0, 1'699'999'999'000, "k1", "v1"}, {1, 1'699'999'998'000, "k2", "v2"}};

ProduceRules rules_with(auto change) {
  ProduceRules rules{.api_version = 9, .now = kNow};
  change(rules);
  return rules;
}

struct Outcome {
  std::string code = "valid";
  ProduceRejection rejection{};
  ValidatedBatch batch;
  Samples records;
};

Outcome validate(Buffer& set, const ProduceRules& rules = {.api_version = 9, .now = kNow}) {
  Decompressor decompressor;
  auto valid = validate_produced(set.bytes(), rules, decompressor);
  if (!valid) return {.code = name(valid.error().code), .rejection = valid.error(), .batch = {}, .records = {}};
  Outcome outcome;
  outcome.batch = std::move(*valid);
  const BatchView view = outcome.batch.view();
  const auto again = ConstBatchView::parse(view.bytes());  // The CRC, too.
  EXPECT_TRUE(again) << again.error().what;
  EXPECT_EQ(view.base_offset(), Offset{0});
  EXPECT_EQ(view.record_count(), outcome.batch.record_count);
  EXPECT_EQ(view.offset_span(), outcome.batch.record_count);
  EXPECT_EQ(view.max_timestamp(), outcome.batch.max_timestamp);
  outcome.records = read_set(view.bytes());
  return outcome;
}

Outcome validate(Buffer&& set, const ProduceRules& rules = {.api_version = 9, .now = kNow}) {
  return validate(set, rules);
}

TEST(ProduceValidation, LeavesAGoodBatchAsItCame) {
  for (const Codec codec : {Codec::none, Codec::gzip, Codec::snappy, Codec::lz4, Codec::zstd}) {
    Buffer set = batch_of(kTwo, {.compression = {codec},
                                 .producer_id = ProducerId{7},
                                 .producer_epoch = ProducerEpoch{1},
                                 .base_sequence = 5,
                                 .transactional = true});
    const Buffer before = Buffer::copy_of(set.bytes());
    Outcome outcome = validate(set);
    ASSERT_EQ(outcome.code, "valid") << outcome.rejection.message;
    EXPECT_FALSE(outcome.batch.is_rewritten());
    EXPECT_EQ(outcome.batch.view().bytes().data(), set.data());
    EXPECT_EQ(as_text(set.bytes()), as_text(before.bytes()));
    EXPECT_EQ(outcome.records, kTwo);
    EXPECT_EQ(outcome.batch.record_count, 2);
    EXPECT_EQ(outcome.batch.max_timestamp, at(1'699'999'999'000));
    EXPECT_EQ(outcome.batch.max_timestamp_offset_delta, 0);
  }
}

// What a look at the whole batch says of it, record by record.
std::string read_one_by_one(const Buffer& set) {
  Decompressor decompressor;
  const auto batch = ConstBatchView::parse(set.bytes());
  RecordScan scan{*batch, decompressor};
  bool numbered = true;
  while (const auto record = scan.next()) {
    if (!*record) return "invalid_record";
    numbered = numbered && (*record)->offset_delta == (*record)->index;
  }
  return numbered ? "valid" : "rewritten";
}

// Batches without anything rare are gone through by a shorter way, which must not let in, refuse or renumber any
// other batch than the long one does. Shown for every value of every byte of the records.
TEST(ProduceValidation, JudgesEveryChangedByteAsReadingOneByOneDoes) {
  const Samples samples = {{0, 1'699'999'999'000, "k", "v1"}, {1, 1'699'999'998'000, "", "v2"}};
  const Buffer good = batch_of(samples);
  for (std::size_t at = kBatchHeaderSize; at < good.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      SCOPED_TRACE(fmt::format("byte {} is {}", at, value));
      Buffer set = Buffer::copy_of(good.bytes());
      set.data()[at] = static_cast<std::byte>(value);
      mend_crc(set.bytes());
      const std::string expected = read_one_by_one(set);
      const Outcome outcome = validate(set);
      if (outcome.code != "valid")
        EXPECT_EQ(outcome.code, expected);
      else
        EXPECT_EQ(outcome.batch.is_rewritten() ? "rewritten" : "valid", expected);
    }
  }
}

TEST(ProduceValidation, SetsTheBrokersTimeInPlace) {
  Buffer set = batch_of(kTwo, {.compression = {Codec::lz4}});
  Outcome outcome = validate(
      set, rules_with([](ProduceRules& rules) { rules.timestamp_type = TimestampType::log_append_time; }));
  ASSERT_EQ(outcome.code, "valid");
  EXPECT_FALSE(outcome.batch.is_rewritten());
  EXPECT_EQ(outcome.batch.view().timestamp_type(), TimestampType::log_append_time);
  EXPECT_EQ(outcome.records[0].timestamp, kNow.time_since_epoch().count());
  EXPECT_EQ(outcome.batch.max_timestamp, kNow);
}

TEST(ProduceValidation, CorrectsTheGreatestTimestamp) {
  Buffer set = batch_of(kTwo);
  store(set.bytes(), batch_field::kMaxTimestamp, std::int64_t{5});
  mend_crc(set.bytes());
  EXPECT_EQ(validate(set).batch.max_timestamp, at(1'699'999'999'000));
}

TEST(ProduceValidation, TakesAnotherCodecIfTheTopicAsks) {
  for (const Codec from : {Codec::none, Codec::gzip, Codec::zstd}) {
    for (const Codec to : {Codec::none, Codec::snappy, Codec::zstd}) {
      Outcome outcome =
          validate(batch_of(kTwo, {.compression = {from},
                                   .producer_id = ProducerId{7},
                                   .producer_epoch = ProducerEpoch{1},
                                   .base_sequence = 5}),
                   rules_with([&](ProduceRules& rules) { rules.compression = Compression{.codec = to}; }));
      ASSERT_EQ(outcome.code, "valid") << outcome.rejection.message;
      EXPECT_EQ(outcome.batch.is_rewritten(), from != to);
      if (from == to) continue;
      EXPECT_EQ(outcome.batch.view().codec(), to);
      EXPECT_EQ(outcome.batch.view().producer_id(), ProducerId{7});
      EXPECT_EQ(outcome.batch.view().producer_epoch(), ProducerEpoch{1});
      EXPECT_EQ(outcome.batch.view().base_sequence(), 5);
      EXPECT_EQ(outcome.records, kTwo);
    }
  }
}

// Some clients give every record offset 0. Kafka numbers them, and so do we.
TEST(ProduceValidation, NumbersRecordsThatAreNot) {
  const Samples samples = {{0, 1'000, "k1", "v1"}, {1, 1'000, "k2", "v2"}};
  Buffer set = batch_of(samples);
  const std::size_t second = batch_of({samples[0]}).size();
  set.data()[second + 3] = std::byte{0};  // Behind length, attributes and timestamp delta, a byte each.
  mend_crc(set.bytes());
  ASSERT_EQ(read_set(set.bytes())[1].offset, 0);

  Outcome outcome = validate(set);
  ASSERT_EQ(outcome.code, "valid") << outcome.rejection.message;
  EXPECT_TRUE(outcome.batch.is_rewritten());
  EXPECT_EQ(outcome.records, samples);
}

TEST(ProduceValidation, ConvertsMessagesOfOldProducers) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    SampleSource source{seed};
    Samples samples = source.samples(0, false, false);
    const MessageSetOptions options{.magic = static_cast<std::int8_t>(source.between(0, 1)),
                                    .compression = {.codec = source.codec(false)}};
    Buffer set = messages_of(samples, options);
    const bool to_zstd = source.chance(30);
    Outcome outcome = validate(set, rules_with([&](ProduceRules& rules) {
                                 rules.api_version = 2;
                                 if (to_zstd) rules.compression = Compression{.codec = Codec::zstd};
                               }));
    ASSERT_EQ(outcome.code, "valid") << outcome.rejection.message;
    std::int64_t max_timestamp = -1;
    for (Sample& sample : samples) {
      if (options.magic == 0) sample.timestamp = -1;
      max_timestamp = std::max(max_timestamp, sample.timestamp);
    }
    EXPECT_EQ(outcome.records, samples);
    EXPECT_EQ(outcome.batch.max_timestamp, at(max_timestamp));
    EXPECT_EQ(outcome.batch.view().codec(), to_zstd ? Codec::zstd : options.compression.codec);
    EXPECT_FALSE(outcome.batch.view().has_producer());
  }
}

TEST(ProduceValidation, IgnoresACutOffEnd) {
  Buffer set = messages_of({{0, 1, "a"}, {1, 2, "b"}}, {});
  set.resize(set.size() - 1);
  const auto old = [](ProduceRules& rules) { rules.api_version = 2; };
  EXPECT_EQ(validate(set, rules_with(old)).records.size(), 1u);
  set.resize(20);
  EXPECT_EQ(validate(set, rules_with(old)).code, "invalid_record");
  EXPECT_EQ(validate(Buffer{}, rules_with(old)).code, "invalid_record");
}

TEST(ProduceValidation, HoldsRequestsToTheirVersions) {
  const auto version = [](std::int16_t version) {
    return rules_with([=](ProduceRules& rules) { rules.api_version = version; });
  };
  EXPECT_EQ(validate(messages_of(kTwo, {}), version(2)).code, "valid");
  EXPECT_EQ(validate(messages_of(kTwo, {}), version(3)).code, "invalid_record");
  EXPECT_EQ(validate(batch_of(kTwo), version(2)).code, "valid");
  EXPECT_EQ(validate(batch_of(kTwo, {.compression = {Codec::zstd}}), version(6)).code, "unsupported_codec");
  EXPECT_EQ(validate(batch_of(kTwo, {.compression = {Codec::zstd}}), version(7)).code, "valid");

  Buffer two = batch_of(kTwo);
  two.append(batch_of(kTwo).bytes());
  EXPECT_EQ(validate(two).code, "invalid_record");
  EXPECT_EQ(validate(two, version(2)).code, "invalid_record");
  Buffer mixed = messages_of(kTwo, {});
  mixed.append(messages_of(kTwo, {.magic = 0}).bytes());
  EXPECT_EQ(validate(mixed, version(2)).code, "invalid_record");
  Buffer beside = messages_of(kTwo, {});
  beside.append(messages_of(kTwo, {.compression = {Codec::gzip}}).bytes());
  EXPECT_EQ(validate(beside, version(2)).code, "invalid_record");
}

// Damage on the way is worth another try; what the sender made wrong is not.
TEST(ProduceValidation, TellsDamageFromNonsense) {
  Buffer damaged = batch_of(kTwo);
  damaged.data()[damaged.size() - 1] ^= std::byte{1};
  EXPECT_EQ(validate(damaged).code, "corrupt");
  mend_crc(damaged.bytes());
  EXPECT_EQ(validate(damaged).code, "invalid_record");

  const auto code_with = [](std::size_t at_byte, auto value) {
    Buffer set = batch_of(kTwo);
    store(set.bytes(), at_byte, value);
    mend_crc(set.bytes());
    return validate(set).code;
  };
  EXPECT_EQ(code_with(batch_field::kBaseOffset, std::int64_t{1}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kBaseOffset, std::int64_t{-1}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{1}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{3}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kRecordCount, std::int32_t{0}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kLastOffsetDelta, std::int32_t{5}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kAttributes, std::int16_t{Attributes::kControl}), "invalid_record");
  EXPECT_EQ(code_with(batch_field::kAttributes, std::int16_t{6}), "unsupported_codec");
  EXPECT_EQ(code_with(batch_field::kAttributes, std::int16_t{1}), "invalid_record");  // Not gzip, really.
  EXPECT_EQ(code_with(batch_field::kProducerId, std::int64_t{9}), "invalid_record");  // Its sequence is -1.
  EXPECT_EQ(code_with(batch_field::kMagic, std::int8_t{3}), "corrupt");
  EXPECT_EQ(code_with(batch_field::kLength, std::int32_t{3}), "corrupt");
}

TEST(ProduceValidation, NamesEveryBadRecord) {
  Samples samples = kTwo;
  samples.push_back({2, 1'000, std::nullopt, "v3"});
  samples.push_back({3, 1'699'999'999'000, std::nullopt, "v4"});
  for (const Codec codec : {Codec::none, Codec::gzip}) {
    for (const bool rewritten : {false, true}) {
      const ProduceRules rules = rules_with([&](ProduceRules& r) {
        r.keys_required = true;
        if (rewritten) r.compression = Compression{.codec = Codec::lz4};
      });
      const Outcome outcome = validate(batch_of(samples, {.compression = {codec}}), rules);
      EXPECT_EQ(outcome.code, "invalid_record");
      ASSERT_EQ(outcome.rejection.record_errors.size(), 2u);
      EXPECT_EQ(outcome.rejection.record_errors[0].batch_index, 2);
      EXPECT_EQ(outcome.rejection.record_errors[1].batch_index, 3);
      EXPECT_FALSE(outcome.rejection.record_errors[0].message.empty());
    }
  }
}

TEST(ProduceValidation, NamesNoMoreBadRecordsThanFitAnAnswer) {
  Samples samples;
  for (std::int64_t n = 0; n < 1500; ++n) samples.push_back({n, -1});
  const Outcome outcome =
      validate(batch_of(samples), rules_with([](ProduceRules& rules) { rules.keys_required = true; }));
  EXPECT_EQ(outcome.rejection.record_errors.size(), kRecordErrorsMax);
  EXPECT_NE(outcome.rejection.message.find("1500 of 1500"), std::string::npos) << outcome.rejection.message;
}

TEST(ProduceValidation, BoundsTimestamps) {
  const auto code_at = [](std::int64_t timestamp) {
    return validate(batch_of({{0, timestamp, "k"}}), rules_with([](ProduceRules& rules) {
                      rules.timestamp_before_max = 1h;
                      rules.timestamp_after_max = 1min;
                    }))
        .code;
  };
  const std::int64_t now = kNow.time_since_epoch().count();
  EXPECT_EQ(code_at(now), "valid");
  EXPECT_EQ(code_at(now - 3'600'000), "valid");
  EXPECT_EQ(code_at(now - 3'600'001), "invalid_timestamp");
  EXPECT_EQ(code_at(now + 60'000), "valid");
  EXPECT_EQ(code_at(now + 60'001), "invalid_timestamp");
  EXPECT_EQ(code_at(-1), "valid");  // None at all.
  EXPECT_EQ(code_at(-2), "invalid_timestamp");
  EXPECT_EQ(code_at(std::numeric_limits<std::int64_t>::min()), "invalid_timestamp");
  EXPECT_EQ(code_at(std::numeric_limits<std::int64_t>::max()), "invalid_timestamp");
}

TEST(ProduceValidation, TakesAnyTimeByDefaultOrWhereTheBrokersCounts) {
  EXPECT_EQ(validate(batch_of({{0, std::numeric_limits<std::int64_t>::min(), "k"}})).code, "valid");
  EXPECT_EQ(validate(batch_of({{0, std::numeric_limits<std::int64_t>::max(), "k"}})).code, "valid");
  EXPECT_EQ(validate(batch_of({{0, 5, "k"}}), rules_with([](ProduceRules& rules) {
                       rules.timestamp_type = TimestampType::log_append_time;
                       rules.timestamp_before_max = rules.timestamp_after_max = 1ms;
                     }))
                .code,
            "valid");
}

TEST(ProduceValidation, ProducersMayNotSetTheBrokersTime) {
  const auto append_time = [](ProduceRules& rules) { rules.timestamp_type = TimestampType::log_append_time; };
  EXPECT_EQ(validate(batch_of(kTwo, {.log_append_time = kNow}), rules_with(append_time)).code,
            "invalid_timestamp");
}

TEST(ProduceValidation, BoundsTheBatchAsItCameAndAsItIsKept) {
  const Samples large = {{0, 1, "k", std::string(10'000, 'z')}};
  const auto at_most = [](std::size_t size, Codec codec) {
    return rules_with([=](ProduceRules& rules) {
      rules.message_bytes_max = size;
      rules.compression = Compression{.codec = codec};
    });
  };
  EXPECT_EQ(validate(batch_of(large), at_most(5'000, Codec::none)).code, "too_large");
  EXPECT_EQ(validate(batch_of(large), at_most(11'000, Codec::none)).code, "valid");
  EXPECT_EQ(validate(batch_of(large, {.compression = {Codec::gzip}}), at_most(5'000, Codec::gzip)).code, "valid");
  EXPECT_EQ(validate(batch_of(large, {.compression = {Codec::gzip}}), at_most(5'000, Codec::none)).code,
            "too_large");
}

}  // namespace
}  // namespace sluice
