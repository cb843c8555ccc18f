// Ids and bytes as text, and JSON.
#include <gtest/gtest.h>

#include "wire/api/fetch.h"
#include "wire/api/metadata.h"
#include "wire/base64.h"
#include "wire/coordinator/consumer_group_member_metadata.h"
#include "wire/coordinator/share_update.h"
#include "wire/reader.h"
#include "wire/hex.h"
#include "wire/json.h"
#include "wire/json_text.h"
#include "wire/uuid.h"

namespace sluice::wire {
namespace {

TEST(Uuid, HasKafkasText) {
  EXPECT_EQ(Uuid{}.text(), "AAAAAAAAAAAAAAAAAAAAAA");
  const Result<Uuid> id = Uuid::parse("8PvIqXt4iNRKk_yYytz52w");
  ASSERT_TRUE(id);
  EXPECT_EQ(encode_hex(id->bytes), "f0fbc8a97b7888d44a93fc98cadcf9db");
  EXPECT_EQ(id->text(), "8PvIqXt4iNRKk_yYytz52w");
}

TEST(Uuid, RefusesOtherText) {
  for (const char* text :
       {"", "AAAA", "8PvIqXt4iNRKk/yYytz52w", "8PvIqXt4iNRKk_yYytz52wAA", "8PvIqXt4iNRKk_yYytz52"})
    EXPECT_FALSE(Uuid::parse(text)) << text;
}

// RFC 4648, section 10.
TEST(Base64, AgreesWithTheStandardsVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, encoded] : vectors) {
    EXPECT_EQ(encode_base64(as_bytes(plain), Base64::standard), encoded);
    const auto decoded = decode_base64(encoded, Base64::standard);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(as_text(*decoded), plain);
  }
  EXPECT_FALSE(decode_base64("Zm9v*", Base64::standard));
  EXPECT_FALSE(decode_base64("Zm9vY", Base64::standard));
}

TEST(JsonText, EscapesAndReplaces) {
  JsonText text;
  text.begin_array();
  text.string("quote \" backslash \\ line \n bell \x07 umlaut \xc3\xa4");
  text.string("cut \xc3, lone \x80, surrogate \xed\xa0\x80, long \xc0\x80.");
  text.number(std::int64_t{-1});
  text.begin_object();
  text.name("a");
  text.null();
  text.name("b");
  text.boolean(true);
  text.end_object();
  text.end_array();
  EXPECT_EQ(text.take(),
            "[\"quote \\\" backslash \\\\ line \\n bell \\u0007 umlaut \xc3\xa4\","
            "\"cut \xef\xbf\xbd, lone \xef\xbf\xbd, surrogate \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd, "
            "long \xef\xbf\xbd\xef\xbf\xbd.\",-1,{\"a\":null,\"b\":true}]");
}

TEST(JsonText, WritesNumbersAsJavaDoes) {
  const std::pair<double, const char*> cases[] = {
      {0, "0.0"},       {1000, "1000.0"},       {0.5, "0.5"},
      {0.001, "0.001"}, {1e7, "1.0E7"},         {12345678.5, "1.23456785E7"},
      {1e-4, "1.0E-4"}, {-2.5e300, "-2.5E300"}, {9999999.5, "9999999.5"}};
  for (const auto& [value, expected] : cases) {
    JsonText text;
    text.number(value);
    EXPECT_EQ(text.take(), expected);
  }
}

TEST(JsonText, EscapesControlCharactersAsJacksonDoes) {
  JsonText text;
  text.string("\b\f\x1f\x7f");
  EXPECT_EQ(text.take(), "\"\\b\\f\\u001F\x7f\"");
}

// Kafka's own bytes: what a broker wrote for a member of a group of the consumer protocol. The last four say: one tagged
// field, number 0, of one byte, null. Left out it would not be null, but there with its defaults.
TEST(Json, ShowsTaggedStructsThatAreNull) {
  const auto bytes = *decode_hex(
      "000012672d636f6e73756d65722d636c69656e740b2f3132372e302e302e3102076f726465727301000493e00001000100");
  const MessageSchema& schema = *find_schema("ConsumerGroupMemberMetadataValue");
  const std::string json = to_json(schema, bytes, 0).value();
  EXPECT_TRUE(json.ends_with(R"("serverAssignor":null,"classicMemberMetadata":null})")) << json;
  EXPECT_EQ(encode_hex(from_json(schema, json, 0)->bytes()), encode_hex(bytes));

  Reader in(bytes);
  const auto member = ConsumerGroupMemberMetadataValue::decode(in, 0);
  ASSERT_TRUE(member);
  EXPECT_FALSE(member->classic_member_metadata);
  EXPECT_EQ(encode_hex(encode(*member, 0)->bytes()), encode_hex(bytes));
  EXPECT_TRUE(ConsumerGroupMemberMetadataValue{}.classic_member_metadata);
}

// On the wire tagged fields come last.
TEST(Json, ShowsTaggedFieldsAtTheirPlaceInTheTable) {
  ShareUpdateValue update;
  update.delivery_complete_count = 7;
  update.state_batches.push_back({.first_offset = {3}});
  const std::string json = to_json(update, 0).value();
  EXPECT_LT(json.find("\"startOffset\":"), json.find("\"deliveryCompleteCount\":7,\"stateBatches\":[{"));
  EXPECT_NE(json.find("\"deliveryCompleteCount\":7,\"stateBatches\":[{"), std::string::npos) << json;
}

TEST(Json, ShowsAMessageByKafkasNames) {
  MetadataRequest request{.topics = std::vector<MetadataRequest::MetadataRequestTopic>{{.name = "orders"}}};
  EXPECT_EQ(to_json(request, 4).value(), R"({"topics":[{"name":"orders"}],"allowAutoTopicCreation":true})");
  request.topics.reset();
  EXPECT_EQ(to_json(request, 1).value(), R"({"topics":null})");
}

std::string error_of(std::string_view message, std::string_view json, std::int16_t version) {
  const Result<Buffer> bytes = from_json(*find_schema(message), json, version);
  return bytes ? "none" : bytes.error().what;
}

TEST(Json, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(error_of("MetadataRequest", "{", 4), "this is not JSON: incomplete JSON");
  EXPECT_EQ(error_of("MetadataRequest", "{}", 0), "MetadataRequest version 0: topics: is missing");
  EXPECT_EQ(error_of("MetadataRequest", R"({"topics":null})", 0),
            "MetadataRequest version 0: topics: is not an array");
  EXPECT_EQ(error_of("MetadataRequest", R"({"topics":[{"name":"a"},{"name":5}]})", 0),
            "MetadataRequest version 0: topics[1].name: is not a string");
  EXPECT_EQ(error_of("MetadataRequest", R"({"topics":[],"topic":1})", 0),
            "MetadataRequest version 0: MetadataRequest has no field topic");
  EXPECT_EQ(error_of("MetadataRequest", R"({"topics":[],"allowAutoTopicCreation":false})", 0),
            "MetadataRequest version 0: allowAutoTopicCreation is set, but this version lacks it");
  EXPECT_EQ(error_of("MetadataRequest", R"({"topics":[],"allowAutoTopicCreation":true})", 0), "none");
  EXPECT_EQ(error_of("MetadataRequest", "{}", 99), "MetadataRequest has versions 0 to 13, not 99");
  EXPECT_EQ(error_of("ResponseHeader", R"({"correlationId":2147483648})", 0),
            "ResponseHeader version 0: correlationId: is not a whole number within its range");
}

}  // namespace
}  // namespace sluice::wire
