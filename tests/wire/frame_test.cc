#include "wire/frame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/api/api_versions.h"
#include "wire/api/fetch.h"

namespace sluice::wire {
namespace {

Bytes without_length(const Frame& frame) { return frame.bytes.bytes().subspan(4); }

FetchRequest fetch_from(std::string_view topic, Offset offset) {
  FetchRequest request{.max_wait_ms = 500, .min_bytes = 1};
  request.topics.push_back(
      {.topic = topic, .partitions = {{.partition = PartitionIndex{3}, .fetch_offset = offset}}});
  return request;
}

// What a client sends is what the broker reads: header, body and nothing left over.
TEST(Frame, CarriesARequestWithItsHeader) {
  const Result<Frame> frame = encode_request(fetch_from("orders", Offset{42}), 12, 7, "tester");
  ASSERT_TRUE(frame) << frame.error().what;
  EXPECT_EQ(load<std::int32_t>(frame->bytes.bytes(), 0), static_cast<std::int32_t>(frame->size() - 4));

  const Result<OpenedRequest> opened = open_request(without_length(*frame));
  ASSERT_TRUE(opened) << opened.error().what;
  EXPECT_EQ(opened->header.request_api_key, ApiKey::fetch);
  EXPECT_EQ(opened->header.request_api_version, 12);
  EXPECT_EQ(opened->header.correlation_id, 7);
  EXPECT_EQ(opened->header.client_id, "tester");

  const Result<FetchRequest> request =
      decode<FetchRequest>(opened->body, opened->header.request_api_version, kRequestMemory, Trailing::refused);
  ASSERT_TRUE(request) << request.error().what;
  ASSERT_EQ(request->topics.size(), 1u);
  EXPECT_EQ(request->topics[0].topic, "orders");
  ASSERT_EQ(request->topics[0].partitions.size(), 1u);
  EXPECT_EQ(request->topics[0].partitions[0].fetch_offset, Offset{42});
  EXPECT_EQ(request->topics[0].partitions[0].current_leader_epoch, LeaderEpoch{-1});
}

// A client that asked for a version of ApiVersions that the broker lacks has to be able to read the answer.
TEST(Frame, AnswersApiVersionsAlwaysWithHeaderZero) {
  const ApiVersionsResponse response{.error_code = ErrorCode::unsupported_version};
  const Result<Frame> frame = encode_response(response, 3, 9);
  ASSERT_TRUE(frame) << frame.error().what;
  // Length, correlation id, and at once the error code: no tagged fields between.
  EXPECT_EQ(load<std::int32_t>(frame->bytes.bytes(), 4), 9);
  EXPECT_EQ(load<std::int16_t>(frame->bytes.bytes(), 8), 35);
}

// The server sends records from the file: the frame says where they go, and the lengths in it count them.
TEST(Frame, LeavesOutExternalRecordsAndSaysWhereTheyBelong) {
  FetchResponse response;
  response.responses.push_back(
      {.topic = "orders",
       .partitions = {{.partition_index = PartitionIndex{0}, .records = Records::external(5, 77)},
                      {.partition_index = PartitionIndex{1}, .records = Records::external(3, 78)}}});
  FetchResponse in_memory = response;
  in_memory.responses[0].partitions[0].records = Records(as_bytes("first"));
  in_memory.responses[0].partitions[1].records = Records(as_bytes("2nd"));

  for (std::int16_t version = 0; version <= 12; ++version) {
    SCOPED_TRACE(version);
    const Result<Frame> frame = encode_response(response, version, 1);
    const Result<Frame> whole = encode_response(in_memory, version, 1);
    ASSERT_TRUE(frame) << frame.error().what;
    ASSERT_TRUE(whole) << whole.error().what;
    EXPECT_EQ(frame->size(), whole->size());

    std::string sent;
    std::size_t at = 0;
    for (const External& external : frame->externals) {
      sent += as_text(frame->bytes.bytes().subspan(at, external.position - at));
      sent += external.token == 77 ? "first" : "2nd";
      at = external.position;
    }
    sent += as_text(frame->bytes.bytes().subspan(at));
    EXPECT_EQ(sent, as_text(whole->bytes.bytes()));
  }
}

TEST(Frame, RefusesAFieldThatTheVersionLacksAndSaysWhich) {
  FetchRequest request = fetch_from("orders", Offset{0});
  request.replica_state.replica_id = NodeId{3};
  const Result<Frame> frame = encode_request(request, 12, 1, std::nullopt);
  ASSERT_FALSE(frame);
  EXPECT_EQ(frame.error().code, Errc::invalid_argument);
  EXPECT_EQ(frame.error().what, "FetchRequest version 12: ReplicaState: is set, but this version lacks it");
}

TEST(Frame, SaysWhereARequestIsBroken) {
  Result<Buffer> body = encode(fetch_from("orders", Offset{42}), 12);
  ASSERT_TRUE(body);
  const std::size_t topic_length = as_text(body->bytes()).find("orders") - 1;
  body->bytes()[topic_length] = std::byte{100 + 1};

  const Result<FetchRequest> request = decode<FetchRequest>(body->bytes(), 12);
  ASSERT_FALSE(request);
  EXPECT_EQ(request.error().code, Errc::corrupt);
  EXPECT_THAT(request.error().what,
              testing::StartsWith("FetchRequest version 12: Topics[0].Topic: takes 100 bytes"));
}

}  // namespace
}  // namespace sluice::wire
