// replica/partition_change.h: marks a call that changes a partition's log, so that the log is not replaced under
// it.
#pragma once

#include "replica/partition.h"

namespace sluice {

/// Lives in the frame of the call. Not to be begun while the log is being replaced.
class Partition::Change {
 public:
  explicit Change(Partition& partition) : partition_(partition) { ++partition_.changes_; }
  Change(const Change&) = delete;
  Change& operator=(const Change&) = delete;
  ~Change() {
    if (--partition_.changes_ == 0) partition_.changes_ended_.notify_all();
  }

 private:
  Partition& partition_;
};

}  // namespace sluice
