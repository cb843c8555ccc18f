#include "coordinator/coordinator_error.h"

namespace sluice {

ErrorCode coordinator_error(Errc code) {
  switch (code) {
    case Errc::not_leader:
    case Errc::fenced_epoch:
    case Errc::unknown_epoch:
    case Errc::producer_fenced:
    case Errc::storage_offline:
    case Errc::io:
    case Errc::permission_denied:
    case Errc::refused:
    case Errc::closed: return ErrorCode::not_coordinator;
    case Errc::timed_out:
    case Errc::not_found:
    case Errc::not_enough_replicas:
    case Errc::no_space: return ErrorCode::coordinator_not_available;
    case Errc::incomplete:
    case Errc::corrupt:
    case Errc::unsupported_version:
    case Errc::unsupported_magic:
    case Errc::unsupported_codec:
    case Errc::too_large:
    case Errc::invalid_argument:
    case Errc::already_exists:
    case Errc::out_of_range:
    case Errc::out_of_order:
    case Errc::coordinator_fenced:
    case Errc::invalid_transaction:
    case Errc::invalid_record:
    case Errc::invalid_timestamp:
    case Errc::duplicate: return ErrorCode::unknown_server_error;
  }
  return ErrorCode::unknown_server_error;
}

}  // namespace sluice
