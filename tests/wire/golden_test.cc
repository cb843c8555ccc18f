#include <gtest/gtest.h>

#include <sstream>

#include "wire/check_wire.h"

namespace sluice::wire {
namespace {

// What Kafka's own classes encoded, for every message in every version.
TEST(Golden, EveryMessageInEveryVersionAgreesWithKafka) {
  std::vector<std::string> files;
  for (const char* folder : {"api", "metadata", "coordinator", "data"})
    files.push_back(fmt::format("{}/tests/golden/wire/{}.jsonl", SLUICE_SOURCE_DIR, folder));
  std::ostringstream differences;
  const Result<WireCheck> check = check_wire(files, differences);
  ASSERT_TRUE(check) << check.error().what;
  EXPECT_EQ(check->failed, 0u) << differences.str();
  EXPECT_EQ(check->passed, 3212u);
}

}  // namespace
}  // namespace sluice::wire
