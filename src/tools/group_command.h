// tools/group_command.h: what the parts of kafka-consumer-groups.sh have in common.
#pragma once

#include <expected>
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
