#include "simulation/sim_file_pages.h"

#include <algorithm>
#include <cstring>

namespace sluice::sim {
namespace {
constexpr std::size_t kSector = 512;
constexpr std::size_t kSectorsPerPage = 4096 / kSector;
}  // namespace

void FileImage::resize(std::size_t to) {
  size = to;
  if (written.size() > size) written.resize(size);
}

void FileImage::put(std::size_t position, std::string_view bytes) {
  if (position >= size) return;
  bytes = bytes.substr(0, size - position);
  if (written.size() < position + bytes.size()) written.resize(position + bytes.size());
  written.replace(position, bytes.size(), bytes);
}

std::size_t FileImage::read(std::size_t position, MutableBytes into) const {
  if (position >= size) return 0;
  const std::size_t count = std::min(into.size(), size - position);
  const std::size_t there = position < written.size() ? std::min(count, written.size() - position) : 0;
  if (there > 0) std::memcpy(into.data(), written.data() + position, there);
  if (count > there) std::memset(into.data() + there, 0, count - there);
  return count;
}

std::string FileImage::contents() const {
  std::string all = written;
  all.resize(size);
  return all;
}

void SimFilePages::mark_changed(std::size_t begin, std::size_t end) {
  if (begin >= end) return;
  const std::size_t sectors = (end + kSector - 1) / kSector;
  if (changed_.size() < sectors) changed_.resize(sectors);
  for (std::size_t sector = begin / kSector; sector < sectors; ++sector) changed_[sector] = true;
}

void SimFilePages::write(std::size_t position, Bytes bytes) {
  if (bytes.empty()) return;
  if (position + bytes.size() > seen_.size) resize(position + bytes.size());
  seen_.put(position, as_text(bytes));
  mark_changed(position, position + bytes.size());
}

void SimFilePages::resize(std::size_t size) {
  // Zeros that were never written need no carrying; those that a cut leaves in a sector do.
  const std::size_t end = std::min(std::max(seen_.written.size(), durable_.written.size()), size);
  if (size < seen_.size)
    mark_changed(size / kSector * kSector, size);
  else
    mark_changed(std::min(seen_.size, end), end);
  seen_.resize(size);
  changed_.resize(std::min(changed_.size(), (size + kSector - 1) / kSector));
}

void SimFilePages::carry_over(std::size_t sector) {
  const std::size_t begin = sector * kSector;
  if (begin >= seen_.size) return;
  std::byte bytes[kSector];
  const std::size_t count = seen_.read(begin, bytes);
  durable_.put(begin, as_text(Bytes(bytes, count)));
}

void SimFilePages::sync() {
  durable_.resize(seen_.size);
  for (std::size_t sector = 0; sector < changed_.size(); ++sector)
    if (changed_[sector]) carry_over(sector);
  changed_.clear();
}

void SimFilePages::lose_power(Random& random) {
  std::size_t size = random.one_in(2) ? durable_.size : seen_.size;
  if (size < seen_.size && random.one_in(2)) size += random.below(seen_.size - size + 1);
  durable_.resize(size);  // What grows is a hole of zeros until a sector fills it.
  for (std::size_t page = 0; page * kSectorsPerPage < changed_.size(); ++page) {
    const std::size_t first = page * kSectorsPerPage;
    const std::size_t end = std::min(first + kSectorsPerPage, changed_.size());
    if (std::find(changed_.begin() + static_cast<std::ptrdiff_t>(first),
                  changed_.begin() + static_cast<std::ptrdiff_t>(end),
                  true) == changed_.begin() + static_cast<std::ptrdiff_t>(end))
      continue;
    const auto fate = random.below(3);  // Lost, kept, or torn.
    for (std::size_t sector = first; sector < end; ++sector)
      if (changed_[sector] && (fate == 1 || (fate == 2 && random.one_in(2)))) carry_over(sector);
  }
  changed_.clear();
  seen_ = durable_;
}

void SimFilePages::replace(std::string_view contents) {
  seen_ = {.written = std::string(contents), .size = contents.size()};
  durable_ = seen_;
  changed_.clear();
}

}  // namespace sluice::sim
