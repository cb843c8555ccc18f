// Quotas of users, clients and addresses (KIP-546), and the credentials of users (KIP-554).
#include "client/admin.h"
#include "wire/api/alter_client_quotas.h"
#include "wire/api/alter_user_scram_credentials.h"
#include "wire/api/describe_client_quotas.h"
#include "wire/api/describe_user_scram_credentials.h"

namespace sluice::client {
namespace {

using wire::AlterClientQuotasRequest;
using wire::DescribeClientQuotasRequest;
using wire::DescribeUserScramCredentialsRequest;
using AllQuotas = std::map<QuotaEntity, Quotas>;
using Credentials = Outcomes<std::vector<ScramCredentialInfo>>;

DescribeClientQuotasRequest request_for(const std::vector<QuotaFilter>& filters, bool strict) {
  DescribeClientQuotasRequest request;
  request.strict = strict;
  for (const QuotaFilter& filter : filters) {
    DescribeClientQuotasRequest::ComponentData component;
    component.entity_type = filter.kind;
    component.match_type = static_cast<std::int8_t>(filter.match);
    component.match.reset();
    if (filter.match == QuotaMatch::exact) component.match = filter.name;
    request.components.push_back(component);
  }
  return request;
}

AlterClientQuotasRequest request_for(const QuotaEntity& entity, const QuotaChanges& changes) {
  AlterClientQuotasRequest request;
  AlterClientQuotasRequest::EntryData entry;
  for (const auto& [kind, name] : entity) {
    AlterClientQuotasRequest::EntityData part;
    part.entity_type = kind;
    part.entity_name.reset();
    if (name) part.entity_name = *name;
    entry.entity.push_back(part);
  }
  for (const auto& [key, limit] : changes)
    entry.ops.push_back({.key = key, .value = limit.value_or(0), .remove = !limit, .unknown_tags = {}});
  request.entries.push_back(std::move(entry));
  return request;
}

}  // namespace

Task<Outcome<AllQuotas>> Admin::describe_quotas(std::vector<QuotaFilter> filters, bool strict) {
  const SteadyTime until = deadline();
  const DescribeClientQuotasRequest request = request_for(filters, strict);
  const auto answer = co_await ask_any(request, until);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> said = outcome_of((*answer)->error_code, "describing quotas", (*answer)->error_message);
  if (!said) co_return failed(said.error());
  AllQuotas all;
  if (!(*answer)->entries) co_return all;
  for (const auto& entry : *(*answer)->entries) {
    QuotaEntity entity;
    for (const auto& part : entry.entity)
      entity[std::string(part.entity_type)] =
          part.entity_name ? std::optional<std::string>(*part.entity_name) : std::nullopt;
    Quotas& quotas = all[std::move(entity)];
    for (const auto& value : entry.values) quotas[std::string(value.key)] = value.value;
  }
  co_return all;
}

Task<Outcome<void>> Admin::alter_quotas(QuotaEntity entity, QuotaChanges changes) {
  const SteadyTime until = deadline();
  const AlterClientQuotasRequest request = request_for(entity, changes);
  const auto answer = co_await ask_controller(request, until);
  if (!answer) co_return failed(answer.error());
  for (const auto& entry : (*answer)->entries) {
    Outcome<void> said = outcome_of(entry.error_code, "altering quotas", entry.error_message);
    if (!said) co_return said;
  }
  co_return Outcome<void>{};
}

Task<Outcome<Credentials>> Admin::describe_scram_credentials(std::vector<std::string> users) {
  const SteadyTime until = deadline();
  DescribeUserScramCredentialsRequest request;
  if (users.empty()) request.users.reset();
  for (const std::string& user : users) request.users->push_back({.name = user, .unknown_tags = {}});
  const auto answer = co_await ask_any(request, until);
  if (!answer) co_return failed(answer.error());
  const Outcome<void> whole =
      outcome_of((*answer)->error_code, "describing credentials", (*answer)->error_message);
  if (!whole) co_return failed(whole.error());
  Credentials all;
  for (const auto& result : (*answer)->results) {
    Outcome<std::vector<ScramCredentialInfo>> credentials;
    for (const auto& info : result.credential_infos) credentials->push_back({info.mechanism, info.iterations});
    const Outcome<void> said = outcome_of(result.error_code, {}, result.error_message);
    if (!said) credentials = failed(said.error());
    all.emplace(std::string(result.user), std::move(credentials));
  }
  co_return all;
}

Task<Outcome<void>> Admin::alter_scram_credentials(std::string user, ScramChanges changes) {
  const SteadyTime until = deadline();
  wire::AlterUserScramCredentialsRequest request;
  for (const auto& [mechanism, password] : changes) {
    if (password)
      request.upsertions.push_back({.name = user,
                                    .mechanism = mechanism,
                                    .iterations = password->iterations,
                                    .salt = password->salt,
                                    .salted_password = password->password,
                                    .unknown_tags = {}});
    else
      request.deletions.push_back({.name = user, .mechanism = mechanism, .unknown_tags = {}});
  }
  const auto answer = co_await ask_controller(request, until);
  if (!answer) co_return failed(answer.error());
  for (const auto& result : (*answer)->results) {
    Outcome<void> said = outcome_of(result.error_code, "credentials of " + user, result.error_message);
    if (!said) co_return said;
  }
  co_return Outcome<void>{};
}

}  // namespace sluice::client
