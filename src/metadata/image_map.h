// metadata/image_map.h: a map that never changes; a new one shares with the old all that an edit did not touch.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace sluice {

/// Hashes whatever a key may be looked up by; keys that compare equal must hash alike.
struct KeyHash {
  using is_transparent = void;
  template <class K>
  std::size_t operator()(const K& key) const {
    return std::hash<K>{}(key);
  }
};

/// Buckets of a few entries each, shared between maps. Copying a map is copying a pointer, and any thread may read
/// it. A look-up is a hash and a walk over about four entries; an edit copies the list of buckets once and each
/// bucket that it touches. Entries come out sorted by key, so that nothing depends on the hash.
template <class Key, class Value, class Hash = KeyHash>
class ImageMap {
 public:
  using Entry = std::pair<Key, Value>;
  class Editor;

  std::size_t size() const { return table_ ? table_->size : 0; }
  bool empty() const { return size() == 0; }

  /// Lives as long as some map that shares it.
  template <class K>
  const Value* find(const K& key) const {
    if (!table_) return nullptr;
    const BucketPointer& bucket = table_->buckets[Hash{}(key) & (table_->buckets.size() - 1)];
    if (!bucket) return nullptr;
    for (const Entry& entry : *bucket)
      if (entry.first == key) return &entry.second;
    return nullptr;
  }

  /// All entries by key; pointers live as long as this map.
  std::vector<const Entry*> sorted() const {
    std::vector<const Entry*> entries = unsorted();
    std::ranges::sort(entries, [](const Entry* a, const Entry* b) { return a->first < b->first; });
    return entries;
  }
  /// All entries, in an order that must not show.
  std::vector<const Entry*> unsorted() const {
    std::vector<const Entry*> entries;
    if (!table_) return entries;
    entries.reserve(table_->size);
    for (const BucketPointer& bucket : table_->buckets)
      if (bucket)
        for (const Entry& entry : *bucket) entries.push_back(&entry);
    return entries;
  }

  friend bool operator==(const ImageMap& a, const ImageMap& b) {
    if (a.table_ == b.table_) return true;
    if (a.size() != b.size()) return false;
    return std::ranges::all_of(a.unsorted(), [&b](const Entry* entry) {
      const Value* other = b.find(entry->first);
      return other != nullptr && *other == entry->second;
    });
  }

 private:
  using Bucket = std::vector<Entry>;
  using BucketPointer = std::shared_ptr<Bucket>;
  static constexpr std::size_t kEntriesPerBucket = 4;

  struct Table {
    std::vector<BucketPointer> buckets;  // As many as a power of two.
    std::size_t size = 0;
  };
  std::shared_ptr<const Table> table_;
};

/// Makes a changed map out of one that stays as it is. For one task; the map it was made from may be in use
/// anywhere.
template <class Key, class Value, class Hash>
class ImageMap<Key, Value, Hash>::Editor {
 public:
  explicit Editor(const ImageMap& base) : base_(base) {}

  /// What the map would hold; until the next change.
  template <class K>
  const Value* find(const K& key) const {
    if (!table_) return base_.find(key);
    const BucketPointer& bucket = table_->buckets[place(key)];
    if (!bucket) return nullptr;
    for (const Entry& entry : *bucket)
      if (entry.first == key) return &entry.second;
    return nullptr;
  }

  void put(Key key, Value value) {
    Bucket& bucket = open(place_in_own(key));
    for (Entry& entry : bucket)
      if (entry.first == key) {
        entry.second = std::move(value);
        return;
      }
    bucket.emplace_back(std::move(key), std::move(value));
    if (++table_->size > table_->buckets.size() * kEntriesPerBucket) grow();
  }

  /// False if there is no such key.
  template <class K>
  bool erase(const K& key) {
    if (find(key) == nullptr) return false;
    Bucket& bucket = open(place_in_own(key));
    std::erase_if(bucket, [&key](const Entry& entry) { return entry.first == key; });
    --table_->size;
    return true;
  }

  std::size_t size() const { return table_ ? table_->size : base_.size(); }
  bool changed() const { return table_ != nullptr; }

  /// The changed map. The editor goes on from it.
  ImageMap finish() {
    if (table_) base_.table_ = std::exchange(table_, nullptr);
    own_.clear();
    return base_;
  }

 private:
  template <class K>
  std::size_t place(const K& key) const {
    return Hash{}(key) & (table_->buckets.size() - 1);
  }
  /// The bucket's number in a table that is the editor's own.
  template <class K>
  std::size_t place_in_own(const K& key) {
    if (!table_) {
      table_ = base_.table_ ? std::make_shared<Table>(*base_.table_) : std::make_shared<Table>();
      if (table_->buckets.empty()) table_->buckets.resize(1);
      own_.assign(table_->buckets.size(), false);
    }
    return place(key);
  }
  /// The bucket, to be changed: copied unless it is the editor's own already.
  Bucket& open(std::size_t at) {
    BucketPointer& bucket = table_->buckets[at];
    if (!bucket) bucket = std::make_shared<Bucket>();
    else if (!own_[at]) bucket = std::make_shared<Bucket>(*bucket);
    own_[at] = true;
    return *bucket;
  }
  void grow() {
    auto grown = std::make_shared<Table>();
    grown->buckets.resize(table_->buckets.size() * 4);
    grown->size = table_->size;
    for (std::size_t at = 0; at < table_->buckets.size(); ++at) {
      const BucketPointer& bucket = table_->buckets[at];
      if (!bucket) continue;
      for (Entry& entry : *bucket) {
        BucketPointer& to = grown->buckets[Hash{}(entry.first) & (grown->buckets.size() - 1)];
        if (!to) to = std::make_shared<Bucket>();
        to->push_back(own_[at] ? std::move(entry) : entry);
      }
    }
    table_ = std::move(grown);
    own_.assign(table_->buckets.size(), true);
  }

  ImageMap base_;
  std::shared_ptr<Table> table_;
  std::vector<bool> own_;  // Which buckets no other map shares.
};

}  // namespace sluice
