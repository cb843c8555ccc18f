#include "coordinator/topic_hash.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <string>
#include <vector>

#include "base/bytes.h"

namespace sluice {
namespace {

/// Bytes as Java's hash4j feeds them to the hash: numbers little-endian, text as UTF-16 with its length behind it.
class HashInput {
 public:
  void put_byte(std::uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void put_int(std::int32_t value) { put(static_cast<std::uint32_t>(value), sizeof(value)); }
  void put_long(std::int64_t value) { put(static_cast<std::uint64_t>(value), sizeof(value)); }
  /// Topic names and racks are ASCII or, where they are not, well-formed UTF-8.
  void put_text(std::string_view text);
  /// How many UTF-16 units `text` has.
  static std::int32_t length(std::string_view text);
  std::int64_t hash() const { return std::bit_cast<std::int64_t>(XXH3_64bits(bytes_.data(), bytes_.size())); }

 private:
  void put(std::uint64_t value, std::size_t size) {
    for (std::size_t i = 0; i < size; ++i) put_byte(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  std::string bytes_;
};

/// Takes one character off the front of UTF-8; what is no UTF-8 counts as U+FFFD, byte by byte.
char32_t take_character(std::string_view& text) {
  const auto byte = [&text](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::size_t size = byte(0) < 0x80    ? 1
                           : byte(0) >= 0xf0 ? 4
                           : byte(0) >= 0xe0 ? 3
                           : byte(0) >= 0xc0 ? 2
                                             : 0;
  if (size == 0 || size > text.size()) {
    text.remove_prefix(1);
    return 0xfffd;
  }
  char32_t character = size == 1 ? byte(0) : byte(0) & (0x7f >> size);
  for (std::size_t i = 1; i < size; ++i) character = character << 6 | (byte(i) & 0x3f);
  text.remove_prefix(size);
  return character;
}

void HashInput::put_text(std::string_view text) {
  const std::int32_t units = length(text);
  while (!text.empty()) {
    const char32_t character = take_character(text);
    if (character < 0x10000) {
      put(character, 2);
    } else {
      put(0xd800 + ((character - 0x10000) >> 10), 2);
      put(0xdc00 + ((character - 0x10000) & 0x3ff), 2);
    }
  }
  put_int(units);
}

std::int32_t HashInput::length(std::string_view text) {
  std::int32_t units = 0;
  while (!text.empty()) units += take_character(text) < 0x10000 ? 1 : 2;
  return units;
}

std::vector<std::string_view> racks_of(const PartitionImage& partition, const ClusterImage& cluster) {
  std::vector<std::string_view> racks;
  for (const NodeId replica : partition.replicas)
    if (const BrokerImage* broker = cluster.broker(replica); broker != nullptr && broker->rack)
      racks.push_back(*broker->rack);
  std::ranges::sort(racks);
  return racks;
}

}  // namespace

std::int64_t topic_hash(const TopicImage& topic, const ClusterImage& cluster) {
  HashInput input;
  input.put_byte(0);  // The version of this layout.
  const Bytes id(topic.id().bytes);
  input.put_long(load<std::int64_t>(id, 0));
  input.put_long(load<std::int64_t>(id, sizeof(std::int64_t)));
  input.put_text(topic.name());
  input.put_int(static_cast<std::int32_t>(topic.partition_count()));
  std::int32_t index = 0;
  for (const auto& partition : topic.partitions()) {
    input.put_int(index++);
    for (const std::string_view rack : racks_of(*partition, cluster)) {
      input.put_int(HashInput::length(rack));
      input.put_text(rack);
    }
  }
  return input.hash();
}

std::int64_t metadata_hash(const std::map<std::string_view, std::int64_t>& topic_hashes) {
  if (topic_hashes.empty()) return 0;
  HashInput input;
  for (const auto& [name, hash] : topic_hashes) input.put_long(hash);
  return input.hash();
}

}  // namespace sluice
