// record/record_view.h: one record as it is read, of any magic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/loop.h"
#include "record/attributes.h"
#include "wire/ids.h"

namespace sluice {

/// A record's header. Keys may repeat. The bytes are those of the record.
struct HeaderView {
  std::string_view key;
  std::optional<Bytes> value;
};

/// A record's headers, decoded as one walks over them. The bytes are those of the record, and were checked when it
/// was read.
class HeadersView {
 public:
  class Iterator {
   public:
    using value_type = HeaderView;
    using difference_type = std::ptrdiff_t;

    Iterator() = default;
    Iterator(Bytes encoded, std::int32_t count);
    HeaderView operator*() const { return header_; }
    const HeaderView* operator->() const { return &header_; }
    Iterator& operator++();
    Iterator operator++(int);
    friend bool operator==(const Iterator& a, const Iterator& b) { return a.left_ == b.left_; }

   private:
    void decode();
    Bytes rest_;
    std::int32_t left_ = 0;  // With the one at hand.
    HeaderView header_;
  };

  HeadersView() = default;
  /// `encoded` as in a record of magic 2 behind the count of headers, checked.
  HeadersView(Bytes encoded, std::int32_t count) : encoded_(encoded), count_(count) {}

  std::size_t size() const { return static_cast<std::size_t>(count_); }
  bool empty() const { return count_ == 0; }
  Iterator begin() const { return {encoded_, count_}; }
  Iterator end() const { return {}; }
  Bytes encoded() const { return encoded_; }

 private:
  Bytes encoded_;
  std::int32_t count_ = 0;
};

static_assert(std::forward_iterator<HeadersView::Iterator>);

/// One record in bytes that whoever gave it keeps as long as it says.
struct RecordView {
  Offset offset;
  /// What clients see: in a batch with log_append_time, that of the batch. kNoTimestamp in magic 0.
  WallTime timestamp;
  /// What the record itself says, whatever the batch's timestamp type; in magic 2 counted from its base timestamp.
  WallTime create_timestamp;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  HeadersView headers;
};

}  // namespace sluice
