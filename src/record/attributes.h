// record/attributes.h: what the attributes of a batch (or of a message of magic 0 or 1) say.
#pragma once

#include <cstdint>

namespace sluice {

/// Kafka's compression types; the values are those on the wire.
enum class Codec : std::uint8_t { none = 0, gzip = 1, snappy = 2, lz4 = 3, zstd = 4 };

/// Kafka's name of a codec, as in compression.type.
constexpr const char* name(Codec codec) {
  switch (codec) {
    case Codec::none: return "none";
    case Codec::gzip: return "gzip";
    case Codec::snappy: return "snappy";
    case Codec::lz4: return "lz4";
    case Codec::zstd: return "zstd";
  }
  return "unknown";
}

/// Whose clock the timestamps show (KIP-32): the producer's, or that of the broker that appended.
enum class TimestampType : std::uint8_t { create_time = 0, log_append_time = 1 };

/// The attributes of a batch of magic 2; messages of magic 0 and 1 have only the codec and (1) the timestamp type.
struct Attributes {
  std::int16_t bits = 0;

  enum : std::int16_t {
    kCodecMask = 0x07,
    kLogAppendTime = 0x08,
    kTransactional = 0x10,
    kControl = 0x20,
    kDeleteHorizon = 0x40,
  };

  /// Whether the three bits name a codec that exists. `codec` may be asked only then.
  constexpr bool has_known_codec() const { return (bits & kCodecMask) <= static_cast<int>(Codec::zstd); }
  constexpr Codec codec() const { return static_cast<Codec>(bits & kCodecMask); }
  constexpr TimestampType timestamp_type() const {
    return is(kLogAppendTime) ? TimestampType::log_append_time : TimestampType::create_time;
  }
  constexpr bool is_transactional() const { return is(kTransactional); }
  constexpr bool is_control() const { return is(kControl); }
  /// The base timestamp is then the time from which compaction may drop the batch's tombstones (KIP-534).
  constexpr bool has_delete_horizon() const { return is(kDeleteHorizon); }

  constexpr Attributes with(std::int16_t flag, bool on) const {
    return {static_cast<std::int16_t>(on ? bits | flag : bits & ~flag)};
  }
  constexpr Attributes with(Codec codec) const {
    return {static_cast<std::int16_t>((bits & ~kCodecMask) | static_cast<int>(codec))};
  }
  constexpr Attributes with(TimestampType type) const {
    return with(kLogAppendTime, type == TimestampType::log_append_time);
  }

  friend constexpr bool operator==(Attributes, Attributes) = default;

 private:
  constexpr bool is(std::int16_t flag) const { return (bits & flag) != 0; }
};

}  // namespace sluice
