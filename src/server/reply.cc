#include "server/reply.h"

namespace sluice::detail {

Buffer begin_reply(const wire::EncodedSize& body, std::int32_t correlation_id, bool flexible_header) {
  constexpr std::size_t kSize = 4;
  constexpr std::size_t kCorrelationId = 4;
  const std::size_t header = kCorrelationId + (flexible_header ? 1 : 0);
  Buffer frame;
  frame.reserve(kSize + header + body.written);
  frame.resize(kSize + header);
  store(frame.bytes(), 0, static_cast<std::int32_t>(header + body.total()));
  store(frame.bytes(), kSize, correlation_id);
  if (flexible_header) store(frame.bytes(), kSize + kCorrelationId, std::int8_t{0});
  return frame;
}

Reply interleave(Buffer written, std::span<const wire::External> externals, std::vector<RecordsSource> sources) {
  Reply reply;
  if (externals.empty()) {
    reply.pieces.emplace_back(std::move(written));
    return reply;
  }
  std::size_t position = 0;
  for (const wire::External& external : externals) {
    if (external.position > position)
      reply.pieces.emplace_back(Buffer::copy_of(written.bytes().subspan(position, external.position - position)));
    position = external.position;
    reply.pieces.push_back(std::move(sources.at(external.token)));
  }
  if (position < written.size()) reply.pieces.emplace_back(Buffer::copy_of(written.bytes().subspan(position)));
  return reply;
}

}  // namespace sluice::detail
