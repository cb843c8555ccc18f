#include "wire/check_wire.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fstream>
#include <ostream>

#include "wire/hex.h"
#include "wire/json.h"
#include "wire/recode.h"

namespace sluice::wire {
namespace {

namespace json = boost::json;

/// One line, taken apart.
struct Vector {
  const MessageSchema* schema;
  std::int16_t version;
  json::value document;
  std::vector<std::byte> bytes;
};

Result<Vector> parse_vector(std::string_view line) {
  boost::system::error_code error;
  const json::value parsed = json::parse(json::string_view(line.data(), line.size()), error);
  const json::object* const object = parsed.if_object();
  if (error || object == nullptr) return fail(Errc::invalid_argument, "this line is no JSON object");
  const json::value* const message = object->if_contains("message");
  const json::value* const version = object->if_contains("version");
  const json::value* const document = object->if_contains("json");
  const json::value* const hex = object->if_contains("hex");
  if (!message || !message->is_string() || !version || !version->is_int64() || !document || !hex ||
      !hex->is_string())
    return fail(Errc::invalid_argument, "this line lacks message, version, json or hex");

  const json::string& name = message->get_string();
  const MessageSchema* const schema = find_schema({name.data(), name.size()});
  if (schema == nullptr) return fail(Errc::invalid_argument, "there is no message {}", std::string(name.c_str()));
  Result<std::vector<std::byte>> bytes = decode_hex({hex->get_string().data(), hex->get_string().size()});
  if (!bytes) return fail(bytes.error());
  return Vector{schema, static_cast<std::int16_t>(version->get_int64()), *document, std::move(*bytes)};
}

Result<void> compare(const Vector& vector, const char* what, const Result<Buffer>& got) {
  if (!got)
    return fail(Errc::corrupt, "{} version {}: {}: {}", vector.schema->name, vector.version, what,
                got.error().what);
  if (as_text(got->bytes()) == as_text(vector.bytes)) return {};
  return fail(Errc::corrupt, "{} version {}: {}\n  gives   {}\n  and not {}", vector.schema->name, vector.version,
              what, encode_hex(got->bytes()), encode_hex(vector.bytes));
}

/// The bytes as JSON, and that encoded again. JSON itself is not compared, since it has more than one spelling.
Result<Buffer> through_json(const Vector& vector) {
  const Result<std::string> text = to_json(*vector.schema, vector.bytes, vector.version);
  if (!text) return fail(text.error());
  return from_json(*vector.schema, *text, vector.version);
}

}  // namespace

Result<void> check_vector(std::string_view line) {
  const Result<Vector> vector = parse_vector(line);
  if (!vector) return fail(vector.error());
  const Recoder* const recoder = find_recoder(vector->schema->name);
  const std::string document = json::serialize(vector->document);

  if (auto ok = compare(*vector, "its JSON", from_json(*vector->schema, document, vector->version)); !ok)
    return ok;
  if (auto ok =
          compare(*vector, "read and written again, it", recoder->recode(vector->bytes, vector->version, {}));
      !ok)
    return ok;
  return compare(*vector, "as JSON and back, it", through_json(*vector));
}

Result<WireCheck> check_wire(std::span<const std::string> files, std::ostream& out) {
  WireCheck check;
  for (const std::string& path : files) {
    std::ifstream file(path);
    if (!file) return fail(Errc::not_found, "{} cannot be read", path);
    std::size_t number = 0;
    for (std::string line; std::getline(file, line);) {
      ++number;
      if (line.empty()) continue;
      const Result<void> agreed = check_vector(line);
      ++(agreed ? check.passed : check.failed);
      if (!agreed) out << path << ':' << number << ": " << agreed.error().what << '\n';
    }
  }
  out << check.passed << " vectors agree, " << check.failed << " differ\n";
  return check;
}

}  // namespace sluice::wire
