#include "share/record_runs.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"

namespace sluice {

RecordRuns::iterator RecordRuns::at(Offset offset) {
  SLUICE_ASSERT(offset >= start_ && offset < end_);
  return std::prev(runs_.upper_bound(offset));
}

RecordRuns::const_iterator RecordRuns::at(Offset offset) const {
  SLUICE_ASSERT(offset >= start_ && offset < end_);
  return std::prev(runs_.upper_bound(offset));
}

RecordRuns::iterator RecordRuns::cut_out(Offset first, Offset last) {
  iterator run = at(first);
  SLUICE_ASSERT(first <= last && last <= run->second.last);
  if (run->first < first) {
    const Run rest = run->second;
    run->second.last = {first.value - 1};
    run = runs_.emplace_hint(std::next(run), first, rest);
  }
  if (last < run->second.last) {
    runs_.emplace_hint(std::next(run), Offset{last.value + 1}, run->second);
    run->second.last = last;
  }
  return run;
}

RecordRuns::iterator RecordRuns::append(Offset last, const RecordRun& common) {
  SLUICE_ASSERT(last >= end_);
  const iterator run = runs_.emplace_hint(runs_.end(), end_, Run{last, common});
  end_ = {last.value + 1};
  return run;
}

RecordRuns::iterator RecordRuns::join(iterator run) {
  if (const iterator next = std::next(run); next != runs_.end() && next->second.common == run->second.common) {
    run->second.last = next->second.last;
    runs_.erase(next);
  }
  if (run == runs_.begin()) return run;
  const iterator before = std::prev(run);
  if (before->second.common != run->second.common) return run;
  before->second.last = run->second.last;
  runs_.erase(run);
  return before;
}

void RecordRuns::drop_before(Offset start) {
  if (start <= start_) return;
  if (start < end_) {
    const iterator kept = cut_out(start, at(start)->second.last);
    runs_.erase(runs_.begin(), kept);
  } else {
    runs_.clear();
  }
  start_ = start;
  end_ = std::max(end_, start);
}

}  // namespace sluice
