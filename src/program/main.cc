// program/main.cc: the program: finds the command and runs it.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <string_view>
#include <vector>

#include "program/command.h"

namespace {

void print_usage(std::FILE* to) {
  std::fputs("usage: sluice COMMAND [OPTIONS]\n\nCommands:\n", to);
  for (const auto& command : sluice::program::commands())
    std::fprintf(to, "  %-24.*s %.*s\n", static_cast<int>(command.name.size()), command.name.data(),
                 static_cast<int>(command.summary.size()), command.summary.data());
  std::fputs(
      "\n`sluice COMMAND --help` tells a command's options; bin/ has each under the name of Kafka's script.\n",
      to);
}

int print_version() {
  std::fputs("sluice " SLUICE_VERSION " (Kafka protocol 4.4)\n", stdout);
  return 0;
}

int run(std::string_view name, sluice::program::Arguments arguments) {
  for (const auto& command : sluice::program::commands()) {
    if (command.name != name) continue;
    // Every command has it, and none has an option whose value could be this.
    if (std::ranges::find(arguments, "--version") != arguments.end()) return print_version();
    return command.run(arguments);
  }
  std::fprintf(stderr, "sluice: there is no command %.*s\n", static_cast<int>(name.size()), name.data());
  print_usage(stderr);
  return 2;
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string_view> all(words + 1, words + count);
  if (all.empty() || all[0] == "--help" || all[0] == "-h" || all[0] == "help") {
    print_usage(all.empty() ? stderr : stdout);
    return all.empty() ? 2 : 0;
  }
  if (all[0] == "--version") return print_version();
  try {
    return run(all[0], sluice::program::Arguments(all).subspan(1));
  } catch (const std::exception& exception) {  // What ends the program as a whole: no memory, no threads.
    std::fprintf(stderr, "sluice %.*s: %s\n", static_cast<int>(all[0].size()), all[0].data(), exception.what());
    return 1;
  }
}
