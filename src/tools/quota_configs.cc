#include "tools/quota_configs.h"

#include <algorithm>

#include "base/number_text.h"
#include "security/scram_credential.h"
#include "tools/java_format.h"
#include "tools/kafka_error.h"

namespace sluice::tools {
namespace {

using namespace entity_type;
using client::Admin;
using client::Outcome;
using client::QuotaEntity;
using client::QuotaFilter;
using client::QuotaMatch;

/// The kinds of the protocol by the types of the command line, with what they are called when they are shown.
struct Kind {
  std::string_view type;
  std::string_view kind;
  std::string_view shown;
};
constexpr Kind kKinds[] = {
    {kUsers, "user", "user-principal"}, {kClients, "client-id", "client-id"}, {kIps, "ip", "ip"}};

constexpr std::string_view kClientQuotas[] = {"producer_byte_rate", "consumer_byte_rate", "request_percentage",
                                              "controller_mutation_rate"};
constexpr std::string_view kIpQuota = "connection_creation_rate";

const Kind& kind_of(std::string_view type) { return *std::ranges::find(kKinds, type, &Kind::type); }

Outcome<void> refused(std::string what) { return client::failed(not_attempted(std::move(what))); }

std::vector<QuotaFilter> filters_of(const ConfigArguments& arguments) {
  std::vector<QuotaFilter> filters;
  for (std::size_t i = 0; i < arguments.types.size(); ++i) {
    QuotaFilter filter{
        .kind = std::string(kind_of(arguments.types[i]).kind), .match = QuotaMatch::any, .name = {}};
    if (i < arguments.names.size()) {
      filter.match = arguments.names[i].empty() ? QuotaMatch::default_name : QuotaMatch::exact;
      filter.name = arguments.names[i];
    }
    filters.push_back(std::move(filter));
  }
  return filters;
}

std::string shown(const QuotaEntity& entity) {
  std::string text;
  for (const Kind& kind : kKinds) {
    const auto found = entity.find(std::string(kind.kind));
    if (found == entity.end()) continue;
    if (!text.empty()) text += ", ";
    text += found->second ? fmt::format("{} '{}'", kind.shown, *found->second)
                          : fmt::format("the default {}", kind.shown);
  }
  return text;
}

bool is_mechanism(const std::string& key) { return find_scram_mechanism(key).has_value(); }

std::string_view mechanism_name(std::int8_t number) {
  for (const ScramMechanism mechanism : {ScramMechanism::sha_256, ScramMechanism::sha_512})
    if (static_cast<std::int8_t>(mechanism) == number) return name(mechanism);
  return "UNKNOWN";  // Of a broker that is newer than this.
}

/// The keys of what is to be changed that `type` does not have, by commas.
std::string unknown_keys(const ConfigArguments& arguments) {
  const bool ip = arguments.has_type(kIps);
  std::string unknown;
  const auto look = [&](const std::string& key) {
    const bool known = ip ? key == kIpQuota : std::ranges::find(kClientQuotas, key) != std::end(kClientQuotas);
    if (!known) unknown += (unknown.empty() ? "" : ip ? "," : ", ") + key;
  };
  for (const auto& [key, value] : arguments.added) look(key);
  for (const std::string& key : arguments.removed) look(key);
  return unknown;
}

/// How many of the keys that are to be changed name a credential.
std::size_t count_mechanisms(const ConfigArguments& arguments) {
  const auto added =
      std::ranges::count_if(arguments.added, [](const auto& pair) { return is_mechanism(pair.first); });
  return static_cast<std::size_t>(added + std::ranges::count_if(arguments.removed, is_mechanism));
}

/// Errors: operation_not_attempted.
Outcome<void> check_keys(const ConfigArguments& arguments) {
  const bool only_user = arguments.types.size() == 1 && arguments.has_type(kUsers);
  const std::size_t mechanisms = count_mechanisms(arguments);
  if (only_user && mechanisms > 0) {
    if (mechanisms == arguments.added.size() + arguments.removed.size()) return {};
    return refused(
        "Cannot alter both quota and SCRAM credential configs simultaneously for 'users' using "
        "--bootstrap-server.");
  }
  const std::string unknown = unknown_keys(arguments);
  if (unknown.empty()) return {};
  if (arguments.has_type(kIps))
    return refused(
        fmt::format("Only connection quota configs can be added for 'ips' using --bootstrap-server. "
                    "Unexpected config names: {}",
                    unknown));
  return refused(
      fmt::format("Only {} configs can be added for '{}' using --bootstrap-server. Unexpected config "
                  "names: Set({})",
                  only_user ? "quota and SCRAM credential" : "quota", only_user ? kUsers : kClients, unknown));
}

Task<Outcome<void>> describe_credentials(Admin& admin, std::vector<std::string> users) {
  const auto described = co_await admin.describe_scram_credentials(std::move(users));
  if (!described) co_return client::failed(described.error());
  for (const auto& [user, credentials] : *described) {
    if (!credentials) continue;  // A user without credentials, who may well have quotas.
    std::string text;
    for (const client::ScramCredentialInfo& credential : *credentials)
      text += fmt::format("{}{}=iterations={}", text.empty() ? "" : ", ", mechanism_name(credential.mechanism),
                          credential.iterations);
    fmt::print("SCRAM credential configs for user-principal '{}' are {}\n", user, text);
  }
  co_return Outcome<void>{};
}

Result<client::SaltedPassword> salted(ScramMechanism mechanism, const std::string& text, Loop& loop) {
  constexpr std::size_t kSaltBytes = 24;
  auto argument = parse_password(name(mechanism), text);
  if (!argument) return fail(argument.error());
  client::SaltedPassword salted{.iterations = argument->iterations, .salt = {}, .password = {}};
  salted.salt.resize(kSaltBytes);
  for (std::size_t at = 0; at < kSaltBytes; at += sizeof(std::uint64_t))
    store(MutableBytes(salted.salt), at, loop.random());
  auto password = salt_password(mechanism, argument->password, salted.salt, salted.iterations);
  if (!password) return fail(password.error());
  salted.password = std::move(*password);
  return salted;
}

Task<Outcome<void>> alter_credentials(Admin& admin, const ConfigArguments& arguments) {
  if (arguments.names.front().empty())
    co_return refused(
        "The use of --entity-default or --user-defaults is not allowed with User SCRAM Credentials using "
        "--bootstrap-server.");
  client::ScramChanges changes;
  for (const std::string& key : arguments.removed)
    changes[static_cast<std::int8_t>(*find_scram_mechanism(key))] = std::nullopt;
  for (const auto& [key, text] : arguments.added) {
    const ScramMechanism mechanism = *find_scram_mechanism(key);
    auto password = salted(mechanism, text, admin.cluster().loop());
    if (!password) co_return refused(password.error().what);
    changes[static_cast<std::int8_t>(mechanism)] = std::move(*password);
  }
  co_return co_await admin.alter_scram_credentials(arguments.names.front(), std::move(changes));
}

}  // namespace

bool is_quota_type(std::string_view type) {
  return std::ranges::find(kKinds, type, &Kind::type) != std::end(kKinds);
}

Task<Outcome<void>> describe_quota_configs(Admin& admin, const ConfigArguments& arguments) {
  const auto described = co_await admin.describe_quotas(filters_of(arguments), true);
  if (!described) co_return client::failed(described.error());
  for (const auto& [entity, quotas] : *described) {
    std::string limits;
    for (const auto& [key, limit] : quotas)
      limits += fmt::format("{}{}={}", limits.empty() ? "" : ", ", key, java_double(limit));
    fmt::print("Quota configs for {} are {}\n", shown(entity), limits);
  }
  const bool by_default = std::ranges::any_of(arguments.names, &std::string::empty);
  if (!arguments.has_type(kUsers) || arguments.has_type(kClients) || by_default) co_return Outcome<void>{};
  co_return co_await describe_credentials(admin, arguments.names);
}

Task<Outcome<void>> alter_quota_configs(Admin& admin, const ConfigArguments& arguments) {
  if (Outcome<void> fine = check_keys(arguments); !fine) co_return fine;
  if (count_mechanisms(arguments) > 0) co_return co_await alter_credentials(admin, arguments);
  QuotaEntity entity;
  for (std::size_t i = 0; i < arguments.types.size(); ++i)
    entity[std::string(kind_of(arguments.types[i]).kind)] =
        arguments.names[i].empty() ? std::nullopt : std::optional(arguments.names[i]);
  client::QuotaChanges changes;
  for (const auto& [key, text] : arguments.added) {
    const auto limit = parse_number<double>(text);
    if (!limit) co_return refused(fmt::format("Cannot parse quota configuration value for {}: {}", key, text));
    changes[key] = *limit;
  }
  const auto before = co_await admin.describe_quotas(filters_of(arguments), true);
  if (!before) co_return client::failed(before.error());
  const auto own = before->find(entity);
  std::string missing;
  for (const std::string& key : arguments.removed) {
    if (own == before->end() || !own->second.contains(key)) missing += (missing.empty() ? "" : ",") + key;
    changes[key] = std::nullopt;
  }
  if (!missing.empty()) co_return refused("Invalid config(s): " + missing);
  co_return co_await admin.alter_quotas(std::move(entity), std::move(changes));
}

}  // namespace sluice::tools
