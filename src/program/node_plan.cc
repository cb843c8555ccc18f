#include "program/node_plan.h"

#include <unistd.h>

#include <fstream>
#include <iterator>

extern char** environ;

namespace sluice::program {
namespace {

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return fail(Errc::not_found, "{} cannot be read", path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (char** next = environ; *next != nullptr; ++next) {
    const std::string_view pair = *next;
    const std::size_t equals = pair.find('=');
    if (equals != std::string_view::npos) pairs.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return pairs;
}

std::string hostname() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 ? name : "localhost";
}

}  // namespace

Result<NodePlan> make_node_plan(const NodeCommandLine& line) {
  std::optional<std::string> text;
  if (line.file) {
    Result<std::string> read = read_text(*line.file);
    if (!read) return fail(std::move(read.error()));
    text = std::move(*read);
  }
  const auto variables = environment();
  Result<BrokerStart> start =
      read_broker_sources({.file_name = line.file ? std::string_view(*line.file) : "",
                           .file_text = text ? std::optional<std::string_view>(*text) : std::nullopt,
                           .environment = variables,
                           .overrides = line.overrides});
  if (!start) return fail(std::move(start.error()));
  Result<BrokerConfig> config = read_broker_config(start->configuration, {.hostname = hostname()});
  if (!config) return fail(std::move(config.error()));
  return NodePlan{.start = std::move(*start), .config = std::move(*config)};
}

}  // namespace sluice::program
