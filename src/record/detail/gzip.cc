// gzip (RFC 1952) by zlib. As Java's reader, ours takes several members behind one another, and ignores what
// follows the last one.
#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>

#include "base/assert.h"
#include "record/detail/coder.h"

namespace sluice::detail {
namespace {

constexpr int kGzipWindow = 15 + 16;  // The largest window, with gzip's header and trailer around it.

// zlib counts in 32 bits.
uInt narrow(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class GzipDecoder final : public Decoder {
 public:
  GzipDecoder() {
    if (inflateInit2(&stream_, kGzipWindow) != Z_OK) throw std::bad_alloc{};
  }
  GzipDecoder(const GzipDecoder&) = delete;
  GzipDecoder& operator=(const GzipDecoder&) = delete;
  ~GzipDecoder() override { inflateEnd(&stream_); }

  void start(Bytes payload, std::int8_t, std::size_t) override {
    rest_ = payload;
    ended_ = false;
    inflateReset(&stream_);
  }

  Result<std::size_t> read(MutableBytes into) override {
    while (!ended_) {
      const uInt room = narrow(into.size());
      const uInt given = narrow(rest_.size());
      stream_.next_out = reinterpret_cast<Bytef*>(into.data());
      stream_.avail_out = room;
      stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<std::byte*>(rest_.data()));
      stream_.avail_in = given;
      const int outcome = inflate(&stream_, Z_NO_FLUSH);
      rest_ = rest_.subspan(given - stream_.avail_in);
      const std::size_t produced = room - stream_.avail_out;

      if (outcome == Z_MEM_ERROR) throw std::bad_alloc{};
      if (outcome == Z_STREAM_END)
        next_member();
      else if (outcome == Z_BUF_ERROR || (outcome == Z_OK && produced == 0 && rest_.empty()))
        return fail(Errc::corrupt, "gzip data ends early");
      else if (outcome != Z_OK)
        return fail(Errc::corrupt, "gzip data is damaged: {}",
                    stream_.msg != nullptr ? stream_.msg : "no reason given");
      if (produced > 0) return produced;
    }
    return 0;
  }

 private:
  void next_member() {
    ended_ = rest_.size() < 2 || rest_[0] != std::byte{0x1F} || rest_[1] != std::byte{0x8B};
    if (!ended_) inflateReset(&stream_);
  }

  z_stream stream_{};
  Bytes rest_;
  bool ended_ = false;
};

class GzipEncoder final : public Encoder {
 public:
  GzipEncoder(int level, Buffer& out) : out_(&out) {
    constexpr int kMemory = 8;  // zlib's default.
    if (deflateInit2(&stream_, level, Z_DEFLATED, kGzipWindow, kMemory, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc{};
  }
  GzipEncoder(const GzipEncoder&) = delete;
  GzipEncoder& operator=(const GzipEncoder&) = delete;
  ~GzipEncoder() override { deflateEnd(&stream_); }

  void add(Bytes part) override {
    while (!part.empty()) {
      const uInt given = narrow(part.size());
      stream_.next_in = reinterpret_cast<z_const Bytef*>(const_cast<std::byte*>(part.data()));
      stream_.avail_in = given;
      while (stream_.avail_in > 0) write(Z_NO_FLUSH);
      part = part.subspan(given);
    }
  }

  void finish() override {
    stream_.avail_in = 0;
    while (write(Z_FINISH) != Z_STREAM_END) {
    }
  }

 private:
  int write(int flush) {
    constexpr uInt kRoom = 16 << 10;
    const std::size_t size = out_->size();
    out_->resize(size + kRoom);
    stream_.next_out = reinterpret_cast<Bytef*>(out_->data() + size);
    stream_.avail_out = kRoom;
    const int outcome = deflate(&stream_, flush);
    SLUICE_ASSERT(outcome == Z_OK || outcome == Z_STREAM_END || outcome == Z_BUF_ERROR);
    out_->resize(size + kRoom - stream_.avail_out);
    return outcome;
  }

  z_stream stream_{};
  Buffer* out_;
};

}  // namespace

std::unique_ptr<Decoder> make_gzip_decoder() { return std::make_unique<GzipDecoder>(); }

std::unique_ptr<Encoder> make_gzip_encoder(std::optional<int> level, Buffer& out) {
  return std::make_unique<GzipEncoder>(level.value_or(Z_DEFAULT_COMPRESSION), out);
}

}  // namespace sluice::detail
