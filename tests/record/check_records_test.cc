#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "record/check_records.h"

namespace sluice {
namespace {

std::string golden(const std::string& file) {
  std::ifstream in(std::string{SLUICE_SOURCE_DIR} + "/tests/golden/vectors/" + file);
  return {std::istreambuf_iterator<char>{in}, {}};
}

TEST(CheckRecords, AgreesWithKafkaOnBatches) {
  const RecordCheck check = check_records(golden("record_batches.jsonl"));
  EXPECT_EQ(check.passed, 78u) << describe(check);
  EXPECT_TRUE(check.differences.empty()) << describe(check);
}

TEST(CheckRecords, AgreesWithKafkaOnControlBatches) {
  const RecordCheck check = check_records(golden("control_batches.jsonl"));
  EXPECT_EQ(check.passed, 6u) << describe(check);
  EXPECT_TRUE(check.differences.empty()) << describe(check);
}

}  // namespace
}  // namespace sluice
