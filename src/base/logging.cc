#include "base/logging.h"

#include <spdlog/spdlog.h>

namespace sluice::logging {
namespace {

spdlog::level::level_enum level_of(Level level) {
  switch (level) {
    case Level::debug: return spdlog::level::debug;
    case Level::info: return spdlog::level::info;
    case Level::warn: return spdlog::level::warn;
    case Level::error: return spdlog::level::err;
  }
  return spdlog::level::err;
}

}  // namespace

void write(Level level, fmt::string_view format, fmt::format_args args) {
  spdlog::logger& logger = *spdlog::default_logger_raw();
  if (logger.should_log(level_of(level)))
    logger.log(level_of(level), spdlog::string_view_t(fmt::vformat(format, args)));
}

}  // namespace sluice::logging
