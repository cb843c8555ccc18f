#include "storage/detail/cleaned_transactions.h"

#include <utility>

namespace sluice::detail {

void CleanedTransactions::add_aborted(std::vector<AbortedTransaction> aborted) {
  for (const AbortedTransaction& transaction : aborted) coming_.emplace(transaction.first_offset, transaction);
}

void CleanedTransactions::begin_up_to(Offset offset) {
  while (!coming_.empty() && coming_.begin()->first <= offset) {
    const AbortedTransaction transaction = coming_.begin()->second;
    coming_.erase(coming_.begin());
    aborted_.try_emplace(transaction.producer_id, Ongoing{transaction, false});
  }
}

bool CleanedTransactions::see_data(const ConstBatchView& batch) {
  begin_up_to(batch.last_offset());
  if (!batch.is_transactional()) return false;
  const auto aborted = aborted_.find(batch.producer_id());
  if (aborted == aborted_.end()) {
    committed_.insert(batch.producer_id());
    return false;
  }
  aborted->second.has_batches = true;
  return true;
}

Result<CleanedTransactions::Marker> CleanedTransactions::see_marker(const ConstBatchView& batch) {
  begin_up_to(batch.last_offset());
  const auto marker = EndMarker::read(batch);
  if (!marker) return fail(marker.error());
  if (!*marker) return Marker{.discard = false, .aborted = {}};  // Of another kind, or emptied before.
  if ((*marker)->commit) return Marker{.discard = committed_.erase(batch.producer_id()) == 0, .aborted = {}};
  const auto aborted = aborted_.find(batch.producer_id());
  if (aborted == aborted_.end()) return Marker{.discard = true, .aborted = {}};
  const Ongoing ended = aborted->second;
  aborted_.erase(aborted);
  if (!ended.has_batches) return Marker{.discard = true, .aborted = {}};
  return Marker{.discard = false, .aborted = ended.transaction};
}

}  // namespace sluice::detail
