// server/reply.h: answers as they leave, and how a response becomes one.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <variant>
#include <vector>

#include "base/buffer.h"
#include "base/disk.h"
#include "wire/api_key.h"
#include "wire/encoded_size.h"
#include "wire/writer.h"

namespace sluice {

/// A range of a file that is sent as it is.
struct FileRange {
  std::shared_ptr<File> file;
  std::uint64_t position = 0;
  std::size_t size = 0;
};

/// Where records that a response leaves out come from: a file, or memory that was made for them.
using RecordsSource = std::variant<Buffer, FileRange>;

/// An answer as it leaves: its size first, then the rest, some of it perhaps straight from files.
struct Reply {
  std::vector<RecordsSource> pieces;  ///< None: the request wants no answer.
  bool close = false;                 ///< Nothing more is to be said to this peer.
};

namespace detail {
/// The frame's head for a body of that size: its size, the correlation id and, if `flexible`, no tagged fields.
Buffer begin_reply(const wire::EncodedSize& body, std::int32_t correlation_id, bool flexible_header);
/// Puts each external's source between the bytes around it. Tokens are indexes of `sources`, each used once.
Reply interleave(Buffer written, std::span<const wire::External> externals, std::vector<RecordsSource> sources);
}  // namespace detail

/// Encodes `response` with its header. The tokens of its external records are indexes of `sources`.
/// Errors: as encoded_size: the response has what its version cannot carry, which is a bug of the handler.
template <class Response>
Result<Reply> make_reply(const Response& response, std::int16_t version, std::int32_t correlation_id,
                         std::vector<RecordsSource> sources = {}) {
  const Result<wire::EncodedSize> size = response.encoded_size(version);
  if (!size) return fail(size.error());
  // An old client must be able to read the answer to a version of ApiVersions that it should not have asked for.
  const bool flexible_header = version >= Response::kFlexibleFrom && Response::kApiKey != wire::ApiKey::api_versions;
  Buffer frame = detail::begin_reply(*size, correlation_id, flexible_header);
  const std::size_t head = frame.size();
  frame.resize(head + size->written);
  std::vector<wire::External> externals;
  wire::Writer out(frame.bytes().subspan(head), &externals);
  response.encode(out, version);
  for (wire::External& external : externals) external.position += head;
  return detail::interleave(std::move(frame), externals, std::move(sources));
}

}  // namespace sluice
