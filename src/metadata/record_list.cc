#include "metadata/record_list.h"

#include <limits>

#include "wire/reader.h"

namespace sluice {

MutableBytes RecordList::append(MetadataRecordHead head, std::size_t body_size) {
  wire::Sizer sizer;
  sizer.varint(MetadataRecordHead::kFrameVersion);
  sizer.varint(static_cast<std::uint32_t>(head.type));
  sizer.varint(static_cast<std::uint32_t>(head.version));
  const std::size_t begin = bytes_.size();
  const std::size_t body = begin + sizer.written();
  bytes_.resize(body + body_size);
  wire::Writer writer(bytes_.bytes().subspan(begin, sizer.written()));
  writer.varint(MetadataRecordHead::kFrameVersion);
  writer.varint(static_cast<std::uint32_t>(head.type));
  writer.varint(static_cast<std::uint32_t>(head.version));
  ends_.push_back(bytes_.size());
  return bytes_.bytes().subspan(body);
}

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

Result<MetadataRecordHead> read_record_head(Bytes& record) {
  wire::Reader reader(record);
  const std::uint32_t frame = reader.varint("frame version");
  const std::uint32_t type = reader.varint("type");
  const std::uint32_t version = reader.varint("version");
  if (reader.failed()) return reader.failure();
  if (frame != MetadataRecordHead::kFrameVersion)
    return fail(Errc::unsupported_version, "metadata record has frame version {}, not {}", frame,
                MetadataRecordHead::kFrameVersion);
  constexpr std::uint32_t kMax = std::numeric_limits<std::int16_t>::max();
  if (type > kMax || version > kMax)
    return fail(Errc::corrupt, "metadata record claims type {} and version {}", type, version);
  record = reader.rest();
  return MetadataRecordHead{static_cast<std::int16_t>(type), static_cast<std::int16_t>(version)};
}

}  // namespace sluice
