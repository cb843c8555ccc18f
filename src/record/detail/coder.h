// record/detail/coder.h: what each codec does, behind Decompressor and Compressor.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "record/compression.h"

namespace sluice::detail {

class Decoder {
 public:
  virtual ~Decoder() = default;
  /// Forgets what was before. No more than `allowed` bytes will be asked for.
  virtual void start(Bytes payload, std::int8_t magic, std::size_t allowed) = 0;
  /// As Decompressor::read, but for its limits. `into` is not empty.
  virtual Result<std::size_t> read(MutableBytes into) = 0;
};

/// Writes to the buffer that it was made with.
class Encoder {
 public:
  virtual ~Encoder() = default;
  virtual void add(Bytes part) = 0;
  virtual void finish() = 0;
};

std::unique_ptr<Decoder> make_gzip_decoder();
std::unique_ptr<Decoder> make_snappy_decoder();
std::unique_ptr<Decoder> make_lz4_decoder();
std::unique_ptr<Decoder> make_zstd_decoder(int window_log_max);

std::unique_ptr<Encoder> make_gzip_encoder(std::optional<int> level, Buffer& out);
std::unique_ptr<Encoder> make_snappy_encoder(Buffer& out);
std::unique_ptr<Encoder> make_lz4_encoder(std::optional<int> level, Buffer& out, std::int8_t magic);
std::unique_ptr<Encoder> make_zstd_encoder(std::optional<int> level, Buffer& out);

}  // namespace sluice::detail
