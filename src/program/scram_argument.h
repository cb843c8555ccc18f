// program/scram_argument.h: a user's SCRAM credential as `kafka-storage.sh format --add-scram` takes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "security/scram_credential.h"

namespace sluice::program {

struct ScramUserCredential {
  std::string user;
  ScramMechanism mechanism = ScramMechanism::sha_256;
  ScramCredential credential;
};

/// Reads "SCRAM-SHA-256=[name=alice,password=alice-secret]" or
/// "SCRAM-SHA-512=[name=alice,iterations=8192,salt="N3E=",saltedpassword="YCE="]" and makes the credential; a salt
/// that is not given is drawn from `loop`. Errors: invalid_argument, in Kafka's words.
Result<ScramUserCredential> parse_scram_argument(std::string_view text, Loop& loop);

}  // namespace sluice::program
