#include "raft/voter_set.h"

#include <gtest/gtest.h>

#include "raft/quorum_world.h"

namespace sluice::raft {
namespace {

using test::id;

TEST(VoterSet, IsReadFromTheConfiguration) {
  const auto voters = VoterSet::parse("1@a:9093, 2@[::1]:9094,3@host.example:1", "CONTROLLER");
  ASSERT_TRUE(voters) << voters.error().what;
  EXPECT_EQ(voters->size(), 3u);
  EXPECT_EQ(voters->find({2})->endpoints.front(), (VoterEndpoint{"CONTROLLER", "::1", 9094}));
  EXPECT_EQ(voters->majority(), 2u);
  EXPECT_TRUE(VoterSet::parse("", "CONTROLLER")->empty());
}

TEST(VoterSet, RefusesWhatIsNoVoter) {
  for (const char* text :
       {"1", "1@host", "x@host:1", "-1@host:1", "1@:1", "1@host:70000", "1@host:", "1@a:1,1@b:2"})
    EXPECT_FALSE(VoterSet::parse(text, "C")) << text;
}

TEST(VoterSet, GoesThroughItsRecord) {
  const VoterSet voters(
      std::vector<Voter>{{.key = {.id = {1}, .directory_id = id(1)}, .endpoints = {{"C", "a", 1}, {"D", "b", 2}}},
                         {.key = {.id = {5}, .directory_id = id(5)}, .endpoints = {}}});
  EXPECT_EQ(VoterSet::from(voters.record()), voters);
}

// A node on a new disk has forgotten its votes: it is another replica.
TEST(VoterSet, TellsReplicasByTheirDirectory) {
  const VoterSet voters(std::vector<Voter>{{.key = {.id = {1}, .directory_id = id(1)}, .endpoints = {}}});
  EXPECT_TRUE(voters.is_only_voter({{1}, id(1)}));
  EXPECT_FALSE(voters.contains({{1}, id(2)}));
  EXPECT_FALSE(voters.contains({{2}, id(1)}));
  EXPECT_TRUE(VoterSet::parse("1@a:1", "C")->is_only_voter({{1}, id(2)}));
  EXPECT_FALSE(VoterSet::parse("1@a:1,2@b:1", "C")->is_only_voter({{1}, id(2)}));
}

}  // namespace
}  // namespace sluice::raft
