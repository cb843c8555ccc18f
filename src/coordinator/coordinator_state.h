// coordinator/coordinator_state.h: a state machine that lives in a log, as the runtime sees it.
#pragma once

#include "coordinator/coordinator_record.h"
#include "wire/error_code.h"
#include "wire/ids.h"

namespace sluice {

/// State that replaying its records makes. The runtime calls it on the shard of the log.
class CoordinatorState {
 public:
  virtual ~CoordinatorState() = default;

  /// Forgets everything: the log is about to be replayed from its start.
  virtual void reset() = 0;
  /// Takes the next record. What it does not understand it passes over.
  virtual void replay(const LoggedRecord& record) = 0;
  /// What `producer` wrote since its last transaction ended counts, or does not.
  virtual void end_transaction(ProducerId producer, bool committed) = 0;
  /// All is replayed: from here on requests come.
  virtual void loaded() = 0;
  /// No request is served until the next loaded(), if there is one; those that wait end with `error`.
  virtual void suspended(ErrorCode error) = 0;
};

}  // namespace sluice
