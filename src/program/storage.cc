// program/storage.cc: `sluice storage`, known as kafka-storage.sh: formats a node's directories before its first
// start, and says what they hold. A node of this program formats what is empty by itself; this is for who wants to
// choose.
#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/epoll_loop.h"
#include "base/posix_disk.h"
#include "program/storage.h"
#include "raft/format.h"
#include "tools/session.h"
#include "wire/random_uuid.h"

namespace sluice::program {
namespace {

constexpr std::string_view kUsage =
    "usage: kafka-storage [-h]\n"
    "                     {info,format,version-mapping,feature-dependencies,random-uuid}\n"
    "                     ...\n";
constexpr std::string_view kHelp =
    "\nThe Kafka storage tool.\n\n"
    "positional arguments:\n"
    "  {info,format,version-mapping,feature-dependencies,random-uuid}\n"
    "    info                 Says what the node's log directories hold.\n"
    "    format               Makes the node's log directories ready for their first start.\n"
    "    version-mapping      Prints the levels that features have at a metadata version, the latest if none is "
    "named.\n"
    "    feature-dependencies Prints what the levels of features need of other features.\n"
    "    random-uuid          Prints a random UUID.\n\n"
    "optional arguments:\n"
    "  -h, --help             show this help message and exit\n";

Task<int> print_random_uuid(Loop* loop) {
  fmt::print("{}\n", sluice::random_uuid(*loop).text());
  co_return 0;
}

int random_uuid(Arguments arguments) {
  if (!arguments.empty() && (arguments[0] == "-h" || arguments[0] == "--help")) {
    fmt::print("usage: kafka-storage random-uuid [-h]\n");
    return 0;
  }
  if (!arguments.empty())
    return tools::complain(fmt::format("kafka-storage: error: unrecognized arguments: '{}'", arguments[0]));
  return run_on_disk([](Loop& loop, Disk&) { return print_random_uuid(&loop); });
}

constexpr Command kSubcommands[] = {
    {"feature-dependencies", "", storage_feature_dependencies},
    {"format", "", storage_format},
    {"info", "", storage_info},
    {"random-uuid", "", random_uuid},
    {"version-mapping", "", storage_version_mapping},
};

Task<void> store_result(Task<int> work, int& result) { result = co_await std::move(work); }

}  // namespace

Result<MetadataVersion> release_version(std::string_view text) {
  if (const auto version = parse_metadata_version(text)) return *version;
  std::string known;
  for (const MetadataVersionInfo& version : metadata_versions())
    known += (known.empty() ? "" : ", ") + version.name();
  return fail(Errc::invalid_argument, "Unknown metadata.version '{}'. Supported metadata.version are: {}", text,
              known);
}

int run_on_disk(std::function<Task<int>(Loop&, Disk&)> work) {
  ThreadPool pool(1, "disk");
  PosixDisk disk(pool);
  EpollLoop loop("storage");
  int result = 1;
  run_blocking(loop, [&] { return store_result(work(loop, disk), result); });
  loop.stop();
  return result;
}

int storage(Arguments arguments) {
  if (arguments.empty()) return tools::complain(fmt::format("{}kafka-storage: error: too few arguments", kUsage));
  if (arguments[0] == "-h" || arguments[0] == "--help") {
    fmt::print("{}{}", kUsage, kHelp);
    return 0;
  }
  for (const Command& command : kSubcommands)
    if (command.name == arguments[0]) return command.run(arguments.subspan(1));
  return tools::complain(
      fmt::format("{}kafka-storage: error: invalid choice: '{}' (choose from 'info', 'format', 'version-mapping', "
                  "'feature-dependencies', 'random-uuid')",
                  kUsage, arguments[0]));
}

}  // namespace sluice::program
