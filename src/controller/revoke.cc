#include "controller/revoke.h"

namespace sluice {
namespace {

ErrorCode code_of(Errc code) {
  // Whoever leads now may do it.
  if (code == Errc::not_leader || code == Errc::fenced_epoch || code == Errc::closed)
    return ErrorCode::not_controller;
  if (code == Errc::too_large) return ErrorCode::policy_violation;
  return ErrorCode::kafka_storage_error;  // All else that appending can end with.
}

}  // namespace

ApiError api_error(const Error& error) { return {code_of(error.code), error.what}; }

}  // namespace sluice
