// tools/group_command.h: what the tools of groups have in common, and the parts of kafka-consumer-groups.sh.
#pragma once

#include <expected>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

#include "client/admin.h"
#include "tools/options.h"

namespace sluice::tools {

/// Why a command did not do what it was told.
struct Refusal {
  enum class Kind {
    usage,        ///< The arguments are wrong: the usage is shown, and the command fails.
    unreachable,  ///< Nobody could be asked: the command fails.
    said,         ///< The cluster said so: printed, and the command ends well, as Kafka's does.
  };
  Kind kind = Kind::said;
  std::string text;
};
using Done = std::expected<void, Refusal>;

std::unexpected<Refusal> wrong_usage(std::string text);
/// `with_class`: whether the name of Java's exception stands before the sentence.
std::unexpected<Refusal> refused(const client::Failure& failure, bool with_class);

/// Prints `\nError: text` to standard output.
void print_error(const std::string& text);

/// Which of `others` was given besides `used`, as the complaint that Kafka makes of it. Empty: none.
std::string conflict(const Options& options, std::string_view used,
                     std::initializer_list<std::string_view> others);

/// Of --bootstrap-server, --command-config and --timeout. Errors: invalid_argument.
Result<client::ClientConfig> group_command_config(const Options& options);

/// Does the work and tells what became of it; `kind` is that of the groups ("consumer"), `help` the usage. Returns
/// the exit status. Blocks.
int run_group_command(const client::ClientConfig& config, std::string_view kind, const std::string& help,
                      const std::function<Task<Done>(client::Admin&)>& work);

/// The groups of consumers, of either protocol, by id.
Task<client::Outcome<std::vector<client::GroupListing>>> list_consumer_groups(client::Admin& admin);

/// The ids of --group, or of --all-groups; sorted, each once. The options outlive it.
Task<std::expected<std::vector<std::string>, Refusal>> chosen_groups(client::Admin& admin, const Options& options);

// The actions, a source each. The options outlive them.

/// --describe with --offsets, --members or --state.
Task<Done> describe_groups(client::Admin& admin, const Options& options);
/// --reset-offsets
Task<Done> reset_offsets(client::Admin& admin, const Options& options);
/// --delete-offsets
Task<Done> delete_offsets(client::Admin& admin, const Options& options);

}  // namespace sluice::tools
