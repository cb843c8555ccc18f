#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "test_vectors.h"
#include "wire/api_table.h"
#include "wire/error_code.h"
#include "wire/schema.h"

namespace sluice::wire {
namespace {

std::string text_of(bool on_broker, bool on_controller) {
  return on_broker && on_controller ? "[BROKER, CONTROLLER]" : on_broker ? "[BROKER]" : "[CONTROLLER]";
}

// Kafka's own list, key by key; APIs that it lists without versions are those that it dropped.
TEST(ApiTable, AgreesWithKafkas) {
  std::size_t live = 0;
  for (const std::vector<std::string>& row : golden_rows("vectors/api_versions.tsv")) {
    SCOPED_TRACE(row[1]);
    const ApiKey key{static_cast<std::int16_t>(std::stoi(row[0]))};
    const VersionRange current{static_cast<std::int16_t>(std::stoi(row[2])),
                               static_cast<std::int16_t>(std::stoi(row[3]))};
    const ApiInfo* const api = find_api(key);
    if (current.empty()) {
      EXPECT_EQ(api, nullptr);
      continue;
    }
    ++live;
    ASSERT_NE(api, nullptr);
    EXPECT_EQ(api->name, row[1]);
    EXPECT_EQ(api->current, current);
    EXPECT_TRUE(api->versions.contains(current.low) && api->versions.contains(current.high));
    EXPECT_EQ(api->latest_version_unstable, row[4] == "true");
    EXPECT_EQ(text_of(api->on_broker, api->on_controller), row[5]);
    EXPECT_EQ(api->request_header_version(current.high), std::stoi(row[6]));
    EXPECT_EQ(api->response_header_version(current.high), std::stoi(row[7]));
    // Kafka counts from the first version that it still speaks.
    EXPECT_EQ(std::max(api->flexible_from, current.low), row[8] == "-1" ? kNeverFlexible : std::stoi(row[8]));
  }
  EXPECT_EQ(live, kApis.size());
}

TEST(ErrorCodes, AgreeWithKafkas) {
  const auto rows = golden_rows("vectors/errors.tsv");
  EXPECT_EQ(error_codes().size(), rows.size());
  for (const std::vector<std::string>& row : rows) {
    const ErrorCode code{static_cast<std::int16_t>(std::stoi(row[0]))};
    EXPECT_EQ(name(code), row[1]);
    EXPECT_EQ(retriable(code), row[2] == "true") << row[1];
    EXPECT_TRUE(message(code).ends_with('.')) << row[1];
  }
}

TEST(ErrorCodes, TakesUnknownNumbersForAnUnknownError) {
  for (const std::int16_t number :
       {std::int16_t{INT16_MIN}, std::int16_t{-2}, std::int16_t{137}, std::int16_t{INT16_MAX}})
    EXPECT_EQ(info(ErrorCode{number}).code, ErrorCode::unknown_server_error) << number;
}

TEST(Schemas, HoldEveryMessageWithAVectorForEachOfItsVersions) {
  std::map<std::pair<std::string_view, std::int16_t>, int> vectors;
  for (const TestVector& vector : golden_vectors()) ++vectors[{vector.recoder->name, vector.version}];

  EXPECT_EQ(recoders().size(), 278u);
  for (const Recoder& recoder : recoders()) {
    const MessageSchema* const schema = find_schema(recoder.name);
    ASSERT_NE(schema, nullptr) << recoder.name;
    EXPECT_EQ(schema->kind, recoder.kind) << recoder.name;
    EXPECT_EQ(schema->versions, recoder.versions) << recoder.name;
    for (std::int16_t version = recoder.versions.low; version <= recoder.versions.high; ++version)
      EXPECT_TRUE(vectors.contains({recoder.name, version})) << recoder.name << ' ' << version;
  }
}

}  // namespace
}  // namespace sluice::wire
