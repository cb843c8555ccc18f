// storage/clean_shutdown.h: the file .kafka_cleanshutdown: its presence says that all logs of a directory were
// closed. JSON, with the broker epoch of the registration that ended so (KIP-966). A file of before that is empty.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice {

struct CleanShutdown {
  static constexpr std::string_view kFileName = ".kafka_cleanshutdown";
  std::optional<std::int64_t> broker_epoch;

  /// What cannot be read says no broker epoch: that the file is there counts all the same.
  static CleanShutdown parse(std::string_view text);
  std::string format() const;
};

}  // namespace sluice
