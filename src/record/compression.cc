#include "record/compression.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "record/detail/coder.h"

namespace sluice {
namespace {

// The bytes as they are, so that users need not tell `none` apart.
class PlainDecoder final : public detail::Decoder {
 public:
  void start(Bytes payload, std::int8_t, std::size_t) override { rest_ = payload; }
  Result<std::size_t> read(MutableBytes into) override {
    const std::size_t size = std::min(into.size(), rest_.size());
    std::ranges::copy(rest_.first(size), into.begin());
    rest_ = rest_.subspan(size);
    return size;
  }

 private:
  Bytes rest_;
};

class PlainEncoder final : public detail::Encoder {
 public:
  explicit PlainEncoder(Buffer& out) : out_(&out) {}
  void add(Bytes part) override { out_->append(part); }
  void finish() override {}

 private:
  Buffer* out_;
};

std::unique_ptr<detail::Decoder> make_decoder(Codec codec, const DecompressionLimits& limits) {
  switch (codec) {
    case Codec::none: return std::make_unique<PlainDecoder>();
    case Codec::gzip: return detail::make_gzip_decoder();
    case Codec::snappy: return detail::make_snappy_decoder();
    case Codec::lz4: return detail::make_lz4_decoder();
    case Codec::zstd: return detail::make_zstd_decoder(limits.zstd_window_log_max);
  }
  SLUICE_ASSERT(false);
  return nullptr;
}

std::unique_ptr<detail::Encoder> make_encoder(Compression compression, Buffer& out, std::int8_t magic) {
  switch (compression.codec) {
    case Codec::none: return std::make_unique<PlainEncoder>(out);
    case Codec::gzip: return detail::make_gzip_encoder(compression.level, out);
    case Codec::snappy: return detail::make_snappy_encoder(out);
    case Codec::lz4: return detail::make_lz4_encoder(compression.level, out, magic);
    case Codec::zstd: return detail::make_zstd_encoder(compression.level, out);
  }
  SLUICE_ASSERT(false);
  return nullptr;
}

bool has_level(Codec codec, int level) {
  switch (codec) {
    case Codec::none:
    case Codec::snappy: return false;
    case Codec::gzip: return level == -1 || (level >= 1 && level <= 9);
    case Codec::lz4: return level >= 1 && level <= 17;
    case Codec::zstd: return level >= -131072 && level <= 22;
  }
  return false;
}

}  // namespace

Result<void> check_level(Compression compression) {
  if (!compression.level || has_level(compression.codec, *compression.level)) return {};
  return fail(Errc::invalid_argument, "{} has no compression level {}", name(compression.codec),
              *compression.level);
}

DecompressionLimits DecompressionLimits::for_message_bytes_max(std::size_t message_bytes_max) {
  DecompressionLimits limits;
  const std::size_t ten_times = message_bytes_max > std::numeric_limits<std::size_t>::max() / 10
                                    ? message_bytes_max
                                    : 10 * message_bytes_max;
  limits.size_max = std::max(limits.size_max, ten_times);
  return limits;
}

DecompressionLimits DecompressionLimits::for_own_log() {
  constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
  return {.size_max = std::size_t{1} << 31, .ratio_max = kNone, .ratio_free = kNone, .zstd_window_log_max = 27};
}

Decompressor::Decompressor(DecompressionLimits limits) : limits_(limits) {}
Decompressor::Decompressor(Decompressor&&) noexcept = default;
Decompressor& Decompressor::operator=(Decompressor&&) noexcept = default;
Decompressor::~Decompressor() = default;

void Decompressor::start(Codec codec, Bytes payload, std::int8_t magic) {
  std::unique_ptr<detail::Decoder>& decoder = decoders_[static_cast<std::size_t>(codec)];
  if (!decoder) decoder = make_decoder(codec, limits_);

  const std::size_t by_ratio = payload.size() > std::numeric_limits<std::size_t>::max() / limits_.ratio_max
                                   ? limits_.size_max
                                   : payload.size() * limits_.ratio_max;
  allowed_ = std::min(limits_.size_max, std::max(by_ratio, limits_.ratio_free));
  produced_ = 0;
  current_ = decoder.get();
  current_->start(payload, magic, allowed_);
}

Result<std::size_t> Decompressor::read(MutableBytes into) {
  SLUICE_ASSERT(current_ != nullptr && !into.empty());
  Result<std::size_t> size = current_->read(into);
  if (!size) return size;
  produced_ += *size;
  if (produced_ > allowed_)
    return fail(Errc::too_large, "payload decompresses to more than the {} bytes that its size allows", allowed_);
  return size;
}

Buffer& Decompressor::window() {
  constexpr std::size_t kKept = 16 * kWindowSize;  // One huge record shall not hold its memory for ever.
  if (window_.capacity() > kKept) window_ = Buffer{};
  window_.resize(kWindowSize);
  return window_;
}

Compressor::Compressor(Compression compression, Buffer& out, std::int8_t magic)
    : encoder_(make_encoder(compression, out, magic)) {}
Compressor::Compressor(Compressor&&) noexcept = default;
Compressor::~Compressor() = default;

void Compressor::add(Bytes part) {
  if (!part.empty()) encoder_->add(part);
}

void Compressor::finish() { encoder_->finish(); }

}  // namespace sluice
