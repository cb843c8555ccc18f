// server/handlers/fetch.cc: Fetch (API key 1). Records leave as ranges of the files they are stored in, unless the
// client is too old for their format.
#include "wire/api/fetch.h"
#include "base/when_all.h"
#include "record/down_convert.h"
#include "server/broker.h"
#include "server/broker_shard.h"
#include "server/fetch_reader.h"
#include "server/handlers/handlers.h"
#include "server/request_context.h"
#include "server/wire_code.h"

namespace sluice::handlers {
namespace {

using wire::FetchRequest;
using wire::FetchResponse;

/// The first version whose clients read magic 2, and magic 1.
constexpr std::int16_t kMagic2From = 4;
constexpr std::int16_t kMagic1From = 2;
constexpr std::int16_t kTopicIdsFrom = 13;

FetchTarget target_of(const FetchRequest::FetchTopic& topic, const FetchRequest::FetchPartition& partition) {
  return {.topic = topic.topic,
          .topic_id = topic.topic_id,
          .partition = partition.partition,
          .current_leader_epoch = partition.current_leader_epoch,
          .fetch_offset = partition.fetch_offset,
          .last_fetched_epoch = partition.last_fetched_epoch,
          .log_start_offset = partition.log_start_offset,
          .bytes_max = partition.partition_max_bytes};
}

std::vector<FetchTarget> targets_of(const FetchRequest& request) {
  std::vector<FetchTarget> targets;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) targets.push_back(target_of(topic, partition));
  return targets;
}

/// Brings the session up to date with what the request says; the targets then are the session's.
std::vector<FetchTarget> update(FetchSession& session, const FetchRequest& request) {
  for (const FetchTarget& target : targets_of(request)) session.put(target);
  for (const auto& topic : request.forgotten_topics_data)
    for (const PartitionIndex partition : topic.partitions) session.forget(topic.topic, topic.topic_id, partition);
  return session.targets();
}

ErrorCode session_error(Errc code) {
  if (code == Errc::not_found) return ErrorCode::fetch_session_id_not_found;
  if (code == Errc::out_of_order) return ErrorCode::invalid_fetch_session_epoch;
  return ErrorCode::fetch_session_topic_id_error;
}

FetchOptions options_of(const RequestContext& context, const FetchRequest& request) {
  const auto positive = [](std::int32_t value) { return static_cast<std::size_t>(std::max(value, 0)); };
  const std::size_t bytes_max =
      std::min(positive(request.max_bytes), std::size_t{context.broker.config().fetch.bytes_max});
  return {.bytes_min = std::min(positive(request.min_bytes), bytes_max),
          .bytes_max = bytes_max,
          .deadline = context.received + std::chrono::milliseconds(std::max(request.max_wait_ms, 0)),
          .isolation = request.isolation_level == 1 ? Isolation::read_committed : Isolation::read_uncommitted,
          .api_version = context.version};
}

/// All whole batches of the slice in the format of an old client.
Task<Result<Buffer>> convert(RequestContext& context, const FetchedTarget& fetched) {
  const Result<Buffer> stored = co_await fetched.read.slice.read();
  if (!stored) co_return fail(stored.error());
  const DownConversion to{.magic = static_cast<std::int8_t>(context.version >= kMagic1From ? 1 : 0),
                          .first_offset = fetched.target.fetch_offset};
  Buffer converted;
  Bytes rest = stored->bytes();
  while (!rest.empty()) {
    const Result<std::size_t> used = down_convert(rest, to, context.shard.log_decompressor(), converted);
    if (!used && (used.error().code == Errc::incomplete || !converted.empty())) break;
    if (!used) co_return fail(used.error());
    rest = rest.subspan(*used);
  }
  co_return converted;
}

/// Turns what was read into the response and the sources of its records.
class ResponseBuilder {
 public:
  ResponseBuilder(RequestContext& context, FetchSession* session, bool is_full)
      : context_(context), session_(session), is_full_(is_full) {
    response.session_id = session == nullptr ? 0 : session->id();
  }

  Task<void> add(FetchedTarget fetched, Isolation isolation) {
    FetchResponse::PartitionData data;
    data.partition_index = fetched.target.partition;
    data.error_code = fetched.error;
    data.high_watermark = fetched.read.high_watermark;
    data.last_stable_offset = fetched.read.last_stable_offset;
    data.log_start_offset = fetched.read.log_start;
    if (fetched.read.diverging)
      data.diverging_epoch = {
          .epoch = fetched.read.diverging->epoch, .end_offset = fetched.read.diverging->end, .unknown_tags = {}};
    if (isolation == Isolation::read_uncommitted)
      data.aborted_transactions.reset();
    else
      for (const AbortedTransaction& aborted : fetched.read.aborted)
        data.aborted_transactions->push_back(
            {.producer_id = aborted.producer_id, .first_offset = aborted.first_offset, .unknown_tags = {}});
    data.records = wire::Records(Bytes{});
    co_await add_records(fetched, data);
    if (is_new(fetched, data)) put(fetched.target, std::move(data));
  }

  FetchResponse response;
  std::vector<RecordsSource> sources;

 private:
  Task<void> add_records(const FetchedTarget& fetched, FetchResponse::PartitionData& data) {
    const LogSlice& slice = fetched.read.slice;
    if (slice.empty() || fetched.error != ErrorCode::none) co_return;
    if (context_.version >= kMagic2From) {
      add_source(data, FileRange{.file = slice.file, .position = slice.position, .size = slice.size}, slice.size);
      co_return;
    }
    Result<Buffer> converted = co_await convert(context_, fetched);
    if (!converted) {
      data.error_code = wire_code(converted.error().code);
      co_return;
    }
    const std::size_t size = converted->size();
    if (size > 0) add_source(data, std::move(*converted), size);
  }

  void add_source(FetchResponse::PartitionData& data, RecordsSource source, std::size_t size) {
    data.records = wire::Records::external(size, sources.size());
    sources.push_back(std::move(source));
  }

  bool is_new(const FetchedTarget& fetched, const FetchResponse::PartitionData& data) {
    if (session_ == nullptr) return true;
    const FetchedState state{.has_records = data.records->size() > 0,
                             .has_error = data.error_code != ErrorCode::none || fetched.read.diverging.has_value(),
                             .high_watermark = data.high_watermark,
                             .log_start_offset = data.log_start_offset};
    return session_->answer(fetched.target, state) || is_full_;
  }

  void put(const FetchTarget& target, FetchResponse::PartitionData data) {
    auto& topics = response.responses;
    if (topics.empty() || topics.back().topic != target.topic || topics.back().topic_id != target.topic_id) {
      auto& topic = topics.emplace_back();
      topic.topic = context_.arena.copy(target.topic);  // The session's text may go before the answer does.
      topic.topic_id = target.topic_id;
    }
    topics.back().partitions.push_back(std::move(data));
  }

  RequestContext& context_;
  FetchSession* session_;
  bool is_full_;
};

}  // namespace

Task<Result<Reply>> fetch(RequestContext& context) {
  wire::Reader in(context.body, wire::kRequestMemory);
  const Result<FetchRequest> request = FetchRequest::decode(in, context.version);
  if (!request) co_return fail(request.error());

  auto choice = context.shard.fetch_sessions().choose(request->session_id, request->session_epoch,
                                                      context.version >= kTopicIdsFrom);
  if (!choice) {
    FetchResponse response;
    response.error_code = session_error(choice.error().code);
    co_return make_reply(response, context.version, context.correlation_id);
  }
  // Shared: the session may be closed by another request while this one waits.
  const std::shared_ptr<FetchSession> session = choice->session;
  const FetchOptions options = options_of(context, *request);
  std::vector<FetchTarget> targets = session ? update(*session, *request) : targets_of(*request);
  for (FetchTarget& target : targets) target.topic = context.arena.copy(target.topic);
  std::vector<FetchedTarget> fetched = co_await read_targets(context, std::move(targets), options);

  ResponseBuilder builder(context, session.get(), choice->is_full);
  for (FetchedTarget& one : fetched) co_await builder.add(std::move(one), options.isolation);
  co_return make_reply(builder.response, context.version, context.correlation_id, std::move(builder.sources));
}

}  // namespace sluice::handlers
