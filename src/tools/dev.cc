// tools/dev.cc: `sluice dev`: what people who work on the program check it with. No broker is asked.
#include <fstream>
#include <iostream>
#include <iterator>

#include "record/check_records.h"
#include "tools/command.h"
#include "tools/session.h"
#include "wire/check_wire.h"

namespace sluice::tools {
namespace {

constexpr std::string_view kUsage =
    "USAGE: sluice dev COMMAND FILE...\n"
    "check-wire     Encodes and decodes messages that Kafka encoded: lines of JSON with message, version, json, "
    "hex\n"
    "check-records  Reads record batches that Kafka wrote, and writes them anew: lines of JSON with hex and what\n"
    "               it decodes to\n"
    "Each prints how many lines agree and every difference, and fails where there is one.\n";

int check_wire(std::span<const std::string> files) {
  const Result<wire::WireCheck> check = wire::check_wire(files, std::cout);
  if (!check) return complain(check.error().what);
  return check->failed == 0 ? 0 : 1;
}

int check_records(std::span<const std::string> files) {
  RecordCheck all;
  for (const std::string& path : files) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return complain(fmt::format("{} cannot be read", path));
    const std::string lines{std::istreambuf_iterator<char>(in), {}};
    RecordCheck check = sluice::check_records(lines);
    all.passed += check.passed;
    for (const std::string& difference : check.differences)
      all.differences.push_back(fmt::format("{}: {}", path, difference));
  }
  fmt::print("{}", describe(all));
  return all.differences.empty() ? 0 : 1;
}

}  // namespace

int dev(Arguments arguments) {
  if (std::ranges::find(arguments, "--help") != arguments.end()) {
    fmt::print("{}", kUsage);
    return 0;
  }
  if (arguments.size() < 2) return complain("a command and at least one file are needed", kUsage);
  const std::vector<std::string> files(arguments.begin() + 1, arguments.end());
  if (arguments[0] == "check-wire") return check_wire(files);
  if (arguments[0] == "check-records") return check_records(files);
  return complain(fmt::format("there is no command {}", arguments[0]), kUsage);
}

}  // namespace sluice::tools
