#include "security/scram_credential.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

namespace sluice {
namespace {

const EVP_MD* digest_of(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::sha_256 ? EVP_sha256() : EVP_sha512();
}

const unsigned char* raw(Bytes bytes) { return reinterpret_cast<const unsigned char*>(bytes.data()); }
unsigned char* raw(std::vector<std::byte>& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

std::vector<std::byte> room_for(ScramMechanism mechanism) {
  return std::vector<std::byte>(static_cast<std::size_t>(EVP_MD_get_size(digest_of(mechanism))));
}

Result<std::vector<std::byte>> keyed_hash(ScramMechanism mechanism, Bytes key, std::string_view text) {
  std::vector<std::byte> hash = room_for(mechanism);
  unsigned int size = 0;
  if (HMAC(digest_of(mechanism), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), raw(hash), &size) == nullptr)
    return fail(Errc::io, "OpenSSL cannot compute the HMAC of {}", name(mechanism));
  return hash;
}

}  // namespace

std::string_view name(ScramMechanism mechanism) {
  return mechanism == ScramMechanism::sha_256 ? "SCRAM-SHA-256" : "SCRAM-SHA-512";
}

std::optional<ScramMechanism> find_scram_mechanism(std::string_view text) {
  for (const ScramMechanism mechanism : {ScramMechanism::sha_256, ScramMechanism::sha_512})
    if (text == name(mechanism)) return mechanism;
  return std::nullopt;
}

Result<std::vector<std::byte>> salt_password(ScramMechanism mechanism, std::string_view password, Bytes salt,
                                             std::int32_t iterations) {
  std::vector<std::byte> salted = room_for(mechanism);
  if (PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), raw(salt),
                        static_cast<int>(salt.size()), iterations, digest_of(mechanism),
                        static_cast<int>(salted.size()), raw(salted)) != 1)
    return fail(Errc::io, "OpenSSL cannot salt a password for {}", name(mechanism));
  return salted;
}

Result<ScramCredential> make_scram_credential(ScramMechanism mechanism, Bytes salted_password,
                                              std::vector<std::byte> salt, std::int32_t iterations) {
  const auto client_key = keyed_hash(mechanism, salted_password, "Client Key");
  if (!client_key) return fail(client_key.error());
  auto server_key = keyed_hash(mechanism, salted_password, "Server Key");
  if (!server_key) return fail(server_key.error());
  std::vector<std::byte> stored_key = room_for(mechanism);
  if (EVP_Digest(client_key->data(), client_key->size(), raw(stored_key), nullptr, digest_of(mechanism),
                 nullptr) != 1)
    return fail(Errc::io, "OpenSSL cannot hash the key of {}", name(mechanism));
  return ScramCredential{.salt = std::move(salt),
                         .stored_key = std::move(stored_key),
                         .server_key = std::move(*server_key),
                         .iterations = iterations};
}

}  // namespace sluice
