#include "metadata/image_map.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

namespace sluice {
namespace {

using Map = ImageMap<std::string, int>;

std::map<std::string, int> contents(const Map& map) {
  std::map<std::string, int> found;
  for (const auto* entry : map.sorted()) found.insert(*entry);
  return found;
}

// Every map that was made on the way is looked at again at the end: none has changed since.
TEST(ImageMap, StaysAsItWasWhateverIsMadeOfIt) {
  std::mt19937 random(7);
  std::vector<Map> maps(1);
  std::vector<std::map<std::string, int>> expected(1);
  for (int step = 0; step < 200; ++step) {
    Map::Editor editor(maps.back());
    std::map<std::string, int> model = expected.back();
    for (std::uint32_t i = 0; i < random() % 8; ++i) {
      const std::string key = "key" + std::to_string(random() % 100);
      if (random() % 3 == 0) {
        EXPECT_EQ(editor.erase(key), model.erase(key) == 1);
      } else {
        const int value = static_cast<int>(random() % 1000);
        editor.put(key, value);
        model[key] = value;
      }
      EXPECT_EQ(editor.size(), model.size());
    }
    maps.push_back(editor.finish());
    expected.push_back(std::move(model));
  }
  for (std::size_t i = 0; i < maps.size(); ++i) {
    SCOPED_TRACE(i);
    ASSERT_EQ(contents(maps[i]), expected[i]);
    for (const auto& [key, value] : expected[i]) {
      const int* found = maps[i].find(std::string_view(key));
      ASSERT_NE(found, nullptr);
      EXPECT_EQ(*found, value);
    }
    EXPECT_EQ(maps[i].find(std::string_view("nowhere")), nullptr);
  }
}

// An entry that an edit did not touch is the same object in both maps, however large they are.
TEST(ImageMap, SharesWhatAnEditDoesNotTouch) {
  Map::Editor fill{Map{}};
  for (int i = 0; i < 1000; ++i) fill.put("key" + std::to_string(i), i);
  const Map before = fill.finish();
  Map::Editor edit(before);
  edit.put("key0", -1);
  const Map after = edit.finish();
  int same = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "key" + std::to_string(i);
    if (before.find(key) == after.find(key)) ++same;
  }
  EXPECT_GT(same, 950);
  EXPECT_EQ(*before.find(std::string("key0")), 0);
  EXPECT_EQ(*after.find(std::string("key0")), -1);
}

TEST(ImageMap, EqualsAMapWithTheSameEntriesHoweverItCameToThem) {
  Map::Editor one{Map{}};
  for (int i = 0; i < 50; ++i) one.put(std::to_string(i), i);
  Map::Editor other{Map{}};
  for (int i = 99; i >= 0; --i) other.put(std::to_string(i), i);
  for (int i = 50; i < 100; ++i) other.erase(std::to_string(i));
  const Map a = one.finish();
  const Map b = other.finish();
  EXPECT_TRUE(a == b);
  Map::Editor change(b);
  change.put("7", 8);
  EXPECT_FALSE(a == change.finish());
}

}  // namespace
}  // namespace sluice
