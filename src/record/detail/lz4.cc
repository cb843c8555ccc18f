// LZ4 frames (format 1.6) by liblz4: independent blocks of 64 KiB without checksums, as Java's clients write them
// and the only kind that they read. Behind the frame's end nothing is looked at.
//
// At magic 0 the header's checksum byte is taken from the hash of the frame's magic and descriptor; it should be
// the descriptor's alone. Kafka's first clients did it so, expect it so, and Kafka keeps to it (KAFKA-3160).
#include <lz4frame.h>

#include <algorithm>
#include <array>
#include <bit>
#include <new>
#include <utility>

#include "base/assert.h"
#include "record/detail/coder.h"

namespace sluice::detail {
namespace {

constexpr std::uint32_t kFrameMagic = 0x184D2204;
constexpr std::size_t kFrameMagicSize = 4;
constexpr std::size_t kShortHeaderSize = 7;  // Magic, flags, block descriptor, checksum.

std::uint32_t load_little32(Bytes bytes, std::size_t at) {
  return detail::swap_bytes(load<std::uint32_t>(bytes, at));
}

// XXH32 with seed 0 of less than 16 bytes, which is all that a frame's header needs.
std::uint32_t short_xxh32(Bytes bytes) {
  constexpr std::uint32_t kPrime1 = 0x9E3779B1, kPrime2 = 0x85EBCA77, kPrime3 = 0xC2B2AE3D, kPrime4 = 0x27D4EB2F,
                          kPrime5 = 0x165667B1;
  SLUICE_ASSERT(bytes.size() < 16);
  std::uint32_t hash = kPrime5 + static_cast<std::uint32_t>(bytes.size());
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4)
    hash = std::rotl(hash + load_little32(bytes, at) * kPrime3, 17) * kPrime4;
  for (; at < bytes.size(); ++at)
    hash = std::rotl(hash + std::to_integer<std::uint32_t>(bytes[at]) * kPrime5, 11) * kPrime1;
  hash = (hash ^ (hash >> 15)) * kPrime2;
  hash = (hash ^ (hash >> 13)) * kPrime3;
  return hash ^ (hash >> 16);
}

std::byte checksum(Bytes bytes) { return static_cast<std::byte>(short_xxh32(bytes) >> 8); }

void check_memory(LZ4F_errorCode_t outcome) {
  if (LZ4F_isError(outcome) != 0) throw std::bad_alloc{};
}

class Lz4Decoder final : public Decoder {
 public:
  Lz4Decoder() { check_memory(LZ4F_createDecompressionContext(&context_, LZ4F_VERSION)); }
  Lz4Decoder(const Lz4Decoder&) = delete;
  Lz4Decoder& operator=(const Lz4Decoder&) = delete;
  ~Lz4Decoder() override { LZ4F_freeDecompressionContext(context_); }

  void start(Bytes payload, std::int8_t magic, std::size_t) override {
    LZ4F_resetDecompressionContext(context_);
    header_size_ = 0;
    rest_ = payload;
    ended_ = payload.empty();
    if (magic == 0) mend_header(payload);
  }

  Result<std::size_t> read(MutableBytes into) override {
    while (!ended_) {
      // A mended header is read from its copy first, then the payload from behind its own.
      const Bytes source = header_size_ > 0 ? Bytes{header_}.first(header_size_) : rest_;
      std::size_t taken = source.size();
      std::size_t produced = into.size();
      const std::size_t outcome =
          LZ4F_decompress(context_, into.data(), &produced, source.data(), &taken, nullptr);
      if (LZ4F_isError(outcome) != 0)
        return fail(Errc::corrupt, "lz4 data is damaged: {}", LZ4F_getErrorName(outcome));
      if (std::exchange(header_size_, 0) > 0) {
        if (taken != source.size()) return fail(Errc::corrupt, "lz4 frame has a damaged header");
        continue;
      }
      rest_ = rest_.subspan(taken);
      ended_ = outcome == 0;
      if (produced > 0) return produced;
      if (!ended_ && rest_.empty() && taken == 0) return fail(Errc::corrupt, "lz4 data ends early");
    }
    return 0;
  }

 private:
  // Copies the header with the checksum that liblz4 expects. A header that is cut off is left to liblz4 to refuse.
  void mend_header(Bytes payload) {
    if (payload.size() < kShortHeaderSize || load_little32(payload, 0) != kFrameMagic) return;
    const auto flags = std::to_integer<unsigned>(payload[kFrameMagicSize]);
    const std::size_t size = kShortHeaderSize + ((flags & 0x08) != 0 ? 8 : 0) + ((flags & 0x01) != 0 ? 4 : 0);
    if (payload.size() < size) return;
    std::ranges::copy(payload.first(size), header_.begin());
    header_[size - 1] = checksum(Bytes{header_}.subspan(kFrameMagicSize, size - 1 - kFrameMagicSize));
    header_size_ = size;
    rest_ = payload.subspan(size);
  }

  LZ4F_dctx* context_ = nullptr;
  Bytes rest_;
  std::array<std::byte, kShortHeaderSize + 12> header_{};
  std::size_t header_size_ = 0;  // Of the mended header, while it is still to be read.
  bool ended_ = false;
};

class Lz4Encoder final : public Encoder {
 public:
  Lz4Encoder(int level, Buffer& out, std::int8_t magic) : out_(&out) {
    check_memory(LZ4F_createCompressionContext(&context_, LZ4F_VERSION));
    preferences_.frameInfo.blockSizeID = LZ4F_max64KB;
    preferences_.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences_.compressionLevel = level;

    const std::size_t at = out.size();
    write(LZ4F_HEADER_SIZE_MAX,
          [&](void* to, std::size_t room) { return LZ4F_compressBegin(context_, to, room, &preferences_); });
    SLUICE_ASSERT(out.size() - at == kShortHeaderSize);
    if (magic == 0) out.data()[at + 6] = checksum(out.bytes().subspan(at, kShortHeaderSize - 1));
  }
  Lz4Encoder(const Lz4Encoder&) = delete;
  Lz4Encoder& operator=(const Lz4Encoder&) = delete;
  ~Lz4Encoder() override { LZ4F_freeCompressionContext(context_); }

  void add(Bytes part) override {
    constexpr std::size_t kPart = std::size_t{64} << 10;
    while (!part.empty()) {
      const Bytes taken = part.first(std::min(part.size(), kPart));
      write(LZ4F_compressBound(taken.size(), &preferences_), [&](void* to, std::size_t room) {
        return LZ4F_compressUpdate(context_, to, room, taken.data(), taken.size(), nullptr);
      });
      part = part.subspan(taken.size());
    }
  }

  void finish() override {
    write(LZ4F_compressBound(0, &preferences_),
          [&](void* to, std::size_t room) { return LZ4F_compressEnd(context_, to, room, nullptr); });
  }

 private:
  template <class Step>
  void write(std::size_t room, Step step) {
    const std::size_t size = out_->size();
    out_->resize(size + room);
    const std::size_t written = step(out_->data() + size, room);
    check_memory(written);
    out_->resize(size + written);
  }

  LZ4F_cctx* context_ = nullptr;
  LZ4F_preferences_t preferences_{};
  Buffer* out_;
};

// Kafka's default means Java's fast compressor; any other level its thorough one, which knows 12 of Kafka's 17.
int frame_level(std::optional<int> level) {
  constexpr int kKafkaDefault = 9;
  constexpr int kThoroughMin = 3, kThoroughMax = 12;  // liblz4 takes less than 3 for the fast one.
  if (level.value_or(kKafkaDefault) == kKafkaDefault) return 0;
  return std::clamp(*level, kThoroughMin, kThoroughMax);
}

}  // namespace

std::unique_ptr<Decoder> make_lz4_decoder() { return std::make_unique<Lz4Decoder>(); }

std::unique_ptr<Encoder> make_lz4_encoder(std::optional<int> level, Buffer& out, std::int8_t magic) {
  return std::make_unique<Lz4Encoder>(frame_level(level), out, magic);
}

}  // namespace sluice::detail
