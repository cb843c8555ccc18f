// Zstandard (RFC 8878) by libzstd. Several frames may stand behind one another.
//
// Decoding in stretches needs the frame's window in memory, up to 2 GiB if it asks for that, so the window is
// bounded. Java's clients at the highest levels ask for 128 MiB whatever they send; what such a frame holds is
// decoded in one piece if it is no longer than the bound.
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <new>
#include <utility>

#include "base/assert.h"
#include "record/detail/coder.h"

namespace sluice::detail {
namespace {

constexpr int kLevelDefault = 3;  // Kafka's.

class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(int window_log_max)
      : context_(ZSTD_createDCtx()), window_size_max_(std::size_t{1} << window_log_max) {
    if (!context_) throw std::bad_alloc{};
    const std::size_t outcome = ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, window_log_max);
    SLUICE_ASSERT(ZSTD_isError(outcome) == 0);
  }

  void start(Bytes payload, std::int8_t, std::size_t allowed) override {
    ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only);
    rest_ = payload;
    allowed_ = allowed;
    frame_open_ = false;
    whole_.reset();
  }

  Result<std::size_t> read(MutableBytes into) override {
    if (whole_) return read_whole(into);
    while (!rest_.empty() || frame_open_) {
      ZSTD_outBuffer out{into.data(), into.size(), 0};
      ZSTD_inBuffer in{rest_.data(), rest_.size(), 0};
      const bool at_frame_start = !frame_open_;
      if (at_frame_start) {
        frame_size_ = ZSTD_getFrameContentSize(rest_.data(), rest_.size());
        frame_given_ = 0;
      }
      const std::size_t outcome = ZSTD_decompressStream(context_.get(), &out, &in);
      if (ZSTD_isError(outcome) != 0) {
        if (at_frame_start && ZSTD_getErrorCode(outcome) == ZSTD_error_frameParameter_windowTooLarge)
          return decode_whole(into);
        return fail(Errc::corrupt, "zstd data is damaged: {}", ZSTD_getErrorName(outcome));
      }
      rest_ = rest_.subspan(in.pos);
      frame_open_ = outcome != 0;
      frame_given_ += out.pos;
      // libzstd looks at this only where it decodes a frame in one go, which depends on the size of `into`.
      const bool size_known = frame_size_ != ZSTD_CONTENTSIZE_UNKNOWN && frame_size_ != ZSTD_CONTENTSIZE_ERROR;
      if (!frame_open_ && size_known && frame_given_ != frame_size_)
        return fail(Errc::corrupt, "zstd data is damaged: a frame says it holds {} bytes and holds {}",
                    frame_size_, frame_given_);
      if (out.pos > 0) return out.pos;
      if (frame_open_ && in.pos == 0) return fail(Errc::corrupt, "zstd data ends early");
    }
    return 0;
  }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  // `rest_` still begins with the frame: its header was looked at only.
  Result<std::size_t> decode_whole(MutableBytes into) {
    Buffer whole{std::min(allowed_, window_size_max_)};
    const std::size_t size =
        ZSTD_decompressDCtx(context_.get(), whole.data(), whole.size(), rest_.data(), rest_.size());
    if (ZSTD_isError(size) != 0) {
      if (ZSTD_getErrorCode(size) == ZSTD_error_dstSize_tooSmall)
        return fail(Errc::too_large, "zstd frame has a window and a content of more than {} bytes", whole.size());
      return fail(Errc::corrupt, "zstd data is damaged: {}", ZSTD_getErrorName(size));
    }
    whole.resize(size);
    whole_ = std::move(whole);
    given_ = 0;
    return read_whole(into);
  }

  Result<std::size_t> read_whole(MutableBytes into) {
    const std::size_t size = std::min(into.size(), whole_->size() - given_);
    std::ranges::copy(whole_->bytes().subspan(given_, size), into.begin());
    given_ += size;
    return size;
  }

  std::unique_ptr<ZSTD_DCtx, Free> context_;
  std::size_t window_size_max_;
  Bytes rest_;
  std::size_t allowed_ = 0;
  bool frame_open_ = false;
  unsigned long long frame_size_ = 0;  ///< As its header says.
  unsigned long long frame_given_ = 0;
  std::optional<Buffer> whole_;  // All that was left to decode, where a frame's window was too large.
  std::size_t given_ = 0;
};

class ZstdEncoder final : public Encoder {
 public:
  ZstdEncoder(int level, Buffer& out) : context_(ZSTD_createCCtx()), out_(&out) {
    if (!context_) throw std::bad_alloc{};
    const std::size_t outcome = ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
    SLUICE_ASSERT(ZSTD_isError(outcome) == 0);
  }

  void add(Bytes part) override {
    ZSTD_inBuffer in{part.data(), part.size(), 0};
    while (in.pos < in.size) write(in, ZSTD_e_continue);
  }

  void finish() override {
    ZSTD_inBuffer in{nullptr, 0, 0};
    while (write(in, ZSTD_e_end) != 0) {
    }
  }

 private:
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };

  // Returns what is left to be flushed.
  std::size_t write(ZSTD_inBuffer& in, ZSTD_EndDirective directive) {
    constexpr std::size_t kRoom = std::size_t{16} << 10;
    const std::size_t size = out_->size();
    out_->resize(size + kRoom);
    ZSTD_outBuffer out{out_->data() + size, kRoom, 0};
    const std::size_t left = ZSTD_compressStream2(context_.get(), &out, &in, directive);
    if (ZSTD_isError(left) != 0) throw std::bad_alloc{};  // Levels are checked before; nothing else can fail.
    out_->resize(size + out.pos);
    return left;
  }

  std::unique_ptr<ZSTD_CCtx, Free> context_;
  Buffer* out_;
};

}  // namespace

std::unique_ptr<Decoder> make_zstd_decoder(int window_log_max) {
  return std::make_unique<ZstdDecoder>(window_log_max);
}

std::unique_ptr<Encoder> make_zstd_encoder(std::optional<int> level, Buffer& out) {
  return std::make_unique<ZstdEncoder>(level.value_or(kLevelDefault), out);
}

}  // namespace sluice::detail
