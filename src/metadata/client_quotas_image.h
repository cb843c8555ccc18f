// metadata/client_quotas_image.h: the quotas of users, clients and addresses (KIP-546).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "metadata/image_map.h"
#include "wire/metadata/client_quota_record.h"

namespace sluice {

/// Whom a quota is for: by kind ("user", "client-id", "ip") the name; none stands for all that have no quota of
/// their own.
using ClientQuotaEntity = std::map<std::string, std::optional<std::string>, std::less<>>;

struct ClientQuotaEntityHash {
  std::size_t operator()(const ClientQuotaEntity& entity) const {
    std::size_t hash = 0;
    for (const auto& [kind, name] : entity)
      hash = hash * 31 + std::hash<std::string>{}(kind) * 17 + (name ? std::hash<std::string>{}(*name) : 1);
    return hash;
  }
};

/// Limits by key ("producer_byte_rate" …).
using ClientQuotas = std::map<std::string, double, std::less<>>;
using ClientQuotasImage = ImageMap<ClientQuotaEntity, ClientQuotas, ClientQuotaEntityHash>;

/// The record that sets one limit. Views its arguments.
wire::ClientQuotaRecord client_quota_record(const ClientQuotaEntity& entity, std::string_view key, double limit);

/// Sets or removes a limit.
void apply(const wire::ClientQuotaRecord& record, ClientQuotasImage::Editor& quotas);

}  // namespace sluice
