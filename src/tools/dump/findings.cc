#include <filesystem>

#include <fmt/format.h>

#include "tools/dump/dump.h"

namespace sluice::tools {
namespace {

std::string absolute(const std::string& file) { return std::filesystem::absolute(file).string(); }

}  // namespace

void Findings::index_mismatch(const std::string& file, std::int64_t index_offset, std::int64_t log_offset) {
  index_mismatches_[absolute(file)][index_offset] = log_offset;
}

void Findings::time_mismatch(const std::string& file, std::int64_t index_time, std::int64_t log_time) {
  time_mismatches_[absolute(file)].emplace_back(index_time, log_time);
}

void Findings::time_out_of_order(const std::string& file, std::int64_t index_time, std::int64_t previous) {
  times_out_of_order_[absolute(file)].emplace_back(index_time, previous);
}

void Findings::offset_not_found(const std::string& file, std::int64_t index_offset, std::int64_t log_offset) {
  offsets_not_found_[absolute(file)].emplace_back(index_offset, log_offset);
}

void Findings::not_consecutive(const std::string& file, std::int64_t previous, std::int64_t offset) {
  not_consecutive_[absolute(file)][previous] = offset;
}

void Findings::print() const {
  for (const auto& [file, offsets] : index_mismatches_) {
    fmt::print(stderr, "Mismatches in :{}\n", file);
    for (const auto& [index, log] : offsets)
      fmt::print(stderr, "  Index offset: {}, log offset: {}\n", index, log);
  }
  for (const auto& [file, times] : time_mismatches_) {
    fmt::print(stderr, "Found timestamp mismatch in :{}\n", file);
    for (const auto& [index, log] : times)
      fmt::print(stderr, "  Index timestamp: {}, log timestamp: {}\n", index, log);
  }
  for (const auto& [file, times] : times_out_of_order_) {
    fmt::print(stderr, "Found out of order timestamp in :{}\n", file);
    for (const auto& [index, previous] : times)
      fmt::print(stderr, "  Index timestamp: {}, Previously indexed timestamp: {}\n", index, previous);
  }
  for (const auto& [file, offsets] : offsets_not_found_) {
    fmt::print(stderr, "The following indexed offsets are not found in :{}\n", file);
    for (const auto& [index, log] : offsets)
      fmt::print(stderr, "Indexed offset: {}, found log offset: {}\n", index, log);
  }
  for (const auto& [file, offsets] : not_consecutive_) {
    fmt::print(stderr, "Non-consecutive offsets in {}\n", file);
    for (const auto& [previous, offset] : offsets)
      fmt::print(stderr, "  {} is followed by {}\n", previous, offset);
  }
}

}  // namespace sluice::tools
