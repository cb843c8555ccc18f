#include "raft/election_state.h"

#include <gtest/gtest.h>

#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::id;

const VoterSet kOneVoter(std::vector<Voter>{{.key = {.id = {1}, .directory_id = {}}, .endpoints = {}}});
const ElectionState kLed{.epoch = {1}, .leader = NodeId{1}, .voted = std::nullopt};

TEST(ElectionState, IsWrittenAsKafkaWritesIt) {
  EXPECT_EQ(format_quorum_state(kLed, kDynamicVoters, kOneVoter),
            test::file_bytes(SLUICE_FIXTURE_DIR "/data/__cluster_metadata-0/quorum-state"));
  EXPECT_EQ(format_quorum_state(kLed, kStaticVoters, kOneVoter),
            test::file_bytes(SLUICE_FIXTURE_DIR "/static/__cluster_metadata-0/quorum-state"));
}

TEST(ElectionState, IsReadAsItWasWritten) {
  const ElectionState states[] = {
      kLed,
      {.epoch = {7}, .leader = std::nullopt, .voted = ReplicaKey{.id = {3}, .directory_id = id(5)}},
      {.epoch = {0}, .leader = std::nullopt, .voted = std::nullopt},
  };
  for (const ElectionState& state : states) {
    const auto read = parse_quorum_state(format_quorum_state(state, kDynamicVoters, kOneVoter));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(*read, state);
  }
  ElectionState without_directory = states[1];
  const auto read = parse_quorum_state(format_quorum_state(without_directory, kStaticVoters, kOneVoter));
  without_directory.voted->directory_id = {};
  EXPECT_EQ(*read, without_directory);
}

TEST(ElectionState, RefusesWhatIsNone) {
  const auto refused = [](std::string_view text) { return parse_quorum_state(text).error().code; };
  EXPECT_EQ(refused("{\"leaderId\":1"), Errc::corrupt);
  EXPECT_EQ(refused("[]"), Errc::corrupt);
  EXPECT_EQ(refused("{\"data_version\":1}"), Errc::corrupt);
  EXPECT_EQ(refused(R"({"leaderId":1,"leaderEpoch":1,"votedId":-1,"data_version":2})"), Errc::unsupported_version);
  EXPECT_EQ(refused(R"({"leaderId":1,"leaderEpoch":99999999999,"votedId":-1,"data_version":1})"), Errc::corrupt);
  EXPECT_EQ(refused(R"({"leaderId":1,"leaderEpoch":"1","votedId":-1,"data_version":1})"), Errc::corrupt);
  EXPECT_EQ(refused(R"({"leaderId":1,"leaderEpoch":1,"votedId":-1,"votedDirectoryId":"?","data_version":1})"),
            Errc::corrupt);
}

TEST(ElectionState, IsNotThereBeforeTheFirstElection) {
  sim::SimLoop loop;
  sim::SimDisk disk(loop);
  loop.run(disk.make_directory("d"));
  QuorumStateFile file(disk, "d");
  EXPECT_EQ(*loop.run(file.read()), std::nullopt);
  ASSERT_TRUE(loop.run(file.write(kLed, kDynamicVoters, kOneVoter)));
  EXPECT_EQ(*loop.run(file.read()), kLed);
}

}  // namespace
}  // namespace sluice::raft
