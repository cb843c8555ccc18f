// record/compression.h: the payloads of batches, compressed and decompressed in stretches of bounded size.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "base/buffer.h"
#include "base/bytes.h"
#include "base/result.h"
#include "record/attributes.h"

namespace sluice {

namespace detail {
class Decoder;
class Encoder;
}  // namespace detail

/// How to compress. Levels are Kafka's: gzip 1 to 9 or -1 (zlib's own choice), lz4 1 to 17 where 9 means the fast
/// compressor, zstd -131072 to 22; the others have none. Without a level Kafka's default holds.
struct Compression {
  Codec codec = Codec::none;
  std::optional<int> level = std::nullopt;
};

/// Whether `compression` names a level that its codec has. Errors: invalid_argument.
Result<void> check_level(Compression compression);

/// What decompressing may cost, since a few bytes can claim to be gigabytes.
struct DecompressionLimits {
  std::size_t size_max = std::size_t{100} << 20;
  /// Output per byte of input; it holds beyond `ratio_free`, since short payloads of one repeated byte exceed any.
  std::size_t ratio_max = 1000;
  std::size_t ratio_free = std::size_t{1} << 20;
  int zstd_window_log_max = 23;

  /// For batches that were allowed `message_bytes_max` (max.message.bytes) when compressed.
  static DecompressionLimits for_message_bytes_max(std::size_t message_bytes_max);
};

/// Decompresses one payload at a time and keeps what can be used again for the next: a shard needs only one.
class Decompressor {
 public:
  /// The stretches in which users of a Decompressor read.
  static constexpr std::size_t kWindowSize = std::size_t{64} << 10;

  explicit Decompressor(DecompressionLimits limits = {});
  Decompressor(Decompressor&&) noexcept;
  Decompressor& operator=(Decompressor&&) noexcept;
  ~Decompressor();

  /// Begins with `payload`, which must stay until it is read or another one is begun. `magic` is that of the
  /// batch: at 0, lz4 frames carry a header checksum that Kafka's first clients computed wrongly; it is not looked
  /// at.
  void start(Codec codec, Bytes payload, std::int8_t magic = 2);

  /// Puts the next bytes at the front of `into`, and returns how many; 0 only where the payload ends.
  /// Errors: corrupt, too_large (a limit).
  Result<std::size_t> read(MutableBytes into);

  /// From the next payload on; zstd_window_log_max stays as it was.
  void set_limits(DecompressionLimits limits) { limits_ = limits; }
  const DecompressionLimits& limits() const { return limits_; }

  /// Room for the reader in hand, kept between payloads: at least kWindowSize bytes.
  Buffer& window();

 private:
  DecompressionLimits limits_;
  std::unique_ptr<detail::Decoder> decoders_[5];
  detail::Decoder* current_ = nullptr;
  std::size_t produced_ = 0;
  std::size_t allowed_ = 0;
  Buffer window_;
};

/// Compresses one payload, given in parts, to the end of a buffer.
class Compressor {
 public:
  /// `out` must outlive the compressor, and nobody else may write to it. `magic` as with Decompressor::start: at
  /// 0, lz4 frames get the wrong header checksum that clients of that age expect.
  Compressor(Compression compression, Buffer& out, std::int8_t magic = 2);
  Compressor(Compressor&&) noexcept;
  ~Compressor();

  void add(Bytes part);
  /// Writes what is left. Nothing is added after that.
  void finish();

 private:
  std::unique_ptr<detail::Encoder> encoder_;
};

}  // namespace sluice
