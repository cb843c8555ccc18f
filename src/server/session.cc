#include "server/session.h"

#include "base/logging.h"
#include "base/next_round.h"
#include "server/wrong_door.h"

namespace sluice {

Session::Session(std::unique_ptr<Connection> connection, std::string listener, SessionLimits limits,
                 ReadScratch& scratch, MemoryBudget& budget, Serve serve)
    : connection_(std::move(connection)),
      reader_(*connection_, scratch, budget),
      limits_(limits),
      serve_(std::move(serve)),
      peer_{.address = connection_->peer(),
            .listener = std::move(listener),
            .software_name = {},
            .software_version = {}},
      tasks_(Loop::current()),
      room_(Loop::current()),
      last_active_(Loop::current().now()) {}

Task<void> Session::run() {
  co_await read_requests();
  // What was asked before the peer stopped sending is still answered: it may have closed only its own direction.
  co_await tasks_.close();
  connection_->close();
}

Task<void> Session::read_requests() {
  while (true) {
    while (waiting_.size() >= limits_.requests_in_flight_max) co_await room_.wait();
    Result<Frame> frame = co_await reader_.next(limits_.frame_bytes_max);
    if (!frame) {
      if (frame.error().code == Errc::too_large || frame.error().code == Errc::corrupt)
        co_await answer_wrong_door();
      else if (frame.error().code != Errc::closed)
        logging::debug("{}", frame.error().what);
      co_return;
    }
    last_active_ = Loop::current().now();
    auto place = std::make_shared<Place>();
    waiting_.push_back(place);
    tasks_.start(serve_one(std::move(place), std::move(*frame)));
  }
}

Task<void> Session::answer_wrong_door() {
  const WrongDoor wrong = recognise(reader_.peek());
  logging::warn("{} sent {}; closing the connection", to_string(peer_.address),
                wrong.what.empty()
                    ? "something that is not a Kafka request, or one beyond socket.request.max.bytes"
                    : wrong.what);
  if (wrong.answer.empty()) co_return;
  const Bytes parts[] = {as_bytes(wrong.answer)};
  const Result<void> written = co_await connection_->write(parts, More::no);
  if (!written) logging::debug("{}", written.error().what);
}

Task<void> Session::serve_one(std::shared_ptr<Place> place, Frame frame) {
  place->reply = co_await serve_(peer_, std::move(frame));
  if (flushing_) co_return;
  flushing_ = true;
  co_await flush();
}

Task<void> Session::flush() {
  // Each packet costs the system more than an answer costs us.
  co_await NextRound{};
  while (true) {
    std::vector<Reply> replies = take_ready();
    if (replies.empty()) break;
    const Result<void> sent = co_await send(replies);
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(replies.size()));
    room_.notify_all();
    last_active_ = Loop::current().now();
    if (!sent || replies.back().close) connection_->close();
  }
  flushing_ = false;
}

/// Nothing is said behind an answer that closes the connection.
std::vector<Reply> Session::take_ready() {
  std::vector<Reply> replies;
  for (const auto& place : waiting_) {
    if (!place->reply || (!replies.empty() && replies.back().close)) break;
    replies.push_back(std::move(*place->reply));
  }
  return replies;
}

Task<Result<void>> Session::send(std::span<Reply> replies) {
  std::vector<Bytes> parts;
  for (Reply& reply : replies) {
    const Bytes frame = reply.frame.bytes.bytes();
    std::size_t position = 0;
    for (const wire::External& external : reply.frame.externals) {
      parts.push_back(frame.subspan(position, external.position - position));
      position = external.position;
      RecordsSource& source = reply.sources.at(external.token);
      if (const auto* buffer = std::get_if<Buffer>(&source)) {
        parts.push_back(buffer->bytes());
        continue;
      }
      Result<void> written = co_await connection_->write(parts, More::yes);
      if (!written) co_return written;
      parts.clear();
      const auto& range = std::get<FileRange>(source);
      const More more = position < frame.size() ? More::yes : More::no;
      Result<void> sent = co_await connection_->send_file(*range.file, range.position, range.size, more);
      if (!sent) co_return sent;
    }
    parts.push_back(frame.subspan(position));
  }
  co_return co_await connection_->write(parts, More::no);
}

}  // namespace sluice
