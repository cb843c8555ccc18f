// server/reply.h: answers as they leave, and how a response becomes one.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/buffer.h"
#include "base/disk.h"
#include "wire/frame.h"

namespace sluice {

/// A range of a file that is sent as it is.
struct FileRange {
  std::shared_ptr<File> file;
  std::uint64_t position = 0;
  std::size_t size = 0;
};

/// Where records that a response leaves out come from: a file, or memory that was made for them.
using RecordsSource = std::variant<Buffer, FileRange>;

/// An answer as it leaves: its frame, and what belongs into the frame's gaps.
struct Reply {
  wire::Frame frame;                   ///< Empty: the request wants no answer.
  std::vector<RecordsSource> sources;  ///< Of the frame's externals, by their tokens.
  bool close = false;                  ///< Nothing more is to be said to this peer.
};

/// Encodes `response` with its header. The tokens of its external records are indexes of `sources`.
/// Errors: invalid_argument, too_large: the response has what its version cannot carry, which is a handler's bug.
Result<Reply> make_reply(wire::ApiMessage response, std::int16_t version, std::int32_t correlation_id,
                         std::vector<RecordsSource> sources = {});

}  // namespace sluice
