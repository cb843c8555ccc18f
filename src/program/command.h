// program/command.h: the commands of the one program: `sluice NAME ARGUMENTS…`.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::program {

/// What was typed behind the command's name. Views live as long as the program runs.
using Arguments = std::span<const std::string_view>;

/// Runs a command; what it returns is the exit code.
using Run = int (*)(Arguments arguments);

struct Command {
  std::string_view name;
  std::string_view summary;
  Run run;
};

/// Every command, by name.
std::span<const Command> commands();

// One source file each, of the same name.
int server_start(Arguments arguments);
int server_stop(Arguments arguments);
int storage(Arguments arguments);
int zookeeper_server_start(Arguments arguments);
int zookeeper_server_stop(Arguments arguments);

}  // namespace sluice::program
