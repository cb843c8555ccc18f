// What this machine does by itself: the floor under the others.
#include <benchmark/benchmark.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

namespace sluice::micro {
namespace {

void machine_memcpy(benchmark::State& state) {
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::vector<char> from(size, 'x');
  std::vector<char> to(size);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), size);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(machine_memcpy)->Arg(16 << 10)->Arg(1 << 20);

/// A file without a name.
int scratch_file() {
  std::string pattern = std::filesystem::temp_directory_path() / "sluice-micro-XXXXXX";
  const int descriptor = ::mkstemp(pattern.data());
  ::unlink(pattern.c_str());
  return descriptor;
}

/// Into the page cache, each write behind the one before; cut after a while so that the disk is not filled.
void machine_write(benchmark::State& state) {
  constexpr off_t kFileMax = off_t{1} << 30;
  const int file = scratch_file();
  const std::vector<char> bytes(static_cast<std::size_t>(state.range(0)), 'x');
  off_t position = 0;
  for (auto _ : state) {
    if (::pwrite(file, bytes.data(), bytes.size(), position) < 0) return state.SkipWithError("pwrite");
    position += static_cast<off_t>(bytes.size());
    if (position < kFileMax) continue;
    state.PauseTiming();
    if (::ftruncate(file, 0) != 0) return state.SkipWithError("ftruncate");
    position = 0;
    state.ResumeTiming();
  }
  ::close(file);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(machine_write)->Arg(200)->Arg(15'561)->Arg(16 << 10)->Arg(64 << 10)->Arg(256 << 10);

/// To a socket whose other end drops everything.
void machine_sendfile(benchmark::State& state) {
  const int file = scratch_file();
  const auto size = static_cast<std::size_t>(state.range(0));
  const std::string bytes(size, 'x');
  if (::pwrite(file, bytes.data(), size, 0) < 0) return state.SkipWithError("pwrite");
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return state.SkipWithError("socketpair");
  std::thread drain([end = ends[1]] {
    std::vector<char> room(1 << 18);
    while (::read(end, room.data(), room.size()) > 0) {
    }
  });
  for (auto _ : state) {
    off_t position = 0;
    while (position < static_cast<off_t>(size))
      if (::sendfile(ends[0], file, &position, size - static_cast<std::size_t>(position)) <= 0) break;
  }
  ::close(ends[0]);
  drain.join();
  ::close(ends[1]);
  ::close(file);
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(machine_sendfile)->Arg(1 << 20);

}  // namespace
}  // namespace sluice::micro
