#include "record/record_view.h"

#include "base/assert.h"
#include "record/varint.h"

namespace sluice {

namespace {

// Takes what a varint at the front of `rest` counts; nullopt if that is -1.
std::optional<Bytes> take_sized(Bytes& rest) {
  const std::byte* at = rest.data();
  std::int32_t size = 0;
  SLUICE_ASSERT(get_varint(at, rest.data() + rest.size(), size));
  rest = rest.subspan(static_cast<std::size_t>(at - rest.data()));
  if (size < 0) return std::nullopt;
  const Bytes taken = rest.first(static_cast<std::size_t>(size));
  rest = rest.subspan(taken.size());
  return taken;
}

}  // namespace

HeadersView::Iterator::Iterator(Bytes encoded, std::int32_t count) : rest_(encoded), left_(count) {
  if (left_ > 0) decode();
}

HeadersView::Iterator& HeadersView::Iterator::operator++() {
  if (--left_ > 0) decode();
  return *this;
}

HeadersView::Iterator HeadersView::Iterator::operator++(int) {
  const Iterator before = *this;
  ++*this;
  return before;
}

void HeadersView::Iterator::decode() {
  header_.key = as_text(*take_sized(rest_));
  header_.value = take_sized(rest_);
}

}  // namespace sluice
