// tools/dump/coordinator_decoder.cc: the records of coordinators: __consumer_offsets, __transaction_state,
// __share_group_state. A key begins with the record's type, a value with its version.
#include <algorithm>

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tools/dump/decoder.h"
#include "wire/base64.h"
#include "wire/json.h"

namespace sluice::tools {
namespace {

namespace json = boost::json;

constexpr std::string_view kTransactionKeys[] = {"TransactionLogKey"};
constexpr std::string_view kShareKeys[] = {"ShareSnapshotKey", "ShareUpdateKey"};

/// Whose records a log holds.
enum class LogOf { groups, transactions, share_groups };

bool is_in(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

bool belongs_to(LogOf log, std::string_view key) {
  switch (log) {
    case LogOf::transactions: return is_in(kTransactionKeys, key);
    case LogOf::share_groups: return is_in(kShareKeys, key);
    case LogOf::groups: return !is_in(kTransactionKeys, key) && !is_in(kShareKeys, key);
  }
  return false;
}

const wire::MessageSchema* find_key(LogOf log, std::int16_t type) {
  for (const wire::MessageSchema& schema : wire::coordinator_schemas())
    if (schema.kind == wire::MessageKind::coordinator_key && schema.key == type && belongs_to(log, schema.name))
      return &schema;
  return nullptr;
}

/// "GroupMetadataKey" has the value "GroupMetadataValue".
const wire::MessageSchema* value_of(const wire::MessageSchema& key) {
  const std::string_view name = key.name;
  return wire::find_schema(std::string(name.substr(0, name.size() - 3)) + "Value");
}

/// What consumers put into a group's bytes, as JSON; none if it is not theirs.
std::optional<json::value> consumer_protocol(std::string_view message, const json::value& base64) {
  const auto bytes =
      wire::decode_base64({base64.as_string().data(), base64.as_string().size()}, wire::Base64::standard);
  if (!bytes || bytes->size() < sizeof(std::int16_t)) return std::nullopt;
  const auto text = wire::to_json(*wire::find_schema(message), Bytes(*bytes).subspan(sizeof(std::int16_t)),
                                  load<std::int16_t>(*bytes, 0));
  if (!text) return std::nullopt;
  return json::parse(*text);
}

/// Opens what the members of a consumer group said; every other group's bytes stay as they are.
std::string open_members(const std::string& text) {
  if (!text.starts_with(R"({"protocolType":"consumer",)")) return text;
  json::value group = json::parse(text);
  json::value* const members = group.as_object().if_contains("members");
  if (members == nullptr || !members->is_array()) return text;
  for (json::value& member : members->as_array()) {
    json::object& fields = member.as_object();
    if (auto subscription = consumer_protocol("ConsumerProtocolSubscription", fields.at("subscription")))
      fields["subscription"] = std::move(*subscription);
    if (auto assignment = consumer_protocol("ConsumerProtocolAssignment", fields.at("assignment")))
      fields["assignment"] = std::move(*assignment);
  }
  return json::serialize(group);
}

class CoordinatorDecoder final : public RecordDecoder {
 public:
  explicit CoordinatorDecoder(LogOf log) : log_(log) {}

  Result<DecodedRecord> decode(const RecordView& record) const override {
    if (!record.key)
      return fail(Errc::corrupt,
                  "Failed to decode message at offset {} using the specified decoder (message had a missing key)",
                  record.offset.value);
    const auto skip = [&record](std::string_view why) {
      return DecodedRecord{.key = fmt::format("Error at offset {}, skipping. {}", record.offset.value, why),
                           .payload = std::nullopt};
    };
    if (record.key->size() < sizeof(std::int16_t)) return skip("The key has no type.");
    const auto type = load<std::int16_t>(*record.key, 0);
    const wire::MessageSchema* const schema = find_key(log_, type);
    if (schema == nullptr)
      return DecodedRecord{
          .key = fmt::format("Unknown record type {} at offset {}, skipping.", type, record.offset.value),
          .payload = std::nullopt};
    const auto key = wire::to_json(*schema, record.key->subspan(sizeof(std::int16_t)), 0);
    if (!key)
      return skip(fmt::format("Could not read record with version {} from key's buffer due to: {}.", type,
                              key.error().what));
    DecodedRecord decoded{.key = fmt::format(R"({{"type":"{}","data":{}}})", type, *key), .payload = "<DELETE>"};
    if (!record.value) return decoded;
    auto value = decode_value(*value_of(*schema), *record.value);
    if (!value) return skip(value.error().what);
    decoded.payload = std::move(*value);
    return decoded;
  }

 private:
  Result<std::string> decode_value(const wire::MessageSchema& schema, Bytes value) const {
    if (value.size() < sizeof(std::int16_t)) return fail(Errc::corrupt, "The value has no version.");
    const auto version = load<std::int16_t>(value, 0);
    auto text = wire::to_json(schema, value.subspan(sizeof(std::int16_t)), version);
    if (!text)
      return fail(text.error().code, "Could not read record with version {} from value's buffer due to: {}.",
                  version, text.error().what);
    if (schema.name == "GroupMetadataValue") text = open_members(*text);
    return fmt::format(R"({{"version":"{}","data":{}}})", version, *text);
  }

  LogOf log_;
};

}  // namespace

std::unique_ptr<RecordDecoder> offsets_decoder() { return std::make_unique<CoordinatorDecoder>(LogOf::groups); }
std::unique_ptr<RecordDecoder> transaction_log_decoder() {
  return std::make_unique<CoordinatorDecoder>(LogOf::transactions);
}
std::unique_ptr<RecordDecoder> share_group_state_decoder() {
  return std::make_unique<CoordinatorDecoder>(LogOf::share_groups);
}

}  // namespace sluice::tools
