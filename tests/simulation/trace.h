// simulation/trace.h: what has happened in a virtual world, as one number by which two runs are compared.
#pragma once

#include <cstdint>
#include <cstring>
#include <functional>
#include <string_view>

#include "base/bytes.h"

namespace sluice::sim {

/// A hash over every event in its order: timers that fired, bytes sent, files changed. Two runs that differ
/// anywhere differ from there on.
class Trace {
 public:
  /// Something happened: what, to whom, and a number or two that say more.
  void note(std::string_view what, std::string_view whom = {}, std::uint64_t a = 0, std::uint64_t b = 0) {
    ++events_;
    add(as_bytes(what));
    add(as_bytes(whom));
    add(a);
    add(b);
    if (listener_) listener_(what, whom, a, b);
  }
  /// The bytes that what was noted last is about.
  void add(Bytes bytes) {
    add(bytes.size());
    while (bytes.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), sizeof word);
      add(word);
      bytes = bytes.subspan(sizeof word);
    }
    for (const std::byte byte : bytes) add(static_cast<std::uint64_t>(byte));
  }

  std::uint64_t hash() const { return hash_; }
  std::uint64_t events() const { return events_; }

  /// Told of every event: to find the first at which two runs part.
  using Listener = std::function<void(std::string_view, std::string_view, std::uint64_t, std::uint64_t)>;
  void listen(Listener listener) { listener_ = std::move(listener); }

 private:
  void add(std::uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15;
    hash_ ^= hash_ >> 29;
  }

  std::uint64_t hash_ = 0xcbf29ce484222325;
  std::uint64_t events_ = 0;
  Listener listener_;
};

}  // namespace sluice::sim
