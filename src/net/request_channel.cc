#include "net/request_channel.h"

#include <algorithm>
#include <utility>

namespace sluice {
namespace {

constexpr std::size_t kSizeBytes = 4;
constexpr std::size_t kCorrelationIdAt = kSizeBytes + 4;  // Behind API key and version.
constexpr std::size_t kHeaderMin = kCorrelationIdAt + 4;

std::size_t size_of(const OutgoingRequest& request) {
  std::size_t size = request.written.size();
  for (const OutgoingRequest::Insert& insert : request.inserts) size += insert.bytes.size();
  return size;
}

/// What is written, in order. Views `request`.
std::vector<Bytes> parts_of(const OutgoingRequest& request) {
  std::vector<Bytes> parts;
  const Bytes written = request.written.bytes();
  std::size_t position = 0;
  for (const OutgoingRequest::Insert& insert : request.inserts) {
    if (insert.position > position) parts.push_back(written.subspan(position, insert.position - position));
    if (!insert.bytes.empty()) parts.push_back(insert.bytes);
    position = insert.position;
  }
  if (position < written.size()) parts.push_back(written.subspan(position));
  return parts;
}

}  // namespace

struct RequestChannel::Call {
  Call(Loop& loop, OutgoingRequest outgoing, bool answered)
      : request(std::move(outgoing)), wants_response(answered), done(loop) {}

  void finish(Result<Frame> with) {
    if (result) return;
    result = std::move(with);
    done.notify_all();
  }

  OutgoingRequest request;
  bool wants_response;
  bool abandoned = false;  // Nobody waits any more.
  std::int32_t correlation_id = 0;
  std::optional<Result<Frame>> result;
  Event done;
};

RequestChannel::RequestChannel(Loop& loop, std::unique_ptr<Connection> connection, RequestChannelLimits limits,
                               ReadScratch& scratch, MemoryBudget& budget)
    : connection_(std::move(connection)),
      limits_(limits),
      reader_(*connection_, scratch, budget),
      tasks_(loop),
      work_(loop) {
  tasks_.start(read_responses());
  tasks_.start(write_requests());
}

RequestChannel::~RequestChannel() { SLUICE_ASSERT(tasks_.size() == 0); }

Task<Result<Frame>> RequestChannel::call(OutgoingRequest request, SteadyTime deadline) {
  return wait_for(std::make_shared<Call>(tasks_.loop(), std::move(request), true), deadline);
}

Task<Result<void>> RequestChannel::send(OutgoingRequest request, SteadyTime deadline) {
  Result<Frame> written =
      co_await wait_for(std::make_shared<Call>(tasks_.loop(), std::move(request), false), deadline);
  if (!written) co_return fail(std::move(written.error()));
  co_return Result<void>{};
}

Task<Result<Frame>> RequestChannel::wait_for(std::shared_ptr<Call> call, SteadyTime deadline) {
  SLUICE_ASSERT(call->request.written.size() >= kHeaderMin);
  if (ended_) co_return fail(*ended_);
  queued_.push_back(call);
  work_.notify_all();
  if (!call->result) co_await call->done.wait_until(deadline);
  // The channel may have gone by now if it has ended; then the call has its result.
  if (call->result) co_return std::move(*call->result);
  call->abandoned = true;
  std::erase(queued_, call);
  co_return fail(Errc::timed_out, "{} did not answer in time", to_string(connection_->peer()));
}

Task<void> RequestChannel::write_requests() {
  while (!ended_) {
    if (!may_write()) {
      co_await work_.wait();
      continue;
    }
    const std::shared_ptr<Call> call = std::move(queued_.front());
    queued_.pop_front();
    // Before it is written, since the answer may be there before the write has returned.
    if (call->wants_response) in_flight_.push_back(call);
    const Result<void> written = co_await write(*call);
    if (!written) {
      end(written.error());
      call->finish(fail(written.error()));
    } else if (!call->wants_response) {
      call->finish(Frame{});
    }
  }
}

Task<Result<void>> RequestChannel::write(Call& call) {
  call.correlation_id = next_correlation_id_;
  next_correlation_id_ =
      static_cast<std::int32_t>((static_cast<std::uint32_t>(next_correlation_id_) + 1) & 0x7FFFFFFFU);
  const std::size_t size = size_of(call.request) - kSizeBytes;
  if (!std::in_range<std::int32_t>(size)) co_return fail(Errc::too_large, "a request of {} bytes", size);
  store(call.request.written.bytes(), 0, static_cast<std::int32_t>(size));
  store(call.request.written.bytes(), kCorrelationIdAt, call.correlation_id);
  const std::vector<Bytes> parts = parts_of(call.request);
  co_return co_await connection_->write(parts, More::no);
}

Task<void> RequestChannel::read_responses() {
  while (!ended_) {
    Result<Frame> frame = co_await reader_.next(limits_.response_bytes_max);
    if (!frame) {
      end(std::move(frame.error()));
      co_return;
    }
    if (in_flight_.empty() || frame->bytes.size() < sizeof(std::int32_t) ||
        load<std::int32_t>(frame->bytes.bytes(), 0) != in_flight_.front()->correlation_id) {
      end(Error{Errc::corrupt, fmt::format("{} sent a response that belongs to no request", to_string(peer()))});
      co_return;
    }
    const std::shared_ptr<Call> call = std::move(in_flight_.front());
    in_flight_.pop_front();
    if (!call->abandoned) call->finish(std::move(*frame));
    work_.notify_all();
  }
}

void RequestChannel::end(Error why) {
  if (ended_) return;
  ended_ = std::move(why);
  connection_->close();
  for (const std::shared_ptr<Call>& call : in_flight_) call->finish(fail(*ended_));
  for (const std::shared_ptr<Call>& call : queued_) call->finish(fail(*ended_));
  in_flight_.clear();
  queued_.clear();
  work_.notify_all();
  if (on_end_) std::exchange(on_end_, nullptr)();
}

Task<void> RequestChannel::close() {
  end(Error{Errc::closed, fmt::format("the connection to {} is closed", to_string(peer()))});
  co_await tasks_.close();
}

}  // namespace sluice
