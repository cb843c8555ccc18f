// storage/detail/cleaned_transactions.h: what compaction must know of transactions as it goes over a log in order.
//
// Records of aborted transactions go at once. A marker stays as long as a batch of its transaction was seen before
// it, since readers who begin there need it, and gets a delete horizon when none was.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "record/batch_view.h"
#include "storage/producer_state.h"
#include "storage/transaction_index.h"

namespace sluice::detail {

class CleanedTransactions {
 public:
  /// What is known to be aborted in batches that are yet to come, by first offset.
  void add_aborted(std::vector<AbortedTransaction> aborted);

  /// Whether a batch of data belongs to an aborted transaction.
  bool see_data(const ConstBatchView& batch);
  struct Marker {
    bool discard = false;                       ///< Nothing of its transaction is left.
    std::optional<AbortedTransaction> aborted;  ///< To be noted beside the marker, if it stays.
  };
  /// Errors: corrupt.
  Result<Marker> see_marker(const ConstBatchView& batch);

 private:
  struct Ongoing {
    AbortedTransaction transaction;
    bool has_batches = false;
  };
  void begin_up_to(Offset offset);

  std::multimap<Offset, AbortedTransaction> coming_;  // By first offset.
  std::map<ProducerId, Ongoing> aborted_;
  std::set<ProducerId> committed_;  // With a batch that was seen; its marker is to come.
};

}  // namespace sluice::detail
