// What a fake broker answers about quotas and credentials.
#include <algorithm>

#include "client/fake_cluster.h"

namespace sluice::client {
namespace {

bool matches(const QuotaEntity& entity, const wire::DescribeClientQuotasRequest& request) {
  if (request.strict && entity.size() != request.components.size()) return false;
  return std::ranges::all_of(request.components, [&entity](const auto& component) {
    const auto found = entity.find(std::string(component.entity_type));
    if (found == entity.end()) return false;
    switch (static_cast<QuotaMatch>(component.match_type)) {
      case QuotaMatch::exact: return found->second == component.match;
      case QuotaMatch::default_name: return !found->second;
      case QuotaMatch::any: return true;
    }
    return false;
  });
}

}  // namespace

Task<wire::DescribeClientQuotasResponse> FakeCluster::reply(Call& call,
                                                            const wire::DescribeClientQuotasRequest& request) {
  wire::DescribeClientQuotasResponse response;
  response.error_code = call.error();
  response.error_message.reset();
  for (const auto& [entity, limits] : quotas) {
    if (!matches(entity, request)) continue;
    auto& entry = response.entries->emplace_back();
    for (const auto& [kind, name] : entity) {
      auto& part = entry.entity.emplace_back();
      part.entity_type = kind;
      part.entity_name = name;
    }
    for (const auto& [key, limit] : limits)
      entry.values.push_back({.key = key, .value = limit, .unknown_tags = {}});
  }
  co_return response;
}

Task<wire::AlterClientQuotasResponse> FakeCluster::reply(Call& call,
                                                         const wire::AlterClientQuotasRequest& request) {
  wire::AlterClientQuotasResponse response;
  for (const auto& wanted : request.entries) {
    auto& entry = response.entries.emplace_back();
    entry.error_code = call.error();
    entry.error_message.reset();
    QuotaEntity entity;
    for (const auto& part : wanted.entity)
      entity[std::string(part.entity_type)] =
          part.entity_name ? std::optional<std::string>(*part.entity_name) : std::nullopt;
    if (entry.error_code != ErrorCode::none) continue;
    for (const auto& op : wanted.ops) {
      if (op.remove)
        quotas[entity].erase(std::string(op.key));
      else
        quotas[entity][std::string(op.key)] = op.value;
    }
  }
  co_return response;
}

Task<wire::DescribeUserScramCredentialsResponse> FakeCluster::reply(
    Call& call, const wire::DescribeUserScramCredentialsRequest& request) {
  wire::DescribeUserScramCredentialsResponse response;
  response.error_message.reset();
  for (const auto& user : *request.users) {
    auto& result = response.results.emplace_back();
    result.user = call.keep(std::string(user.name));
    result.error_message.reset();
    const auto found = passwords.find(std::string(user.name));
    result.error_code = found == passwords.end() ? ErrorCode::resource_not_found : ErrorCode::none;
    if (found == passwords.end()) continue;
    for (const auto& [mechanism, password] : found->second)
      result.credential_infos.push_back(
          {.mechanism = mechanism, .iterations = password.iterations, .unknown_tags = {}});
  }
  co_return response;
}

Task<wire::AlterUserScramCredentialsResponse> FakeCluster::reply(
    Call& call, const wire::AlterUserScramCredentialsRequest& request) {
  wire::AlterUserScramCredentialsResponse response;
  const auto answer = [&](std::string_view user, ErrorCode error) {
    auto& result = response.results.emplace_back();
    result.user = call.keep(std::string(user));
    result.error_code = error;
    result.error_message.reset();
  };
  for (const auto& wanted : request.upsertions) {
    passwords[std::string(wanted.name)][wanted.mechanism] = {
        .iterations = wanted.iterations,
        .salt = {wanted.salt.begin(), wanted.salt.end()},
        .password = {wanted.salted_password.begin(), wanted.salted_password.end()}};
    answer(wanted.name, call.error());
  }
  for (const auto& wanted : request.deletions) {
    const bool was_there = passwords[std::string(wanted.name)].erase(wanted.mechanism) > 0;
    answer(wanted.name, was_there ? ErrorCode::none : ErrorCode::resource_not_found);
  }
  co_return response;
}

}  // namespace sluice::client
