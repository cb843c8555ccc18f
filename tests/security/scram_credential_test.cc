#include "security/scram_credential.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "wire/hex.h"

namespace sluice {
namespace {

std::vector<std::string> cells_of(const std::string& line) {
  std::vector<std::string> cells;
  std::istringstream in(line);
  for (std::string cell; std::getline(in, cell, '\t');) cells.push_back(cell);
  return cells;
}

// Every line of a table that Kafka's own classes made: password, salt and iterations give these keys.
TEST(ScramCredential, IsTheOneThatKafkaMakes) {
  std::ifstream file(SLUICE_SOURCE_DIR "/tests/golden/vectors/scram.tsv");
  std::string line;
  std::getline(file, line);  // The columns' names.
  int checked = 0;
  while (std::getline(file, line)) {
    SCOPED_TRACE(line);
    const auto cells = cells_of(line);
    ASSERT_EQ(cells.size(), 7u);
    const auto mechanism = find_scram_mechanism(cells[0]);
    ASSERT_TRUE(mechanism);
    const auto salt = *wire::decode_hex(cells[2]);
    const std::int32_t iterations = std::stoi(cells[3]);
    const auto salted = salt_password(*mechanism, cells[1], salt, iterations);
    ASSERT_TRUE(salted) << salted.error().what;
    EXPECT_EQ(wire::encode_hex(*salted), cells[4]);
    const auto credential = make_scram_credential(*mechanism, *salted, salt, iterations);
    ASSERT_TRUE(credential) << credential.error().what;
    EXPECT_EQ(wire::encode_hex(credential->stored_key), cells[5]);
    EXPECT_EQ(wire::encode_hex(credential->server_key), cells[6]);
    EXPECT_EQ(credential->salt, salt);
    EXPECT_EQ(credential->iterations, iterations);
    ++checked;
  }
  EXPECT_GT(checked, 4);
}

TEST(ScramCredential, KnowsTwoMechanismsByName) {
  EXPECT_EQ(find_scram_mechanism("SCRAM-SHA-256"), ScramMechanism::sha_256);
  EXPECT_EQ(find_scram_mechanism("SCRAM-SHA-512"), ScramMechanism::sha_512);
  EXPECT_EQ(find_scram_mechanism("SCRAM-SHA-1"), std::nullopt);
  EXPECT_EQ(find_scram_mechanism("scram-sha-256"), std::nullopt);
}

}  // namespace
}  // namespace sluice
