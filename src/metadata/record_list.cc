#include "metadata/record_list.h"

namespace sluice {

void RecordList::add_encoded(Bytes record) {
  bytes_.append(record);
  ends_.push_back(bytes_.size());
}

void RecordList::append(const RecordList& other) {
  for (std::size_t i = 0; i < other.size(); ++i) add_encoded(other[i]);
}

Bytes RecordList::operator[](std::size_t at) const {
  const std::size_t begin = at == 0 ? 0 : ends_[at - 1];
  return bytes_.bytes().subspan(begin, ends_[at] - begin);
}

std::vector<Bytes> RecordList::values() const {
  std::vector<Bytes> values;
  values.reserve(size());
  for (std::size_t i = 0; i < size(); ++i) values.push_back((*this)[i]);
  return values;
}

void RecordList::truncate(std::size_t size) {
  if (size >= ends_.size()) return;
  ends_.resize(size);
  bytes_.resize(size == 0 ? 0 : ends_.back());
}

}  // namespace sluice
