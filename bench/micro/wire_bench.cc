// Decoding requests and encoding answers, in the versions that clients use: 7 and 9 of Produce and 11 of Fetch are
// those of librdkafka, the latest those of Kafka's own clients.
#include <benchmark/benchmark.h>

#include "batches.h"
#include "wire/api/fetch.h"
#include "wire/api/produce.h"
#include "wire/frame.h"

namespace sluice::micro {
namespace {

using wire::FetchRequest;
using wire::FetchResponse;
using wire::ProduceRequest;
using wire::ProduceResponse;

template <class Message>
void decode(benchmark::State& state, const Message& message) {
  const auto version = static_cast<std::int16_t>(state.range(0));
  const Result<Buffer> bytes = wire::encode(message, version);
  if (!bytes) return state.SkipWithError(bytes.error().what.c_str());
  for (auto _ : state) {
    auto decoded = wire::decode<Message>(bytes->bytes(), version);
    benchmark::DoNotOptimize(decoded);
  }
}

template <class Message>
void encode(benchmark::State& state, const Message& message) {
  const auto version = static_cast<std::int16_t>(state.range(0));
  for (auto _ : state) {
    auto frame = wire::encode_response(message, version, 1);
    if (!frame) return state.SkipWithError(frame.error().what.c_str());
    benchmark::DoNotOptimize(frame);
  }
}

void produce_request_decode(benchmark::State& state) {
  const Buffer batch = make_batch(15, 1024);
  ProduceRequest::TopicProduceData topic{.name = state.range(0) < 13 ? "orders" : ""};
  for (int i = 0; i < state.range(1); ++i)
    topic.partition_data.push_back({.index = {i}, .records = wire::Records(batch.bytes())});
  ProduceRequest request{.acks = 1, .timeout_ms = 30'000};
  request.topic_data.push_back(std::move(topic));
  decode(state, request);
}
BENCHMARK(produce_request_decode)->ArgsProduct({{7, 9, 13}, {1, 16}});

void produce_response_encode(benchmark::State& state) {
  ProduceResponse::TopicProduceResponse topic{.name = state.range(0) < 13 ? "orders" : ""};
  for (int i = 0; i < state.range(1); ++i)
    topic.partition_responses.push_back({.index = {i}, .base_offset = {1000}});
  ProduceResponse response;
  response.responses.push_back(std::move(topic));
  encode(state, response);
}
BENCHMARK(produce_response_encode)->ArgsProduct({{7, 9, 13}, {1, 16}});

void fetch_request_decode(benchmark::State& state) {
  FetchRequest::FetchTopic topic{.topic = state.range(0) < 13 ? "orders" : ""};
  for (int i = 0; i < state.range(1); ++i)
    topic.partitions.push_back({.partition = {i}, .fetch_offset = {1000}, .partition_max_bytes = 1 << 20});
  FetchRequest request{.max_wait_ms = 500, .min_bytes = 1};
  request.topics.push_back(std::move(topic));
  decode(state, request);
}
BENCHMARK(fetch_request_decode)->ArgsProduct({{11, 17}, {1, 16}});

void fetch_response_encode(benchmark::State& state) {
  FetchResponse::FetchableTopicResponse topic{.topic = state.range(0) < 13 ? "orders" : ""};
  for (int i = 0; i < state.range(1); ++i)
    topic.partitions.push_back(
        {.partition_index = {i}, .high_watermark = {1000}, .records = wire::Records::external(1 << 20, 0)});
  FetchResponse response;
  response.responses.push_back(std::move(topic));
  encode(state, response);
}
BENCHMARK(fetch_response_encode)->ArgsProduct({{11, 17}, {1, 16}});

}  // namespace
}  // namespace sluice::micro
