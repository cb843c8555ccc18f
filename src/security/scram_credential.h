// security/scram_credential.h: what a cluster keeps of a SCRAM password (RFC 5802): a salt, how often it was
// hashed, and two keys. They tell whether somebody knows the password; the password cannot be had from them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace sluice {

/// The numbers are those of metadata records and of the protocol.
enum class ScramMechanism : std::int8_t { sha_256 = 1, sha_512 = 2 };

/// "SCRAM-SHA-256" or "SCRAM-SHA-512".
std::string_view name(ScramMechanism mechanism);
std::optional<ScramMechanism> find_scram_mechanism(std::string_view name);

/// How often a password is hashed, at the least and at the most.
inline constexpr std::int32_t kScramIterationsMin = 4096;
inline constexpr std::int32_t kScramIterationsMax = 16384;

struct ScramCredential {
  std::vector<std::byte> salt;
  std::vector<std::byte> stored_key;
  std::vector<std::byte> server_key;
  std::int32_t iterations = 0;
  friend bool operator==(const ScramCredential&, const ScramCredential&) = default;
};

/// Hi(password, salt, iterations) of the RFC, without SASLprep, as Kafka does it; `iterations` is at least 1.
/// Errors: io (the cryptographic library refuses).
Result<std::vector<std::byte>> salt_password(ScramMechanism mechanism, std::string_view password, Bytes salt,
                                             std::int32_t iterations);

/// The credential of a password that is salted already. Errors: io.
Result<ScramCredential> make_scram_credential(ScramMechanism mechanism, Bytes salted_password,
                                              std::vector<std::byte> salt, std::int32_t iterations);

}  // namespace sluice
