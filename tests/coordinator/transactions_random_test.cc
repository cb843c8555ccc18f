// Producers of both protocols come, write, end, get lost and come back; markers arrive late; time passes; the node
// crashes. A model that knows only what was asked and answered says what must come of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "coordinator/transaction_world.h"

namespace sluice::test {
namespace {

/// What the answers for one id let its producers expect.
struct ModelId {
  std::optional<TransactionProducer> newest;  ///< The identity that was given out last; none once it was fenced.
  TransactionPartitions added;                ///< To the transaction that is open.
  bool two_phase_commit = false;              ///< Only its producers end its transactions.
};

struct ModelProducer {
  std::string id;
  std::int16_t protocol;
  std::optional<TransactionProducer> identity;
};

bool same(const std::optional<TransactionProducer>& a, const std::optional<TransactionProducer>& b) {
  return a && b && a->id == b->id && a->epoch == b->epoch;
}

class RandomRun {
 public:
  explicit RandomRun(std::uint32_t seed) : random_(seed) {
    world_.options.version = pick(3) == 0 ? std::int16_t{0} : kTransactionsEpochBump;
    world_.options.two_phase_commit = pick(2) == 0;
    for (const char* id : {"x", "x", "x", "y"})
      producers_.push_back({id, pick(2) == 0 ? std::int16_t{0} : world_.options.version, std::nullopt});
  }

  void step() {
    ModelProducer& producer = producers_[static_cast<std::size_t>(pick(4))];
    switch (pick(10)) {
      case 0: init(producer); break;
      case 1:
      case 2:
      case 3:
      case 4: add(producer); break;
      case 5:
      case 6: end(producer); break;
      case 7: world_.complete(); break;
      case 8: pass_time(); break;
      case 9: crash_sometimes(); break;
    }
    check();
  }

 private:
  int pick(int n) { return static_cast<int>(random_() % static_cast<std::uint32_t>(n)); }

  void init(ModelProducer& producer) {
    ModelId& model = models_[producer.id];
    const std::size_t ended = world_.ended().size();
    const bool two_phase_commit = pick(3) == 0;
    const ProducerAnswer answer = world_.init(producer.id, pick(2) == 0 ? producer.identity : std::nullopt,
                                              {.time = 60s, .two_phase_commit = two_phase_commit});
    expect_aborts_since(ended);
    if (two_phase_commit && !world_.options.two_phase_commit)
      EXPECT_EQ(answer.error, ErrorCode::transactional_id_authorization_failed);
    if (answer.error != ErrorCode::none) return;
    model.two_phase_commit = two_phase_commit;
    EXPECT_TRUE(model.added.empty()) << "a producer was let in beside an open transaction";
    if (pick(6) == 0) {
      model.newest = producer_of(answer);  // The answer was lost.
      return;
    }
    model.newest = producer.identity = producer_of(answer);
  }

  void add(ModelProducer& producer) {
    if (!producer.identity) return;
    ModelId& model = models_[producer.id];
    const PartitionIndex partition{pick(3)};
    const ErrorCode error = world_.add(producer.id, *producer.identity, {{"t", {partition}}}, producer.protocol);
    if (error != ErrorCode::none) return;
    EXPECT_TRUE(same(model.newest, producer.identity)) << "somebody who was locked out was let in";
    model.added["t"].insert(partition);
  }

  void end(ModelProducer& producer) {
    if (!producer.identity) return;
    ModelId& model = models_[producer.id];
    const bool commit = pick(2) == 0;
    const std::size_t ended = world_.ended().size();
    const ProducerAnswer answer = world_.end(producer.id, *producer.identity, commit, producer.protocol);
    const bool decided = world_.ended().size() > ended;
    if (answer.error != ErrorCode::none) {
      EXPECT_FALSE(decided);
      return;
    }
    // What was decided, now or when it was asked before, is what was asked for.
    const TransactionState state = world_.at(producer.id).state;
    EXPECT_EQ(state == TransactionState::prepare_commit || state == TransactionState::complete_commit, commit);
    if (decided) {
      EXPECT_TRUE(same(model.newest, producer.identity)) << "somebody who was locked out has ended a transaction";
      EXPECT_EQ(world_.ended().back().partitions, model.added) << "a partition is not told, or told too much";
      model.added.clear();
    }
    // Who repeats what was decided, perhaps by the coordinator itself, is told the identity to go on with; nobody
    // else has another one.
    EXPECT_TRUE(decided || !model.newest || same(model.newest, producer.identity) ||
                same(model.newest, producer_of(answer)));
    model.newest = producer_of(answer);
    if (pick(4) != 0) producer.identity = producer_of(answer);  // Now and then the answer is lost.
  }

  void pass_time() {
    world_.advance(std::chrono::seconds(pick(40)));
    const std::size_t ended = world_.ended().size();
    world_.abort_timed_out();
    for (std::size_t i = ended; i < world_.ended().size(); ++i)
      EXPECT_FALSE(models_[world_.ended()[i].transactional_id].two_phase_commit);
    expect_aborts_since(ended);
  }

  /// What the coordinator itself ends is aborted, everywhere where something was written.
  void expect_aborts_since(std::size_t first) {
    for (std::size_t i = first; i < world_.ended().size(); ++i) {
      const EndedTransaction& ended = world_.ended()[i];
      ModelId& model = models_[ended.transactional_id];
      EXPECT_FALSE(ended.commit);
      EXPECT_EQ(ended.partitions, model.added);
      model.added.clear();
      model.newest.reset();
    }
  }

  void crash_sometimes() {
    // Replay makes what was there, but for what the log does not keep.
    const Transactions replayed = world_.replayed();
    ASSERT_EQ(replayed.by_id().size(), world_.transactions().by_id().size());
    for (const auto& [id, metadata] : world_.transactions().by_id()) {
      TransactionMetadata logged = metadata;
      logged.last_epoch = {-1};
      if (world_.options.version < kTransactionsFlexible) {
        logged.previous_producer_id = logged.next_producer_id = {-1};
        logged.client_version = 0;
      }
      EXPECT_EQ(replayed.by_id().at(id), logged);
    }
    if (pick(3) == 0) world_.restart();
    if (pick(4) == 0 && world_.transactions().by_id().contains("x") &&
        world_.at("x").state == TransactionState::ongoing) {
      world_.use_up_epochs("x", pick(3));
      const TransactionProducer used_up{world_.at("x").producer_id, world_.at("x").epoch};
      for (ModelProducer& producer : producers_)
        if (producer.id == "x" && same(producer.identity, models_["x"].newest)) producer.identity = used_up;
      models_["x"].newest = used_up;
    }
  }

  void check() const {
    for (const auto& [id, metadata] : world_.transactions().by_id()) {
      SCOPED_TRACE(id);
      EXPECT_TRUE(metadata.partitions.empty() || metadata.is_ending() ||
                  metadata.state == TransactionState::ongoing);
      EXPECT_GE(metadata.epoch.value, 0);
      // Everything that is decided is on its way to be told.
      const auto is_it = [&](const EndedTransaction& ended) {
        return ended.transactional_id == id && ended.epoch == metadata.epoch;
      };
      EXPECT_EQ(metadata.is_ending(), std::ranges::any_of(world_.ended(), is_it));
    }
  }

  std::mt19937 random_;
  TransactionWorld world_;
  std::vector<ModelProducer> producers_;
  std::map<std::string, ModelId> models_;
};

TEST(TransactionsRandomly, EndWholeAndByThoseWhoMayEndThem) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    RandomRun run(seed);
    for (int step = 0; step < 300 && !testing::Test::HasFailure(); ++step) run.step();
    if (testing::Test::HasFailure()) break;
  }
}

}  // namespace
}  // namespace sluice::test
