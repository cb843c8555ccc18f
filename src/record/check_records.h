// record/check_records.h: holds our reading and writing of batches against files of batches that Kafka made.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sluice {

struct RecordCheck {
  std::size_t passed = 0;
  /// One for each line that did not pass: its number from 1, and what differs.
  std::vector<std::string> differences;
};

/// Checks each line of `lines`, which has the format of tests/golden/vectors/record_batches.jsonl or of
/// control_batches.jsonl: what the bytes decode to is compared with what the line says of them; then it is encoded
/// anew, which without compression must give the same bytes, and with it bytes that decode alike.
RecordCheck check_records(std::string_view lines);

/// For people: every difference on a line of its own, and how many passed.
std::string describe(const RecordCheck& check);

}  // namespace sluice
