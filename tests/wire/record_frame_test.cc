#include "wire/record_frame.h"

#include <gtest/gtest.h>

#include "test_vectors.h"
#include "wire/group_record.h"
#include "wire/metadata_record.h"
#include "wire/remote_log_record.h"
#include "wire/schema.h"
#include "wire/share_record.h"
#include "wire/transaction_record.h"

namespace sluice::wire {
namespace {

std::vector<std::byte> operator+(std::vector<std::byte> front, Bytes back) {
  front.insert(front.end(), back.begin(), back.end());
  return front;
}

std::vector<std::byte> bytes_of(std::initializer_list<int> numbers) {
  std::vector<std::byte> bytes;
  for (const int number : numbers) bytes.push_back(static_cast<std::byte>(number));
  return bytes;
}

// Each record that Kafka encoded, in its frame, is read as its own type and gives the same bytes again.
TEST(MetadataRecords, ComeBackFromTheirFrames) {
  for (const TestVector& vector : golden_vectors("metadata")) {
    SCOPED_TRACE(vector.title());
    const std::int16_t type = find_schema(vector.recoder->name)->key;
    const std::vector<std::byte> value = bytes_of({1, type, vector.version}) + vector.bytes;

    Result<Buffer> again = fail(Errc::not_found, "not read");
    std::string_view name;
    if (vector.recoder->name.starts_with("Remote")) {
      const Result<RemoteLogRecord> record = decode_remote_log_record(value);
      ASSERT_TRUE(record) << record.error().what;
      again = encode_remote_log_record(*record, vector.version);
      name = std::visit([](const auto& one) { return one.kName; }, *record);
    } else {
      const Result<MetadataRecord> record = decode_metadata_record(value);
      ASSERT_TRUE(record) << record.error().what;
      again = encode_metadata_record(*record, vector.version);
      name = std::visit([](const auto& one) { return one.kName; }, *record);
    }
    EXPECT_EQ(name, vector.recoder->name);
    ASSERT_TRUE(again) << again.error().what;
    EXPECT_EQ(as_text(again->bytes()), as_text(value));
  }
}

TEST(MetadataRecords, OfUnknownTypesFramesAndVersionsAreNamed) {
  const auto error_of = [](std::initializer_list<int> value) {
    const Result<MetadataRecord> record = decode_metadata_record(bytes_of(value));
    return record ? Error{Errc::not_found, "none"} : record.error();
  };
  EXPECT_EQ(error_of({1, 99, 0}).what, "there is no metadata record of type 99");
  EXPECT_EQ(error_of({2, 2, 0}).what, "a metadata record's frame has version 2, not 1");
  EXPECT_EQ(error_of({1, 2, 5}).what, "TopicRecord version 5: only 0 to 0 are known");
  EXPECT_EQ(error_of({1, 2, 5}).code, Errc::unsupported_version);
  EXPECT_EQ(error_of({}).code, Errc::corrupt);
  EXPECT_EQ(error_of({1, 0xff, 0xff, 0xff, 0xff, 0x0f, 0}).code, Errc::corrupt);
}

TEST(CoordinatorRecords, KeepKeyAndValueTogether) {
  const OffsetCommitKey key{.group = "readers", .topic = "orders", .partition = PartitionIndex{4}};
  const OffsetCommitValue value{.offset = Offset{17}, .leader_epoch = LeaderEpoch{2}, .metadata = "m"};
  const Result<Buffer> key_bytes = encode_key(key);
  const Result<Buffer> value_bytes = encode_versioned(value, 3);
  ASSERT_TRUE(key_bytes && value_bytes);

  const Result<GroupRecord> record = decode_group_record(key_bytes->bytes(), value_bytes->bytes());
  ASSERT_TRUE(record) << record.error().what;
  const auto* const commit = std::get_if<OffsetCommitRecord>(&*record);
  ASSERT_NE(commit, nullptr);
  EXPECT_EQ(commit->key.group, "readers");
  EXPECT_EQ(commit->key.partition, PartitionIndex{4});
  ASSERT_TRUE(commit->value);
  EXPECT_EQ(commit->value->offset, Offset{17});
  EXPECT_EQ(commit->value->leader_epoch, LeaderEpoch{2});
}

TEST(CoordinatorRecords, WithoutAValueAreTombstones) {
  const Result<Buffer> key = encode_key(TransactionLogKey{.transactional_id = "tx"});
  ASSERT_TRUE(key);
  const Result<TransactionRecord> record = decode_transaction_record(key->bytes(), std::nullopt);
  ASSERT_TRUE(record) << record.error().what;
  EXPECT_FALSE(std::get<TransactionLogRecord>(*record).value);
}

TEST(CoordinatorRecords, OfUnknownTypesAreNamed) {
  const Result<ShareRecord> record = decode_share_record(bytes_of({0, 9}), std::nullopt);
  ASSERT_FALSE(record);
  EXPECT_EQ(record.error().code, Errc::unsupported_version);
  EXPECT_EQ(record.error().what, "there is no share record of type 9");
}

}  // namespace
}  // namespace sluice::wire
