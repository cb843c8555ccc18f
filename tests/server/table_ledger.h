// server/table_ledger.h: what was written to a compacted topic, key by key, and what a reader of all of it must
// therefore find.
//
// One writer, one record at a time, so that the writes of a key have an order. Whoever reads the topic from its
// start finds of each key the last write that was acknowledged, or one behind it of which nobody knows; earlier
// ones only before that; and a deletion only for as long as it is kept.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "wire/ids.h"

namespace sluice::sim {

class TableLedger {
 public:
  /// A record as it is read.
  struct Entry {
    Offset offset;
    std::string key;
    std::int64_t number = 0;
    bool deletes = false;
  };

  /// `keeps_deletions`: none is forgotten while the world lasts.
  explicit TableLedger(bool keeps_deletions) : keeps_deletions_(keeps_deletions) {}

  /// A write begins, of a value or of a deletion, with a number that is its own.
  void written(const std::string& key, std::int64_t number, bool deletes);
  /// The last write of the key is acknowledged.
  void acknowledged(const std::string& key);

  /// A sentence for everything that is wrong with `entries`, which are all records from the start.
  std::vector<std::string> check(const std::vector<Entry>& entries) const;
  std::size_t acknowledged_count() const { return acknowledged_count_; }

 private:
  struct Write {
    std::int64_t number = 0;
    bool deletes = false;
    friend bool operator==(const Write&, const Write&) = default;
  };
  struct Key {
    std::vector<Write> writes;
    std::size_t acknowledged = 0;  ///< So many of the writes, with those before them that nobody knows of.
  };
  bool keeps_deletions_;
  std::map<std::string, Key> keys_;
  std::size_t acknowledged_count_ = 0;
};

}  // namespace sluice::sim
