// metadata/credentials_image.h: SCRAM credentials (KIP-900) and delegation tokens (KIP-900, KIP-48). Kept whole;
// what they mean is not known here.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "metadata/image_map.h"
#include "wire/metadata/delegation_token_record.h"
#include "wire/metadata/user_scram_credential_record.h"

namespace sluice {

/// A user and a SCRAM mechanism (Kafka's number: 1 SCRAM-SHA-256, 2 SCRAM-SHA-512).
struct ScramUser {
  std::int8_t mechanism = 0;
  std::string name;
  friend auto operator<=>(const ScramUser&, const ScramUser&) = default;
};
struct ScramUserHash {
  std::size_t operator()(const ScramUser& user) const {
    return std::hash<std::string>{}(user.name) * 31 + static_cast<std::size_t>(user.mechanism);
  }
};

struct ScramCredentialImage {
  std::vector<std::byte> salt;
  std::vector<std::byte> stored_key;
  std::vector<std::byte> server_key;
  std::int32_t iterations = 0;

  static ScramCredentialImage from(const wire::UserScramCredentialRecord& record);
  /// Views this credential and `user`.
  wire::UserScramCredentialRecord record(const ScramUser& user) const;
  friend bool operator==(const ScramCredentialImage&, const ScramCredentialImage&) = default;
};

using ScramImage = ImageMap<ScramUser, ScramCredentialImage, ScramUserHash>;

/// One token, without its HMAC, which follows from the id and the cluster's secret. Times are milliseconds since
/// 1970.
struct DelegationTokenImage {
  std::string owner;
  std::string requester;
  std::vector<std::string> renewers;
  std::int64_t issue_timestamp = 0;
  std::int64_t max_timestamp = 0;
  std::int64_t expiration_timestamp = 0;

  static DelegationTokenImage from(const wire::DelegationTokenRecord& record);
  /// Views this token and `id`.
  wire::DelegationTokenRecord record(std::string_view id) const;
  friend bool operator==(const DelegationTokenImage&, const DelegationTokenImage&) = default;
};

/// Tokens by id.
using DelegationTokensImage = ImageMap<std::string, DelegationTokenImage>;

}  // namespace sluice
