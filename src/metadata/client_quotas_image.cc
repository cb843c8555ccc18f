#include "metadata/client_quotas_image.h"

namespace sluice {

wire::ClientQuotaRecord client_quota_record(const ClientQuotaEntity& entity, std::string_view key, double limit) {
  wire::ClientQuotaRecord record;
  for (const auto& [kind, name] : entity) {
    wire::ClientQuotaRecord::EntityData data;
    data.entity_type = kind;
    if (name)
      data.entity_name = *name;
    else
      data.entity_name = std::nullopt;
    record.entity.push_back(data);
  }
  record.key = key;
  record.value = limit;
  return record;
}

void apply(const wire::ClientQuotaRecord& record, ClientQuotasImage::Editor& quotas) {
  ClientQuotaEntity entity;
  for (const auto& data : record.entity) {
    std::optional<std::string> name;
    if (data.entity_name) name = std::string(*data.entity_name);
    entity.insert_or_assign(std::string(data.entity_type), std::move(name));
  }
  const ClientQuotas* before = quotas.find(entity);
  ClientQuotas limits = before == nullptr ? ClientQuotas{} : *before;
  if (record.remove) {
    if (const auto found = limits.find(record.key); found != limits.end()) limits.erase(found);
  } else {
    limits.insert_or_assign(std::string(record.key), record.value);
  }
  if (limits.empty())
    quotas.erase(entity);
  else
    quotas.put(std::move(entity), std::move(limits));
}

}  // namespace sluice
