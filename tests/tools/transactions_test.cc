#include "tools/transactions.h"

#include <gtest/gtest.h>

#include "tools/tabbed.h"

namespace sluice::tools {
namespace {

TransactionsHelp refused(std::vector<std::string_view> words) {
  const auto command = parse_transactions(words);
  return command ? TransactionsHelp{.code = -1, .text = "accepted"} : command.error();
}

TEST(Transactions, TakesItsCommandBehindTheOptionsThatAreForAll) {
  const std::vector<std::string_view> words{"--bootstrap-server", "x:1", "describe", "--transactional-id", "tx"};
  const auto command = parse_transactions(words);
  ASSERT_TRUE(command) << command.error().text;
  EXPECT_EQ(command->action, TransactionsAction::describe);
  EXPECT_EQ(command->options.get("transactional-id", ""), "tx");
  EXPECT_EQ(command->options.get("bootstrap-server", ""), "x:1");
}

TEST(Transactions, ForceTerminateHasTwoSpellings) {
  const std::vector<std::string_view> kafkas{"--bootstrap-server=x:1", "forceTerminateTransaction",
                                             "--transactionalId", "tx"};
  const std::vector<std::string_view> others{"--bootstrap-server=x:1", "force-terminate", "--transactional-id",
                                             "tx"};
  for (const auto& words : {kafkas, others}) {
    const auto command = parse_transactions(words);
    ASSERT_TRUE(command) << command.error().text;
    EXPECT_EQ(command->action, TransactionsAction::force_terminate);
    EXPECT_EQ(command->options.get("transactionalId", ""), "tx");
  }
}

TEST(Transactions, RefusesWhatIsNoNumberOrTooLarge) {
  for (const std::string_view epoch : {"x", "32768", ""}) {
    const TransactionsHelp help =
        refused({"--bootstrap-server", "x:1", "abort", "--topic", "t", "--partition", "0", "--producer-id", "1",
                 "--producer-epoch", epoch, "--coordinator-epoch", "0"});
    EXPECT_EQ(help.code, 1);
    EXPECT_TRUE(help.text.contains("argument --producer-epoch: could not convert")) << help.text;
  }
}

// Hours that nobody has would overflow when they are counted in milliseconds; Integer bounds them.
TEST(Transactions, BoundsTheTimeout) {
  EXPECT_EQ(refused({"--bootstrap-server", "x:1", "find-hanging", "--topic", "t", "--max-transaction-timeout",
                     "9223372036854775807"})
                .code,
            1);
}

TEST(Transactions, ShowsWhatHangsAsKafkaDoes) {
  EXPECT_EQ(hanging_table({}, 0),
            "Topic\tPartition\tProducerId\tProducerEpoch\tCoordinatorEpoch\tStartOffset\tLastTimestamp\t"
            "Duration(min)\t\n");
  const HangingTransaction hanging{.partition = {"orders", PartitionIndex{2}},
                                   .producer = {.id = ProducerId{7},
                                                .epoch = 1,
                                                .last_sequence = 3,
                                                .last_timestamp = 60'000,
                                                .coordinator_epoch = -1,
                                                .transaction_start = Offset{5}}};
  EXPECT_TRUE(
      hanging_table({hanging}, 60'000 * 21 + 59'999)
          .ends_with("orders\t2        \t7         \t1            \t-1              \t5          \t60000        "
                     "\t20           \t\n"));
}

}  // namespace
}  // namespace sluice::tools
