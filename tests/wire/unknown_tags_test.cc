#include "wire/unknown_tags.h"

#include <gtest/gtest.h>

#include "wire/api/api_versions.h"
#include "wire/api/fetch.h"
#include "wire/frame.h"
#include "wire/hex.h"

namespace sluice::wire {
namespace {

std::vector<std::byte> from_hex(std::string_view text) { return decode_hex(text).value(); }

/// An ApiVersions request of version 3 with empty names and `tags` behind them.
std::vector<std::byte> api_versions(std::string_view tags) { return from_hex("0101" + std::string(tags)); }

template <class Message>
std::string recoded(Bytes bytes, std::int16_t version) {
  const Result<Message> message = decode<Message>(bytes, version, {}, Trailing::refused);
  if (!message) return message.error().what;
  const Result<Buffer> again = encode(*message, version);
  return again ? encode_hex(again->bytes()) : again.error().what;
}

TEST(UnknownTags, AreWrittenAgainAsTheyStood) {
  // Two fields: tag 7 with three bytes, tag 300 with none.
  const auto bytes = api_versions("020703aabbccac0200");
  const Result<ApiVersionsRequest> request = decode<ApiVersionsRequest>(bytes, 3, {}, Trailing::refused);
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->unknown_tags.count(), 2u);
  EXPECT_EQ(recoded<ApiVersionsRequest>(bytes, 3), encode_hex(bytes));
}

TEST(UnknownTags, FollowTheKnownOnes) {
  // FetchRequest version 12 knows tag 0, the cluster id: "c" here; tag 9 is unknown.
  FetchRequest request{.cluster_id = "c"};
  const auto tag = from_hex("090155");
  request.unknown_tags = UnknownTags(1, tag);
  const Result<Buffer> bytes = encode(request, 12);
  ASSERT_TRUE(bytes);
  EXPECT_TRUE(encode_hex(bytes->bytes())
                  .ends_with("02"
                             "00020263"
                             "090155"));
  EXPECT_EQ(recoded<FetchRequest>(bytes->bytes(), 12), encode_hex(bytes->bytes()));
}

// A tag that another version of the struct knows is dropped: kept, it could clash with the field itself.
TEST(UnknownTags, OfALaterVersionAreSkipped) {
  FetchRequest request;
  const Result<Buffer> plain = encode(request, 12);
  ASSERT_TRUE(plain);
  // Tag 1, the replica state of version 15.
  const std::string with_tag = encode_hex(plain->bytes().first(plain->size() - 1)) + "01010100";
  EXPECT_EQ(recoded<FetchRequest>(from_hex(with_tag), 12), encode_hex(plain->bytes()));
}

TEST(UnknownTags, AreKeptUpToTheLimitOnly) {
  std::string tags = "28";  // 40 of them
  for (unsigned tag = 0; tag < 40; ++tag) tags += fmt::format("{:02x}00", tag);
  const auto bytes = api_versions(tags);
  const Result<ApiVersionsRequest> request = decode<ApiVersionsRequest>(bytes, 3, {}, Trailing::refused);
  ASSERT_TRUE(request) << request.error().what;
  EXPECT_EQ(request->unknown_tags.count(), UnknownTags::kCountMax);
  EXPECT_EQ(recoded<ApiVersionsRequest>(bytes, 3), "010120" + tags.substr(2, 4 * UnknownTags::kCountMax));
}

TEST(UnknownTags, ThatClaimTooMuchAreRefused) {
  EXPECT_EQ(recoded<ApiVersionsRequest>(api_versions("ffffffff0f"), 3),
            "ApiVersionsRequest version 3: claims 4294967295 tagged fields");
  EXPECT_EQ(recoded<ApiVersionsRequest>(api_versions("010705aabb"), 3),
            "ApiVersionsRequest version 3: a tagged field: takes 5 bytes, but 2 are left");
}

TEST(UnknownTags, KnownOnesMustTakeTheirWholeSize) {
  // Tag 0, the cluster id "c", in a field one byte longer.
  FetchRequest request{.cluster_id = "c"};
  const Result<Buffer> bytes = encode(request, 12);
  ASSERT_TRUE(bytes);
  const std::string text = encode_hex(bytes->bytes());
  const std::string longer = text.substr(0, text.size() - 6) + "03026300";
  EXPECT_EQ(recoded<FetchRequest>(from_hex(longer), 12),
            "FetchRequest version 12: tagged field 0 leaves 1 bytes over");
}

}  // namespace
}  // namespace sluice::wire
