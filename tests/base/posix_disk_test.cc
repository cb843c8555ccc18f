#include "base/posix_disk.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "base/epoll_loop.h"

namespace sluice {
namespace {

/// A directory of its own under the system's temporary one, and a loop with a disk to use it from.
class PosixDiskTest : public testing::Test {
 protected:
  PosixDiskTest() {
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-disk-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
  }
  ~PosixDiskTest() override { std::filesystem::remove_all(root_); }

  void run(Task<void> (*story)(Disk&, std::string)) {
    run_blocking(loop_, [&] { return story(disk_, root_); });
  }

  std::string root_;
  ThreadPool pool_{2, "disk"};
  EpollLoop loop_{"loop"};
  PosixDisk disk_{pool_};
};

TEST_F(PosixDiskTest, WritesPartsInOrderAndReadsThemBack) {
  run([](Disk& disk, std::string root) -> Task<void> {
    auto file = co_await disk.open(root + "/f", OpenMode::create);
    EXPECT_TRUE(file);
    // More parts than one system call takes, some of them empty.
    std::vector<Bytes> parts;
    std::string expected;
    static const std::string kText = "abcdefghij";
    for (std::size_t i = 0; i < 200; ++i) {
      parts.push_back(as_bytes(std::string_view(kText).substr(0, i % 11)));
      expected += kText.substr(0, i % 11);
    }
    const auto written = co_await (*file)->write(3, std::span<const Bytes>(parts));
    EXPECT_TRUE(written);
    std::string got(expected.size() + 10, '?');
    const auto count = co_await (*file)->read(3, std::as_writable_bytes(std::span(got)));
    EXPECT_EQ(count, expected.size());
    got.resize(expected.size());
    EXPECT_EQ(got, expected);
  });
}

// A file that grows is given blocks in advance. Its size and contents do not tell; cutting it to its size gives
// back what is too much.
TEST_F(PosixDiskTest, TakesNoMoreRoomThanItsSizeOnceItIsCut) {
  run([](Disk& disk, std::string root) -> Task<void> {
    const std::string path = root + "/f";
    auto file = co_await disk.open(path, OpenMode::create);
    static const std::string kPart(1 << 20, 'x');
    constexpr std::uint64_t kParts = 12;
    for (std::uint64_t i = 0; i < kParts; ++i) {
      const auto written = co_await (*file)->write(i * kPart.size(), as_bytes(kPart));
      EXPECT_TRUE(written);
    }
    const auto size = co_await (*file)->size();
    EXPECT_EQ(size, kParts * kPart.size());
    const auto cut = co_await (*file)->truncate(*size);
    EXPECT_TRUE(cut);
    const auto synced = co_await (*file)->sync();
    EXPECT_TRUE(synced);
    struct stat status{};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_LE(static_cast<std::uint64_t>(status.st_blocks) * 512, *size + (64 << 10));
    const auto after = co_await (*file)->size();
    EXPECT_EQ(after, *size);
  });
}

TEST_F(PosixDiskTest, NamesTheFileThatIsMissing) {
  run([](Disk& disk, std::string root) -> Task<void> {
    const auto file = co_await disk.open(root + "/absent", OpenMode::read);
    EXPECT_FALSE(file);
    EXPECT_EQ(file.error().code, Errc::not_found);
    EXPECT_NE(file.error().what.find("/absent"), std::string::npos);
  });
}

TEST_F(PosixDiskTest, ReplacesFilesAndListsThemSorted) {
  run([](Disk& disk, std::string root) -> Task<void> {
    for (const char* name : {"/b", "/a", "/b"}) {
      const auto replaced = co_await disk.replace_file(root + name, std::string("in ") + name);
      EXPECT_TRUE(replaced);
    }
    const auto made = co_await disk.make_directory(root + "/c/d");
    EXPECT_TRUE(made);
    const auto entries = co_await disk.list(root);
    EXPECT_EQ(entries->size(), 3U);
    EXPECT_EQ(entries->at(0).name, "a");
    EXPECT_EQ(entries->at(1).size, 5U);
    EXPECT_TRUE(entries->at(2).is_directory);
    const auto contents = co_await disk.read_file(root + "/b", 100);
    EXPECT_EQ(contents, "in /b");
    const auto too_large = co_await disk.read_file(root + "/b", 4);
    EXPECT_EQ(too_large.error().code, Errc::too_large);
  });
}

}  // namespace
}  // namespace sluice
