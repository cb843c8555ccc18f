// simulation/sim_file_pages.h: a file's bytes twice: as programs see them, and as they are durable.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "simulation/sim_loop.h"

namespace sluice::sim {

/// Bytes up to a size; those behind the last that was written are zeros and take no memory, as in a hole.
struct FileImage {
  std::string written;
  std::size_t size = 0;

  void resize(std::size_t to);
  /// Nothing beyond `size` is touched.
  void put(std::size_t position, std::string_view bytes);
  std::size_t read(std::size_t position, MutableBytes into) const;
  std::string contents() const;
};

/// What a sync carries over from the one image to the other, and what a power failure leaves.
class SimFilePages {
 public:
  const FileImage& seen() const { return seen_; }
  void write(std::size_t position, Bytes bytes);
  void resize(std::size_t size);
  void sync();
  /// As Linux does after a sync that failed: the pages count as clean, and no later sync will write them.
  void forget_changes() { changed_.clear(); }
  /// Keeps what is durable and, of what has changed since, what the seed picks: pages, sectors, the size.
  void lose_power(Random& random);
  /// Makes `contents` the file, durably.
  void replace(std::string_view contents);

 private:
  void mark_changed(std::size_t begin, std::size_t end);
  void carry_over(std::size_t sector);

  FileImage seen_, durable_;
  std::vector<bool> changed_;  ///< By sector of `seen_`: not durable yet.
};

}  // namespace sluice::sim
