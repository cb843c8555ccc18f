// tools/dump/dump.h: the files of a log as kafka-dump-log.sh prints them, to standard output.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "tools/dump/decoder.h"

namespace sluice::tools {

struct DumpOptions {
  const RecordDecoder* decoder = nullptr;
  bool deep = false;           ///< Records, not only batches.
  bool contents = false;       ///< Keys and values; implies `deep`.
  bool skip_metadata = false;  ///< Of records.
  bool verify_only = false;    ///< Indexes: compare, print nothing of them.
  bool sanity_only = false;    ///< Indexes: only what a broker checks when it starts.
  std::int32_t bytes_max = std::numeric_limits<std::int32_t>::max();
  std::int32_t message_bytes_max = 5 * 1024 * 1024;
};

/// What does not fit, by file; printed to standard error when all files are through.
class Findings {
 public:
  void index_mismatch(const std::string& file, std::int64_t index_offset, std::int64_t log_offset);
  void time_mismatch(const std::string& file, std::int64_t index_time, std::int64_t log_time);
  void time_out_of_order(const std::string& file, std::int64_t index_time, std::int64_t previous);
  void offset_not_found(const std::string& file, std::int64_t index_offset, std::int64_t log_offset);
  void not_consecutive(const std::string& file, std::int64_t previous, std::int64_t offset);
  void print() const;

 private:
  using Pairs = std::map<std::string, std::vector<std::pair<std::int64_t, std::int64_t>>>;
  template <class Order>
  using Sorted = std::map<std::string, std::map<std::int64_t, std::int64_t, Order>>;

  Sorted<std::greater<>> index_mismatches_;
  Pairs time_mismatches_;
  Pairs times_out_of_order_;
  Pairs offsets_not_found_;
  Sorted<std::less<>> not_consecutive_;
};

// Each dumps one file. Errors end the whole dump: corrupt, not_found, invalid_argument (a file's name), io.
Result<void> dump_segment(const std::string& path, const DumpOptions& options, Findings& findings);
Result<void> dump_offset_index(const std::string& path, const DumpOptions& options, Findings& findings);
Result<void> dump_time_index(const std::string& path, const DumpOptions& options, Findings& findings);
Result<void> dump_transaction_index(const std::string& path);
Result<void> dump_producer_snapshot(const std::string& path);

}  // namespace sluice::tools
