// tools/transactions.cc: `sluice transactions`, known as kafka-transactions.sh: what transactions there are, and
// an end to those that hang (KIP-664).
#include "tools/transactions.h"

#include <algorithm>

#include "base/number_text.h"
#include "client/admin.h"
#include "tools/command.h"
#include "tools/kafka_error.h"
#include "tools/session.h"
#include "tools/tabbed.h"

namespace sluice::tools {
namespace {

using client::ActiveProducer;
using client::Admin;
using client::TopicPartition;

/// The complaint about a failure, as the command prints it. Returns the exit code.
int complain_of(std::string_view what, const client::Failure& failure) {
  return complain(fmt::format("{}: {}. Enable debug logging for additional detail.", what, sentence_of(failure)));
}

std::int64_t now_ms(Admin& admin) {
  const auto now = admin.cluster().loop().wall_now().time_since_epoch();
  return std::chrono::floor<std::chrono::milliseconds>(now).count();
}

TopicPartition partition_of(const Options& options) {
  // Both were seen to be there, and the number to be one, before anything was asked.
  return {options.get("topic", ""), PartitionIndex{static_cast<std::int32_t>(**options.number("partition"))}};
}

std::optional<NodeId> broker_of(const Options& options) {
  const auto id = options.number("broker-id");
  if (!id || !*id) return std::nullopt;
  return NodeId{static_cast<std::int32_t>(**id)};
}

Task<int> list(Admin& admin, const Options& options) {
  client::TransactionFilter filter;
  const auto longer = options.number("duration-filter");
  if (*longer && **longer >= 0) filter.longer = std::chrono::milliseconds(**longer);
  filter.id_pattern = options.find("transactional-id-pattern");
  const auto listed = co_await admin.list_transactions(std::move(filter));
  if (!listed) co_return complain_of("Failed to list transactions", listed.error());
  std::vector<std::vector<std::string>> rows;
  for (const auto& [coordinator, transactions] : *listed)
    for (const client::TransactionListing& transaction : transactions)
      rows.push_back({transaction.transactional_id, std::to_string(coordinator.value),
                      std::to_string(transaction.producer.value), transaction.state});
  fmt::print("{}", tabbed({"TransactionalId", "Coordinator", "ProducerId", "TransactionState"}, rows));
  co_return 0;
}

Task<int> describe(Admin& admin, const Options& options) {
  const std::string id = options.get("transactional-id", "");
  const auto described = co_await admin.describe_transactions({id});
  const auto& found = described.at(id);
  if (!found) {
    client::Failure failure = found.error();
    if (failure.code == ErrorCode::transactional_id_not_found)
      failure.what = fmt::format(
          "DescribeTransactions request for transactionalId `{}` failed because the ID could not be found", id);
    co_return complain_of(fmt::format("Failed to describe transaction state of transactional-id `{}`", id),
                          failure);
  }
  const bool begun = found->start_time >= 0;
  std::string partitions;
  for (const TopicPartition& partition : found->partitions)
    partitions += (partitions.empty() ? "" : ",") + client::to_string(partition);
  const std::vector<std::string> row{std::to_string(found->coordinator.value),
                                     id,
                                     std::to_string(found->producer.value),
                                     std::to_string(found->epoch.value),
                                     found->state,
                                     std::to_string(found->timeout.count()),
                                     begun ? std::to_string(found->start_time) : "None",
                                     begun ? std::to_string(now_ms(admin) - found->start_time) : "None",
                                     partitions};
  fmt::print("{}", tabbed({"CoordinatorId", "TransactionalId", "ProducerId", "ProducerEpoch", "TransactionState",
                           "TransactionTimeoutMs", "CurrentTransactionStartTimeMs", "TransactionDurationMs",
                           "TopicPartitions"},
                          {row}));
  co_return 0;
}

Task<int> describe_producers(Admin& admin, const Options& options) {
  const TopicPartition partition = partition_of(options);
  const std::optional<NodeId> broker = broker_of(options);
  const auto described = co_await admin.describe_producers({partition}, broker);
  const auto& producers = described.at(partition);
  if (!producers)
    co_return complain_of(
        fmt::format("Failed to describe producers for partition {} on {}", client::to_string(partition),
                    broker ? fmt::format("broker {}", broker->value) : "leader"),
        producers.error());
  std::vector<std::vector<std::string>> rows;
  for (const ActiveProducer& producer : *producers)
    rows.push_back(
        {std::to_string(producer.id.value), std::to_string(producer.epoch),
         std::to_string(producer.coordinator_epoch), std::to_string(producer.last_sequence),
         std::to_string(producer.last_timestamp),
         producer.transaction_start.value < 0 ? "None" : std::to_string(producer.transaction_start.value)});
  fmt::print("{}", tabbed({"ProducerId", "ProducerEpoch", "LatestCoordinatorEpoch", "LastSequence",
                           "LastTimestamp", "CurrentTransactionStartOffset"},
                          rows));
  co_return 0;
}

std::string spec_text(const client::OpenTransaction& transaction) {
  return fmt::format(
      "AbortTransactionSpec(topicPartition={}, producerId={}, producerEpoch={}, coordinatorEpoch={})",
      client::to_string(transaction.partition), transaction.producer.value, transaction.epoch.value,
      transaction.coordinator_epoch);
}

Task<int> abort_one(Admin& admin, client::OpenTransaction transaction) {
  const std::string spec = spec_text(transaction);
  const auto done = co_await admin.abort_transaction(std::move(transaction));
  if (!done) co_return complain_of("Failed to abort transaction " + spec, done.error());
  co_return 0;
}

Task<int> abort(Admin& admin, const Options& options) {
  const TopicPartition partition = partition_of(options);
  const auto start = options.number("start-offset");
  if (!*start) {
    const auto epoch = static_cast<std::int16_t>(**options.number("producer-epoch"));
    // -1 stands for a producer that has not yet ended a transaction; no leader epoch is less than 0.
    const std::int64_t coordinator = std::max<std::int64_t>(**options.number("coordinator-epoch"), 0);
    co_return co_await abort_one(admin, {.partition = partition,
                                         .producer = ProducerId{**options.number("producer-id")},
                                         .epoch = ProducerEpoch{epoch},
                                         .coordinator_epoch = static_cast<std::int32_t>(coordinator)});
  }
  const auto described = co_await admin.describe_producers({partition});
  const auto& producers = described.at(partition);
  if (!producers)
    co_return complain_of("Failed to validate producer state for partition " + client::to_string(partition),
                          producers.error());
  const auto found = std::ranges::find(*producers, Offset{**start}, &ActiveProducer::transaction_start);
  if (**start < 0 || found == producers->end())
    co_return complain(fmt::format("Could not find any open transactions starting at offset {} on partition {}",
                                   **start, client::to_string(partition)));
  co_return co_await abort_one(admin, {.partition = partition,
                                       .producer = found->id,
                                       .epoch = ProducerEpoch{static_cast<std::int16_t>(found->epoch)},
                                       .coordinator_epoch = std::max(found->coordinator_epoch, 0)});
}

Task<int> force_terminate(Admin& admin, const Options& options) {
  const std::string id = options.get("transactionalId", "");
  const auto done = co_await admin.fence_producer(id);
  if (!done)
    co_return complain_of(fmt::format("Failed to force terminate transactionalId `{}`", id), done.error());
  co_return 0;
}

using Suspects = std::vector<HangingTransaction>;

/// The partitions to look at: one, those of a topic, or those of all topics; of one broker if it was named.
Task<client::Outcome<std::set<TopicPartition>>> partitions_to_search(Admin& admin, const Options& options) {
  if (options.has("partition")) co_return std::set<TopicPartition>{partition_of(options)};
  std::vector<std::string> names = options.all("topic");
  if (names.empty()) {
    const auto topics = co_await admin.list_topics(true);
    if (!topics) co_return client::failed(topics.error());
    for (const client::TopicInfo& topic : *topics) names.push_back(topic.name);
  }
  const auto described = co_await admin.describe_topics(std::move(names));
  const std::optional<NodeId> broker = broker_of(options);
  std::set<TopicPartition> partitions;
  for (const auto& [name, topic] : described) {
    if (!topic) co_return client::failed(topic.error());
    for (const client::PartitionInfo& partition : topic->partitions)
      if (!broker || std::ranges::find(partition.replicas, *broker) != partition.replicas.end())
        partitions.insert({name, partition.partition});
  }
  co_return partitions;
}

/// The transactions whose producers have not been heard of for longer than `age_ms_max`.
Task<client::Outcome<Suspects>> find_suspects(Admin& admin, std::set<TopicPartition> partitions,
                                              std::optional<NodeId> broker, std::int64_t age_ms_max) {
  const auto described = co_await admin.describe_producers(std::move(partitions), broker);
  Suspects suspects;
  for (const auto& [partition, producers] : described) {
    if (!producers) co_return client::failed(producers.error());
    for (const ActiveProducer& producer : *producers)
      if (producer.transaction_start.value >= 0 && now_ms(admin) - producer.last_timestamp > age_ms_max)
        suspects.push_back({partition, producer});
  }
  co_return suspects;
}

/// Keeps those that no coordinator is going to end.
Task<client::Outcome<Suspects>> keep_hanging(Admin& admin, Suspects suspects) {
  client::TransactionFilter filter;
  for (const HangingTransaction& suspect : suspects) filter.producers.push_back(suspect.producer.id);
  const auto listed = co_await admin.list_transactions(std::move(filter));
  if (!listed) co_return client::failed(listed.error());
  std::map<ProducerId, std::string> ids;
  for (const auto& [coordinator, transactions] : *listed)
    for (const client::TransactionListing& transaction : transactions)
      ids[transaction.producer] = transaction.transactional_id;
  std::vector<std::string> names;
  for (const auto& [producer, id] : ids) names.push_back(id);
  const auto described = co_await admin.describe_transactions(std::move(names));
  for (const auto& [id, transaction] : described)
    if (!transaction && transaction.error().code != ErrorCode::transactional_id_not_found)
      co_return client::failed(transaction.error());
  std::erase_if(suspects, [&](const HangingTransaction& suspect) {
    const auto id = ids.find(suspect.producer.id);
    if (id == ids.end()) return false;
    const auto& transaction = described.at(id->second);
    return transaction && transaction->partitions.contains(suspect.partition);
  });
  co_return suspects;
}

Task<int> find_hanging(Admin& admin, const Options& options) {
  const auto minutes = options.number("max-transaction-timeout");
  const std::int64_t age_ms_max = (*minutes ? **minutes : 15) * 60'000;
  auto partitions = co_await partitions_to_search(admin, options);
  if (!partitions) co_return complain_of("Failed to describe topics", partitions.error());
  const std::size_t count = partitions->size();
  auto suspects = co_await find_suspects(admin, std::move(*partitions), broker_of(options), age_ms_max);
  if (!suspects)
    co_return complain_of(fmt::format("Failed to describe producers for {} partitions", count), suspects.error());
  if (!suspects->empty()) suspects = co_await keep_hanging(admin, std::move(*suspects));
  if (!suspects) co_return complain_of("Failed to list transactions", suspects.error());
  fmt::print("{}", hanging_table(*suspects, now_ms(admin)));
  co_return 0;
}

using Act = Task<int> (*)(Admin& admin, const Options& options);
constexpr std::pair<TransactionsAction, Act> kActs[] = {
    {TransactionsAction::list, list},
    {TransactionsAction::describe, describe},
    {TransactionsAction::describe_producers, describe_producers},
    {TransactionsAction::abort, abort},
    {TransactionsAction::find_hanging, find_hanging},
    {TransactionsAction::force_terminate, force_terminate}};

Task<int> act_on(Loop& loop, Network& network, const client::ClientConfig& config, Act act,
                 const Options& options) {
  Admin admin(loop, network, config);
  const int result = co_await act(admin, options);
  co_await admin.close();
  co_return result;
}

}  // namespace

std::string hanging_table(const std::vector<HangingTransaction>& transactions, std::int64_t now) {
  std::vector<std::vector<std::string>> rows;
  for (const HangingTransaction& hanging : transactions)
    rows.push_back({hanging.partition.topic, std::to_string(hanging.partition.partition.value),
                    std::to_string(hanging.producer.id.value), std::to_string(hanging.producer.epoch),
                    std::to_string(hanging.producer.coordinator_epoch),
                    std::to_string(hanging.producer.transaction_start.value),
                    std::to_string(hanging.producer.last_timestamp),
                    std::to_string((now - hanging.producer.last_timestamp) / 60'000)});
  return tabbed({"Topic", "Partition", "ProducerId", "ProducerEpoch", "CoordinatorEpoch", "StartOffset",
                 "LastTimestamp", "Duration(min)"},
                rows);
}

int transactions(Arguments arguments) {
  const std::expected<TransactionsCommand, TransactionsHelp> command = parse_transactions(arguments);
  if (!command) {
    if (command.error().code != 0) return complain(command.error().text);
    fmt::print("{}", command.error().text);
    return 0;
  }
  const auto config = admin_config(command->options, "adminclient-1");
  if (!config) return complain(config.error().what);
  const auto* const found = std::ranges::find(kActs, command->action, &std::pair<TransactionsAction, Act>::first);
  return run([&](Loop& loop, Network& network) {
    return act_on(loop, network, *config, found->second, command->options);
  });
}

}  // namespace sluice::tools
