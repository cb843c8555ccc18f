#include "tools/java_format.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <ctime>
#include <limits>

namespace sluice::tools {
namespace {

TEST(JavaDouble, IsWrittenAsJavaWritesIt) {
  const std::pair<double, std::string_view> kCases[] = {{50, "50.0"},
                                                        {0.5, "0.5"},
                                                        {1048576, "1048576.0"},
                                                        {10485760, "1.048576E7"},
                                                        {1e7, "1.0E7"},
                                                        {0.0001, "1.0E-4"},
                                                        {-2, "-2.0"},
                                                        {0, "0.0"},
                                                        {9999999, "9999999.0"},
                                                        {INFINITY, "Infinity"},
                                                        {std::numeric_limits<double>::quiet_NaN(), "NaN"}};
  for (const auto& [value, text] : kCases) EXPECT_EQ(java_double(value), text);
}

TEST(JavaFixed, NamesWhatIsNoNumber) {
  EXPECT_EQ(java_fixed(9.9850219, 6), "9.985022");
  EXPECT_EQ(java_fixed(0.0 / 1.0, 4), "0.0000");
  EXPECT_EQ(java_fixed(INFINITY, 4), "Infinity");
  EXPECT_EQ(java_fixed(std::numeric_limits<double>::quiet_NaN(), 4), "NaN");
}

class JavaDate : public testing::Test {
 protected:
  JavaDate() {
    ::setenv("TZ", "XST-1:30", 1);  // An hour and a half ahead of UTC.
    ::tzset();
  }
  ~JavaDate() override {
    ::unsetenv("TZ");
    ::tzset();
  }
  static constexpr WallTime kTime{std::chrono::milliseconds(1'709'209'815'007)};  // 2024-02-29T12:30:15.007Z
};

TEST_F(JavaDate, FollowsThePattern) {
  EXPECT_EQ(java_date("yyyy-MM-dd HH:mm:ss:SSS", kTime), "2024-02-29 14:00:15:007");
  EXPECT_EQ(java_date("yy.M.d h:mm a", kTime), "24.2.29 2:00 PM");
  EXPECT_EQ(java_date("EEE, d MMM yyyy", kTime), "Thu, 29 Feb 2024");
  EXPECT_EQ(java_date("EEEE MMMM", kTime), "Thursday February");
  EXPECT_EQ(java_date("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", kTime), "2024-02-29T14:00:15.007+01:30");
  EXPECT_EQ(java_date("HH 'o''clock' Z", kTime), "14 o'clock +0130");
}

}  // namespace
}  // namespace sluice::tools
