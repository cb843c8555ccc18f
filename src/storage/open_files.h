// storage/open_files.h: which of a shard's segments have files open, and a bound on how many.
#pragma once

#include <cstddef>
#include <limits>

namespace sluice {

/// Closes what has not been used for long when too many files are open; whoever needs a file again opens it again.
/// Going round like the hand of a clock, it passes over each segment that was used since the last round, so that
/// being used costs no more than setting a flag. Readers that hold a file keep it beyond this. Lives on one shard;
/// outlives its holders.
class OpenFiles {
 public:
  /// Something with files that can be closed, because it opens them when it needs them.
  class Holder {
   public:
    Holder() = default;
    Holder(const Holder&) = delete;
    Holder& operator=(const Holder&) = delete;

   protected:
    ~Holder();
    /// Closes all its files and calls all_closed().
    virtual void close_files() = 0;

    /// Has so many files open now; `files` counts them. May close those of others.
    void has_open(OpenFiles& files, unsigned count);
    void used() { used_ = true; }
    void all_closed();

   private:
    friend class OpenFiles;
    OpenFiles* files_ = nullptr;  ///< While it has files open.
    Holder* previous_ = nullptr;
    Holder* next_ = nullptr;
    unsigned count_ = 0;
    bool used_ = false;
  };

  explicit OpenFiles(std::size_t most = std::numeric_limits<std::size_t>::max()) : most_(most) {}
  OpenFiles(const OpenFiles&) = delete;
  OpenFiles& operator=(const OpenFiles&) = delete;
  ~OpenFiles();

  std::size_t count() const { return count_; }
  std::size_t most() const { return most_; }

 private:
  void add(Holder& holder);
  void remove(Holder& holder);
  void close_some(const Holder& spared);

  std::size_t most_;
  std::size_t count_ = 0;
  Holder* hand_ = nullptr;  ///< In the ring of all that have files open: the next to be looked at.
};

}  // namespace sluice
