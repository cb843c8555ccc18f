// program/storage_info.cc: `sluice storage info`: what the node's directories hold, and what is wrong with them.
#include <filesystem>

#include <fmt/format.h>

#include "program/node_plan.h"
#include "program/storage.h"
#include "storage/meta_properties.h"
#include "tools/session.h"
#include "tools/subcommand.h"

namespace sluice::program {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kUsage = "usage: kafka-storage info [-h] --config CONFIG\n";
constexpr tools::Letter kLetters[] = {{"-c", "--config"}, {"-h", "--help"}};
constexpr tools::Option kOptions[] = {{"config", "CONFIG", "The node's properties file"},
                                      {"help", "", "show this help message and exit"}};

struct Findings {
  std::vector<std::string> directories;  ///< Those that exist.
  std::optional<MetaProperties> first;
  std::vector<std::string> problems;
};

void compare(const MetaProperties& found, Findings& findings) {
  if (!findings.first) {
    findings.first = found;
  } else if (findings.first->cluster_id != found.cluster_id) {
    findings.problems.emplace_back("Mismatched cluster IDs between storage directories.");
  } else if (findings.first->node_id != found.node_id) {
    findings.problems.emplace_back("Mismatched node IDs between storage directories.");
  }
}

Task<void> look_at(Disk* disk, std::string path, Findings* findings) {
  std::error_code ignored;
  if (!fs::is_directory(path, ignored)) {
    findings->problems.push_back(path + (fs::exists(path, ignored) ? " is not a directory" : " does not exist"));
    co_return;
  }
  findings->directories.push_back(path);
  const auto properties = co_await MetaProperties::read(*disk, path);
  if (!properties)
    findings->problems.push_back(
        fmt::format("Error loading {}/{}: {}", path, MetaProperties::kFileName, properties.error().what));
  else if (!*properties)
    findings->problems.push_back(path + " is not formatted.");
  else
    compare(**properties, *findings);
}

/// As Java prints a sorted map: {cluster.id=…, directory.id=…, node.id=1, version=1}
std::string describe(const MetaProperties& meta) {
  std::string text;
  const auto add = [&text](std::string_view key, std::string_view value) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", key, value);
  };
  if (meta.version == 0 && meta.node_id) add("broker.id", std::to_string(meta.node_id->value));
  if (meta.cluster_id) add("cluster.id", *meta.cluster_id);
  if (meta.directory_id) add("directory.id", meta.directory_id->text());
  if (meta.version != 0 && meta.node_id) add("node.id", std::to_string(meta.node_id->value));
  add("version", std::to_string(meta.version));
  return "{" + text + "}";
}

int print(const Findings& findings) {
  if (!findings.directories.empty()) {
    fmt::print("Found log director{}:\n", findings.directories.size() == 1 ? "y" : "ies");
    for (const std::string& directory : findings.directories) fmt::print("  {}\n", directory);
    fmt::print("\n");
  }
  if (findings.first) fmt::print("Found metadata: {}\n\n", describe(*findings.first));
  if (findings.problems.empty()) return 0;
  fmt::print("Found problem{}:\n", findings.problems.size() == 1 ? "" : "s");
  for (const std::string& problem : findings.problems) fmt::print("  {}\n", problem);
  fmt::print("\n");
  return 1;
}

Task<int> show(Disk* disk, std::vector<std::string> directories) {
  Findings findings;
  for (const std::string& path : directories) co_await look_at(disk, path, &findings);
  if (findings.first && findings.first->version == 0)
    findings.problems.emplace_back(
        "The kafka configuration file appears to be for a cluster in KRaft mode, but the directories are "
        "formatted "
        "for legacy mode.");
  co_return print(findings);
}

}  // namespace

int storage_info(Arguments arguments) {
  const auto options = tools::parse_subcommand(arguments, kLetters, kOptions);
  if (!options) return tools::complain(fmt::format("{}kafka-storage: error: {}", kUsage, options.error().what));
  if (options->has("help")) {
    fmt::print("{}", tools::usage(kUsage, kOptions));
    return 0;
  }
  if (!options->has("config"))
    return tools::complain(fmt::format("{}kafka-storage: error: argument --config/-c is required", kUsage));
  const auto plan = make_node_plan({.file = options->find("config"), .overrides = {}});
  if (!plan) return tools::complain(plan.error().what);
  return run_on_disk([&plan](Loop&, Disk& disk) { return show(&disk, plan->config.node.directories()); });
}

}  // namespace sluice::program
