// tools/bench/transaction_load.cc: producers whose every batch is a transaction.
#include "tools/bench/group_load.h"
#include "tools/bench/loads.h"
#include "tools/bench/measure.h"
#include "tools/bench/transaction_exchange.h"

namespace sluice::tools::bench {

Result<Report> commit_transactions(const Plan& plan) {
  const auto target = prepare_target(plan.cluster, plan.target);
  if (!target) return fail(target.error());
  const auto batch = PreparedBatch::make(plan.batch, wall_now());
  if (!batch) return fail(batch.error());
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < plan.connections; ++i) ids.push_back(new_name(i));
  const auto coordinators = find_coordinators(plan.cluster, client::CoordinatorType::transaction, ids);
  if (!coordinators) return fail(coordinators.error());
  std::uint64_t retries = 0;
  std::vector<LoadGroup> groups(1);
  const auto shares = target->shares(plan.connections);
  for (std::size_t i = 0; i < plan.connections; ++i) {
    if (shares[i].broker != (*coordinators)[i])
      return fail(Errc::invalid_argument,
                  "transactions needs a cluster of one broker, so that one connection does");
    auto exchange = std::make_unique<TransactionExchange>(*target, ids[i], shares[i].partitions,
                                                          plan.produce.batches_per_request, *batch, retries);
    if (auto added = add_member(groups[0], shares[i].broker, std::move(exchange)); !added)
      return fail(added.error());
  }
  Window window(plan.bounds, Clock::now());
  constexpr std::string_view kNames[] = {"transaction"};
  auto report = measure("transactions", plan, groups, window, kNames);
  if (report) report->numbers.emplace_back("retries", static_cast<double>(retries));
  return report;
}

}  // namespace sluice::tools::bench
