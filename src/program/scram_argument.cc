#include "program/scram_argument.h"

#include <map>

#include "base/number_text.h"
#include "wire/base64.h"

namespace sluice::program {
namespace {

constexpr std::size_t kSaltBytes = 24;

using Parts = std::map<std::string, std::string, std::less<>>;

struct Argument {
  ScramMechanism mechanism = ScramMechanism::sha_256;
  Parts parts;
};

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

Result<Parts> parse_parts(std::string_view text) {
  Parts parts;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    const std::string_view part = text.substr(0, comma);
    text.remove_prefix(std::min(comma + 1, text.size()));
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      return fail(Errc::invalid_argument, "No equals sign found in SCRAM component: {}", part);
    std::string_view value = part.substr(equals + 1);
    if (value.size() >= 2 && value.starts_with('"') && value.ends_with('"'))
      value = value.substr(1, value.size() - 2);
    parts.insert_or_assign(std::string(part.substr(0, equals)), std::string(value));
  }
  return parts;
}

Result<Argument> parse_argument(std::string_view text) {
  text = trim(text);
  const std::size_t equals = text.find('=');
  if (equals == std::string_view::npos)
    return fail(Errc::invalid_argument, "Failed to find equals sign in SCRAM argument '{}'", text);
  const auto mechanism = find_scram_mechanism(text.substr(0, equals));
  if (!mechanism)
    return fail(Errc::invalid_argument, "The add-scram mechanism {} is not supported.", text.substr(0, equals));
  const std::string_view list = text.substr(equals + 1);
  if (!list.starts_with('[')) return fail(Errc::invalid_argument, "Expected configuration string to start with [");
  if (list.size() < 2 || !list.ends_with(']'))
    return fail(Errc::invalid_argument, "Expected configuration string to end with ]");
  auto parts = parse_parts(list.substr(1, list.size() - 2));
  if (!parts) return fail(std::move(parts.error()));
  return Argument{.mechanism = *mechanism, .parts = std::move(*parts)};
}

std::optional<std::string> take(Parts& parts, std::string_view name) {
  const auto found = parts.find(name);
  if (found == parts.end()) return std::nullopt;
  std::string value = std::move(found->second);
  parts.erase(found);
  return value;
}

Result<std::vector<std::byte>> salt_from(const std::optional<std::string>& text, Loop& loop) {
  if (text) {
    auto salt = wire::decode_base64(*text, wire::Base64::standard);
    if (!salt) return fail(Errc::invalid_argument, "Failed to decode given salt: {}", *text);
    return salt;
  }
  std::vector<std::byte> salt(kSaltBytes);
  for (std::size_t at = 0; at < kSaltBytes; at += 8) store(MutableBytes(salt), at, loop.random());
  return salt;
}

Result<std::int32_t> iterations_from(const std::optional<std::string>& text, ScramMechanism mechanism) {
  const auto iterations =
      text ? parse_number<std::int32_t>(*text) : std::optional<std::int32_t>(kScramIterationsMin);
  if (!iterations) return fail(Errc::invalid_argument, "Failed to parse iterations count: {}", *text);
  // The name that Kafka's message has.
  const std::string_view enumerator = mechanism == ScramMechanism::sha_256 ? "SCRAM_SHA_256" : "SCRAM_SHA_512";
  if (*iterations < kScramIterationsMin)
    return fail(Errc::invalid_argument, "The 'iterations' value must be >= {} for add-scram using {}",
                kScramIterationsMin, enumerator);
  if (*iterations > kScramIterationsMax)
    return fail(Errc::invalid_argument, "The 'iterations' value must be <= {} for add-scram using {}",
                kScramIterationsMax, enumerator);
  return *iterations;
}

/// What the argument says of the password: itself, or what it was salted to.
struct Secret {
  std::optional<std::string> password;
  std::vector<std::byte> salted;
};

Result<Secret> secret_from(Parts& parts, bool has_salt) {
  Secret secret{.password = take(parts, "password"), .salted = {}};
  const auto salted = take(parts, "saltedpassword");
  if (secret.password) return secret;
  if (!salted)
    return fail(Errc::invalid_argument, "You must supply one of 'password' or 'saltedpassword' to add-scram");
  if (!has_salt) return fail(Errc::invalid_argument, "You must supply 'salt' with 'saltedpassword' to add-scram");
  auto bytes = wire::decode_base64(*salted, wire::Base64::standard);
  if (!bytes) return fail(Errc::invalid_argument, "Failed to decode given saltedPassword: {}", *salted);
  secret.salted = std::move(*bytes);
  return secret;
}

std::string names_of(const Parts& parts) {
  std::string names;
  for (const auto& [key, value] : parts) names += (names.empty() ? "" : ", ") + key;
  return names;
}

}  // namespace

Result<ScramUserCredential> parse_scram_argument(std::string_view text, Loop& loop) {
  auto argument = parse_argument(text);
  if (!argument) return fail(std::move(argument.error()));
  auto user = take(argument->parts, "name");
  if (!user) return fail(Errc::invalid_argument, "You must supply 'name' to add-scram");
  const auto salt_text = take(argument->parts, "salt");
  const auto iterations_text = take(argument->parts, "iterations");
  auto secret = secret_from(argument->parts, salt_text.has_value());
  if (!secret) return fail(std::move(secret.error()));
  if (!argument->parts.empty())
    return fail(Errc::invalid_argument, "Unknown SCRAM configurations: {}", names_of(argument->parts));
  auto salt = salt_from(salt_text, loop);
  if (!salt) return fail(std::move(salt.error()));
  const auto iterations = iterations_from(iterations_text, argument->mechanism);
  if (!iterations) return fail(iterations.error());
  if (secret->password) {
    auto salted = salt_password(argument->mechanism, *secret->password, *salt, *iterations);
    if (!salted) return fail(std::move(salted.error()));
    secret->salted = std::move(*salted);
  }
  auto credential = make_scram_credential(argument->mechanism, secret->salted, std::move(*salt), *iterations);
  if (!credential) return fail(std::move(credential.error()));
  return ScramUserCredential{
      .user = std::move(*user), .mechanism = argument->mechanism, .credential = std::move(*credential)};
}

}  // namespace sluice::program
