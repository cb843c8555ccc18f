// The arguments of kafka-transactions.sh, read as argparse4j reads them.
#include <algorithm>
#include <limits>
#include <span>

#include "base/number_text.h"
#include "tools/transactions.h"

namespace sluice::tools {
namespace {

constexpr std::string_view kUsage =
    "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE]\n"
    "                             --bootstrap-server host:port COMMAND ...\n";
constexpr std::string_view kHelp =
    "\nShows the transactions of a cluster and their producers, finds those that hang,\nand ends them.\n\n"
    "optional arguments:\n"
    "  -h, --help             show this help message and exit\n"
    "  -v, --version          show the version and exit\n"
    "  --command-config FILE  property file for the admin client\n"
    "  --bootstrap-server host:port\n"
    "                         brokers, as host:port with commas between\n\n"
    "commands:\n"
    "  COMMAND\n"
    "    list                 list transactions\n"
    "    describe             describe the transaction of a transactional id\n"
    "    describe-producers   describe the active producers of a partition\n"
    "    abort                abort a hanging transaction\n"
    "    find-hanging         find hanging transactions\n"
    "    forceTerminateTransaction\n"
    "                         abort what a transactional id has open\n";

constexpr Option kBootstrapServer{"bootstrap-server", "host:port", ""};
constexpr Option kCommandConfig{"command-config", "FILE", "property file for the admin client"};
constexpr Option kHelpOption{"help", "", "show this help message and exit"};
constexpr Option kTopic{"topic", "TOPIC", "topic name"};
constexpr Option kPartition{"partition", "PARTITION", "partition number"};

constexpr Option kListOptions[] = {
    kHelpOption,
    {"duration-filter", "DURATION_FILTER", "only transactions that run for longer than these milliseconds"},
    {"transactional-id-pattern", "TRANSACTIONAL_ID_PATTERN", "only ids that match this regular expression"}};
constexpr Option kDescribeOptions[] = {kHelpOption, {"transactional-id", "TRANSACTIONAL_ID", "transactional id"}};
constexpr Option kProducersOptions[] = {
    kHelpOption, {"broker-id", "BROKER_ID", "the replica to ask; without it the leader"}, kTopic, kPartition};
constexpr Option kHangingOptions[] = {
    kHelpOption,
    {"broker-id", "BROKER_ID", "search the partitions of this broker"},
    {"max-transaction-timeout", "MAX_TRANSACTION_TIMEOUT", "in minutes: what is younger does not hang (15)"},
    {"topic", "TOPIC", "search this topic only; needed with --partition"},
    kPartition};
constexpr Option kAbortOptions[] = {
    kHelpOption,
    kTopic,
    kPartition,
    {"start-offset", "START_OFFSET", "where the transaction starts; enough for brokers since 3.0"},
    {"producer-id", "PRODUCER_ID", "producer id, for brokers before 3.0"},
    {"producer-epoch", "PRODUCER_EPOCH", "producer epoch, for brokers before 3.0"},
    {"coordinator-epoch", "COORDINATOR_EPOCH", "coordinator epoch, for brokers before 3.0"}};
constexpr Option kForceOptions[] = {kHelpOption, {"transactionalId", "TRANSACTIONALID", "transactional id"}};

struct Subcommand {
  std::string_view name;
  TransactionsAction action;
  std::span<const Option> options;
  std::vector<std::string_view> required;
};

const std::vector<Subcommand>& subcommands() {
  static const std::vector<Subcommand> kAll{
      {"list", TransactionsAction::list, kListOptions, {}},
      {"describe", TransactionsAction::describe, kDescribeOptions, {"transactional-id"}},
      {"describe-producers", TransactionsAction::describe_producers, kProducersOptions, {"topic", "partition"}},
      {"abort", TransactionsAction::abort, kAbortOptions, {"topic", "partition"}},
      {"find-hanging", TransactionsAction::find_hanging, kHangingOptions, {}},
      {"forceTerminateTransaction", TransactionsAction::force_terminate, kForceOptions, {"transactionalId"}}};
  return kAll;
}

struct Number {
  std::string_view option;
  std::string_view type;
  std::int64_t least;
  std::int64_t most;
};
constexpr std::int64_t kIntMin = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kIntMax = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kLongMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kLongMax = std::numeric_limits<std::int64_t>::max();
constexpr Number kNumbers[] = {{"duration-filter", "Long", kLongMin, kLongMax},
                               {"broker-id", "Integer", kIntMin, kIntMax},
                               {"partition", "Integer", kIntMin, kIntMax},
                               {"max-transaction-timeout", "Integer", kIntMin, kIntMax},
                               {"start-offset", "Long", kLongMin, kLongMax},
                               {"producer-id", "Long", kLongMin, kLongMax},
                               {"producer-epoch", "Short", std::numeric_limits<std::int16_t>::min(),
                                std::numeric_limits<std::int16_t>::max()},
                               {"coordinator-epoch", "Integer", kIntMin, kIntMax}};

std::unexpected<TransactionsHelp> wrong(std::string_view text) {
  return std::unexpected(TransactionsHelp{.code = 1, .text = std::string(text)});
}

std::unexpected<TransactionsHelp> refuse(std::string_view what, std::string_view usage = kUsage) {
  return wrong(fmt::format("{}kafka-transactions.sh: error: {}", usage, what));
}

std::string usage_of(const Subcommand& subcommand) {
  std::string text =
      fmt::format("usage: kafka-transactions.sh --bootstrap-server host:port {} [-h]\n", subcommand.name);
  for (const Option& option : subcommand.options) {
    if (option.argument.empty()) continue;
    const bool required = std::ranges::find(subcommand.required, option.name) != subcommand.required.end();
    text += fmt::format("                             {}--{} {}{}\n", required ? "" : "[", option.name,
                        option.argument, required ? "" : "]");
  }
  return text;
}

/// What is wrong with the values, in argparse's words; empty: nothing.
std::string check_values(const Options& options, const Subcommand& subcommand) {
  for (const Number& number : kNumbers) {
    const auto text = options.find(number.option);
    if (!text) continue;
    const auto value = parse_number<std::int64_t>(*text);
    if (!value || *value < number.least || *value > number.most)
      return fmt::format("argument --{0}: could not convert '{1}' to {2} (For input string: \"{1}\")",
                         number.option, *text, number.type);
  }
  for (const std::string_view required : subcommand.required)
    if (!options.has(required)) return fmt::format("argument --{} is required", required);
  return {};
}

/// What an action needs beyond that, in the command's own words; empty: nothing is missing.
std::string_view missing(const Options& options, TransactionsAction action) {
  if (action == TransactionsAction::find_hanging) {
    if (!options.has("topic") && !options.has("broker-id"))
      return "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search";
    if (options.has("partition") && !options.has("topic"))
      return "The --partition argument requires --topic to be provided";
  }
  if (action == TransactionsAction::abort && !options.has("start-offset")) {
    if (!options.has("producer-id"))
      return "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or "
             "above) "
             "or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)";
    if (!options.has("producer-epoch")) return "Missing required argument --producer-epoch";
    if (!options.has("coordinator-epoch")) return "Missing required argument --coordinator-epoch";
  }
  return {};
}

/// The subcommand's name stands behind the options that are for all of them.
std::size_t find_name(std::span<const std::string_view> words) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!words[i].starts_with("-")) return i;
    if (words[i] == "--bootstrap-server" || words[i] == "--command-config") ++i;
  }
  return words.size();
}

std::expected<TransactionsCommand, TransactionsHelp> parse(const Subcommand& subcommand,
                                                           std::vector<std::string_view> words) {
  std::vector<Option> known(subcommand.options.begin(), subcommand.options.end());
  known.push_back(kBootstrapServer);
  known.push_back(kCommandConfig);
  const std::string usage_text = usage_of(subcommand);
  auto options = Options::parse(words, known);
  if (!options) return refuse(options.error().what, usage_text);
  if (options->has("help"))
    return std::unexpected(TransactionsHelp{.code = 0, .text = usage(usage_text, subcommand.options)});
  if (!options->plain().empty())
    return refuse(fmt::format("unrecognized arguments: '{}'", options->plain().front()), usage_text);
  if (const std::string found = check_values(*options, subcommand); !found.empty())
    return refuse(found, usage_text);
  if (!options->has("bootstrap-server")) return refuse("argument --bootstrap-server is required");
  if (const std::string_view found = missing(*options, subcommand.action); !found.empty()) return wrong(found);
  return TransactionsCommand{.action = subcommand.action, .options = std::move(*options)};
}

}  // namespace

std::expected<TransactionsCommand, TransactionsHelp> parse_transactions(Arguments arguments) {
  std::vector<std::string_view> words(arguments.begin(), arguments.end());
  std::ranges::replace(words, std::string_view("-h"), std::string_view("--help"));
  const std::size_t at = find_name(words);
  const auto before = std::span(words).first(at);
  if (std::ranges::find(before, "--help") != before.end())
    return std::unexpected(TransactionsHelp{.code = 0, .text = fmt::format("{}{}", kUsage, kHelp)});
  if (at == words.size()) return refuse("too few arguments");
  // Under the spelling of the others as well.
  const std::string_view name = words[at] == "force-terminate" ? "forceTerminateTransaction" : words[at];
  const auto found = std::ranges::find(subcommands(), name, &Subcommand::name);
  if (found == subcommands().end())
    return refuse(
        fmt::format("invalid choice: '{}' (choose from 'list', 'describe', 'describe-producers', 'abort', "
                    "'find-hanging', 'forceTerminateTransaction')",
                    name));
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(at));
  if (found->action == TransactionsAction::force_terminate)
    std::ranges::replace(words, std::string_view("--transactional-id"), std::string_view("--transactionalId"));
  return parse(*found, std::move(words));
}

}  // namespace sluice::tools
