#include "base/disk.h"

namespace sluice {

Task<Result<void>> File::write(std::uint64_t position, Bytes bytes) {
  const Bytes parts[] = {bytes};
  co_return co_await write(position, std::span<const Bytes>(parts));
}

Task<Result<std::string>> Disk::read_file(std::string path, std::size_t size_max) {
  auto file = co_await open(path, OpenMode::read);
  if (!file) co_return fail(std::move(file.error()));
  const auto size = co_await (*file)->size();
  if (!size) co_return fail(size.error());
  if (*size > size_max)
    co_return fail(Errc::too_large, "{} has {} bytes; at most {} are read", path, *size, size_max);

  std::string contents(*size, '\0');
  const auto count = co_await (*file)->read(0, std::as_writable_bytes(std::span(contents)));
  if (!count) co_return fail(count.error());
  contents.resize(*count);
  co_return contents;
}

Task<Result<void>> Disk::replace_file(std::string path, std::string contents) {
  const std::string temporary = path + ".tmp";
  {
    auto file = co_await open(temporary, OpenMode::replace);
    if (!file) co_return fail(std::move(file.error()));
    auto written = co_await (*file)->write(0, as_bytes(contents));
    if (!written) co_return written;
    auto synced = co_await (*file)->sync();
    if (!synced) co_return synced;
  }
  auto renamed = co_await rename(temporary, path);
  if (!renamed) co_return renamed;
  const std::size_t slash = path.rfind('/');
  co_return co_await sync_directory(slash == std::string::npos ? "." : path.substr(0, slash));
}

}  // namespace sluice
