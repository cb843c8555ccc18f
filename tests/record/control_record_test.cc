#include "record/control_record.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "record/hex.h"

namespace sluice {
namespace {

using testing::from_hex;

TEST(ControlRecord, KeyCarriesTheType) {
  for (std::int16_t type = 0; type <= 6; ++type) {
    const auto key = control_key(static_cast<ControlType>(type));
    const auto parsed = parse_control_key(key);
    ASSERT_TRUE(parsed && *parsed);
    EXPECT_EQ(std::to_underlying(**parsed), type);
  }
}

TEST(ControlRecord, NewerKeysBeginAlike) {
  const auto newer = from_hex("00010001ffff");
  EXPECT_EQ(*parse_control_key(newer), ControlType::commit);
  EXPECT_EQ(*parse_control_key(from_hex("00000007")), std::nullopt);
  EXPECT_EQ(*parse_control_key(from_hex("0000ffff")), std::nullopt);
}

TEST(ControlRecord, RefusesKeysThatAreNone) {
  EXPECT_FALSE(parse_control_key(std::nullopt));
  EXPECT_FALSE(parse_control_key(from_hex("000000")));
  EXPECT_FALSE(parse_control_key(from_hex("ffff0001")));
}

TEST(EndTxnMarker, CarriesTheCoordinatorsEpoch) {
  const auto value = EndTxnMarker{.coordinator_epoch = 0x01020304}.encode();
  EXPECT_EQ(std::vector(value.begin(), value.end()), from_hex("000001020304"));
  EXPECT_EQ(EndTxnMarker::parse(value)->coordinator_epoch, 0x01020304);
  EXPECT_EQ(EndTxnMarker::parse(from_hex("00010102030400"))->coordinator_epoch, 0x01020304);
  EXPECT_FALSE(EndTxnMarker::parse(std::nullopt));
  EXPECT_FALSE(EndTxnMarker::parse(from_hex("0000010203")));
  EXPECT_FALSE(EndTxnMarker::parse(from_hex("ffff01020304")));
}

}  // namespace
}  // namespace sluice
