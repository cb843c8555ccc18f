// tests/wire/test_vectors.h: what Kafka encoded, for tests that walk through all of it.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <fstream>
#include <string>
#include <vector>

#include "wire/hex.h"
#include "wire/recode.h"

namespace sluice::wire {

inline std::vector<std::string> golden_lines(const std::string& path) {
  std::ifstream file(fmt::format("{}/tests/golden/{}", SLUICE_SOURCE_DIR, path));
  EXPECT_TRUE(file) << path;
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  return lines;
}

/// The rows of a table of tab-separated values, without the one that names the columns.
inline std::vector<std::vector<std::string>> golden_rows(const std::string& path) {
  std::vector<std::vector<std::string>> rows;
  for (const std::string& line : golden_lines(path)) {
    std::vector<std::string>& row = rows.emplace_back(1);
    for (const char character : line) {
      if (character == '\t')
        row.emplace_back();
      else
        row.back() += character;
    }
  }
  rows.erase(rows.begin());
  return rows;
}

struct TestVector {
  const Recoder* recoder;
  std::int16_t version;
  std::vector<std::byte> bytes;

  std::string title() const { return fmt::format("{} version {}", recoder->name, version); }
};

/// All vectors of one folder of tables.
inline std::vector<TestVector> golden_vectors(const std::string& folder) {
  std::vector<TestVector> vectors;
  for (const std::string& line : golden_lines(fmt::format("wire/{}.jsonl", folder))) {
    const boost::json::value parsed = boost::json::parse(line);
    const Recoder* const recoder = find_recoder(parsed.at("message").as_string().c_str());
    EXPECT_NE(recoder, nullptr) << line;
    vectors.push_back({recoder, parsed.at("version").to_number<std::int16_t>(),
                       decode_hex(parsed.at("hex").as_string().c_str()).value()});
  }
  return vectors;
}

inline std::vector<TestVector> golden_vectors() {
  std::vector<TestVector> all;
  for (const char* folder : {"api", "metadata", "coordinator", "data"})
    for (TestVector& vector : golden_vectors(folder)) all.push_back(std::move(vector));
  return all;
}

}  // namespace sluice::wire
