// Snappy, in the two shapes that clients send. Java's (Xerial's) framing is a header of 16 bytes and then blocks,
// each behind its length in 4 bytes, big-endian; some others send one raw block. A block says how long it will be,
// and what it says cannot exceed some 22 times its size, so room for it may be taken at once.
#include <snappy.h>

#include <algorithm>
#include <array>

#include "base/assert.h"
#include "record/detail/coder.h"

namespace sluice::detail {
namespace {

constexpr std::array<unsigned char, 8> kMagic = {0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0};
constexpr std::size_t kFrameHeaderSize = 16;  // Magic, version, and the oldest version that can read it.
constexpr std::int32_t kVersion = 1;
constexpr std::size_t kBlockSize = std::size_t{32} << 10;  // Java's default.

// The best that a block's elements can do: 64 bytes from 3.
constexpr std::size_t kRatioMax = 22;

const char* chars(Bytes bytes) { return reinterpret_cast<const char*>(bytes.data()); }

bool is_framed(Bytes payload) {
  return payload.size() >= kFrameHeaderSize &&
         std::ranges::equal(payload.first(kMagic.size()), std::as_bytes(std::span{kMagic}));
}

class SnappyDecoder final : public Decoder {
 public:
  void start(Bytes payload, std::int8_t, std::size_t allowed) override {
    rest_ = payload;
    allowed_ = allowed;
    block_.clear();
    given_ = 0;
    framed_ = is_framed(payload);
  }

  Result<std::size_t> read(MutableBytes into) override {
    while (given_ == block_.size() && !rest_.empty())
      if (const Result<void> next = next_block(); !next) return fail(next.error());
    const std::size_t size = std::min(into.size(), block_.size() - given_);
    std::ranges::copy(block_.bytes().subspan(given_, size), into.begin());
    given_ += size;
    return size;
  }

 private:
  Result<void> next_block() {
    if (!framed_) return uncompress(std::exchange(rest_, {}));
    if (is_framed(rest_)) {  // Also between blocks: several streams may stand behind one another.
      rest_ = rest_.subspan(kFrameHeaderSize);
      return {};
    }
    if (rest_.size() < 4) return fail(Errc::corrupt, "snappy data ends within a block's length");
    const auto length = load<std::int32_t>(rest_, 0);
    rest_ = rest_.subspan(4);
    if (length < 0 || std::cmp_greater(length, rest_.size()))
      return fail(Errc::corrupt, "snappy block of {} bytes with {} left", length, rest_.size());
    const Bytes block = rest_.first(static_cast<std::size_t>(length));
    rest_ = rest_.subspan(block.size());
    return uncompress(block);
  }

  Result<void> uncompress(Bytes block) {
    given_ = 0;
    block_.clear();
    std::size_t size = 0;
    if (!snappy::GetUncompressedLength(chars(block), block.size(), &size) || size / kRatioMax > block.size())
      return fail(Errc::corrupt, "snappy block of {} bytes claims to hold {}", block.size(), size);
    if (size > allowed_) return fail(Errc::too_large, "snappy block of {} bytes, {} allowed", size, allowed_);
    if (size == 0) return {};
    block_.resize(size);
    if (!snappy::RawUncompress(chars(block), block.size(), reinterpret_cast<char*>(block_.data())))
      return fail(Errc::corrupt, "snappy block of {} bytes is damaged", block.size());
    return {};
  }

  Bytes rest_;
  Buffer block_;
  std::size_t given_ = 0;
  std::size_t allowed_ = 0;
  bool framed_ = false;
};

class SnappyEncoder final : public Encoder {
 public:
  explicit SnappyEncoder(Buffer& out) : out_(&out) {
    const std::size_t at = out.size();
    out.append(std::as_bytes(std::span{kMagic}));
    out.resize(at + kFrameHeaderSize);
    store(out.bytes(), at + 8, kVersion);
    store(out.bytes(), at + 12, kVersion);
  }

  void add(Bytes part) override {
    while (!part.empty()) {
      const Bytes taken = part.first(std::min(part.size(), kBlockSize - pending_.size()));
      pending_.append(taken);
      part = part.subspan(taken.size());
      if (pending_.size() == kBlockSize) write_block();
    }
  }

  void finish() override {
    if (!pending_.empty()) write_block();
  }

 private:
  void write_block() {
    const std::size_t at = out_->size();
    out_->resize(at + 4 + snappy::MaxCompressedLength(pending_.size()));
    std::size_t size = 0;
    snappy::RawCompress(chars(pending_.bytes()), pending_.size(), reinterpret_cast<char*>(out_->data() + at + 4),
                        &size);
    store(out_->bytes(), at, static_cast<std::int32_t>(size));
    out_->resize(at + 4 + size);
    pending_.clear();
  }

  Buffer* out_;
  Buffer pending_;
};

}  // namespace

std::unique_ptr<Decoder> make_snappy_decoder() { return std::make_unique<SnappyDecoder>(); }
std::unique_ptr<Encoder> make_snappy_encoder(Buffer& out) { return std::make_unique<SnappyEncoder>(out); }

}  // namespace sluice::detail
