// What dumps make of bytes: text as Java has it, and no bytes that could bring them down.
#include <gtest/gtest.h>

#include <random>

#include "tools/dump/decoder.h"
#include "tools/dump/entry.h"
#include "tools/dump/segment_file.h"

namespace sluice::tools {
namespace {

constexpr std::string_view kBad = "\xef\xbf\xbd";

std::string java_text(std::string_view bytes) { return java_string(as_bytes(bytes)); }

// As new String(bytes, UTF_8) of Java 17 gave it for the same bytes.
TEST(JavaString, ReplacesWhatIsNoCharacterAsJavaDoes) {
  const std::string bad(kBad);
  EXPECT_EQ(java_text("plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80"),
            "plain \xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80");
  EXPECT_EQ(java_text("\xcb\xf3\x01"), bad + bad + "\x01");
  EXPECT_EQ(java_text("\xf3\x80\x80_"), bad + "_");
  EXPECT_EQ(java_text("\xf3\x65_"), bad + "e_");
  EXPECT_EQ(java_text("\xe0\x80_"), bad + bad + "_");
  EXPECT_EQ(java_text("\xe2\x82"), bad);
  EXPECT_EQ(java_text("\xed\xa0\x80"), bad);
  EXPECT_EQ(java_text("\xf4\x90_"), bad + bad + "_");
  EXPECT_EQ(java_text("\xc0\xaf"), bad + bad);
}

TEST(FileNames, LeadToTheFilesOfTheSameSegment) {
  EXPECT_EQ(file_name_of("/data/orders-0/00000000000000000007.log"), "00000000000000000007.log");
  EXPECT_EQ(sibling_of("/data/with.dot-0/00000000000000000007.timeindex", ".log"),
            "/data/with.dot-0/00000000000000000007.log");
  EXPECT_EQ(offset_of("a/00000000000000000007.log"), 7);
  EXPECT_FALSE(offset_of("a/x7.log"));
  EXPECT_FALSE(offset_of("a/.log"));
}

std::vector<std::unique_ptr<RecordDecoder>> all_decoders() {
  std::vector<std::unique_ptr<RecordDecoder>> decoders;
  decoders.push_back(offsets_decoder());
  decoders.push_back(transaction_log_decoder());
  decoders.push_back(share_group_state_decoder());
  decoders.push_back(cluster_metadata_decoder());
  decoders.push_back(remote_log_metadata_decoder());
  for (const std::string_view name : {"StringDecoder", "IntegerDecoder", "LongDecoder"})
    decoders.push_back(*class_decoder(name, name));
  return decoders;
}

// Short keys and values of small numbers, so that many name a type and a version that exist.
TEST(Decoders, SayWhatTheyCannotReadWhateverTheBytes) {
  constexpr std::uint32_t kSeed = 17;
  std::mt19937 random(kSeed);
  const auto decoders = all_decoders();
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> key(random() % 20);
    std::vector<std::byte> value(random() % 60);
    for (std::byte& byte : key) byte = static_cast<std::byte>(random() % (random() % 4 == 0 ? 256 : 4));
    for (std::byte& byte : value) byte = static_cast<std::byte>(random() % (random() % 4 == 0 ? 256 : 4));
    const RecordView record{.offset = {5},
                            .timestamp = {},
                            .create_timestamp = {},
                            .key = key,
                            .value = random() % 8 == 0 ? std::nullopt : std::optional<Bytes>(value),
                            .headers = {}};
    for (const auto& decoder : decoders) {
      const auto decoded = decoder->decode(record);
      ASSERT_TRUE(decoded) << decoded.error().what;
      ASSERT_TRUE(decoded->key || decoded->payload || !record.value) << "seed " << kSeed << ", round " << round;
    }
    (void)describe_control_record(record);
  }
}

TEST(Decoders, NeedAKeyWhereTheLogHasOne) {
  const RecordView record{.offset = {5},
                          .timestamp = {},
                          .create_timestamp = {},
                          .key = std::nullopt,
                          .value = std::nullopt,
                          .headers = {}};
  EXPECT_FALSE(offsets_decoder()->decode(record));
  EXPECT_TRUE(cluster_metadata_decoder()->decode(record)->payload);
}

TEST(EntryFields, ShowOrRefuseWhateverTheBytes) {
  constexpr std::uint32_t kSeed = 23;
  std::mt19937 random(kSeed);
  for (int round = 0; round < 20'000; ++round) {
    std::vector<std::byte> bytes(26 + random() % 80);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random() % (random() % 4 == 0 ? 256 : 3));
    bytes[16] = static_cast<std::byte>(random() % 4);  // The magic.
    const auto fields = EntryFields::read(bytes);
    if (!fields) continue;
    EXPECT_NE(fields->describe(0).find(" isvalid: "), std::string::npos);
    (void)visit_records(bytes, [](const EntryRecord&) -> Result<void> { return {}; });
  }
}

// After the greatest sequence number comes 0.
TEST(EntryFields, CountSequencesAround) {
  std::vector<std::byte> bytes(61);
  store<std::int8_t>(bytes, 16, 2);
  store<std::int64_t>(bytes, 0, 100);
  store<std::int32_t>(bytes, 53, std::numeric_limits<std::int32_t>::max() - 1);
  const auto fields = EntryFields::read(bytes);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->sequence_of(101), std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(fields->sequence_of(102), 0);
  store<std::int32_t>(bytes, 53, -1);
  EXPECT_EQ(fields->sequence_of(102), -1);
}

}  // namespace
}  // namespace sluice::tools
