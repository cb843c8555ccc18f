#include "base/result.h"

#include <cerrno>
#include <cstring>

namespace sluice {
namespace {

Errc classify(int error_number) {
  switch (error_number) {
    case ENOENT: return Errc::not_found;
    case EEXIST:
    case ENOTEMPTY: return Errc::already_exists;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:  // No room for another descriptor: it passes too, and nothing was done.
    case ENFILE: return Errc::no_space;
    case EACCES:
    case EPERM:
    case EROFS: return Errc::permission_denied;
    case ECONNREFUSED: return Errc::refused;
    case ETIMEDOUT: return Errc::timed_out;
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENOTCONN:
    case ECANCELED: return Errc::closed;
    default: return Errc::io;
  }
}

}  // namespace

Error system_error(int error_number, std::string doing) {
  return Error{classify(error_number), fmt::format("{}: {}", doing, std::strerror(error_number))};
}

const char* name(Errc code) {
  switch (code) {
    case Errc::incomplete: return "incomplete";
    case Errc::corrupt: return "corrupt";
    case Errc::invalid_record: return "invalid_record";
    case Errc::invalid_timestamp: return "invalid_timestamp";
    case Errc::unsupported_version: return "unsupported_version";
    case Errc::unsupported_magic: return "unsupported_magic";
    case Errc::unsupported_codec: return "unsupported_codec";
    case Errc::too_large: return "too_large";
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::not_found: return "not_found";
    case Errc::already_exists: return "already_exists";
    case Errc::out_of_range: return "out_of_range";
    case Errc::out_of_order: return "out_of_order";
    case Errc::duplicate: return "duplicate";
    case Errc::producer_fenced: return "producer_fenced";
    case Errc::coordinator_fenced: return "coordinator_fenced";
    case Errc::invalid_transaction: return "invalid_transaction";
    case Errc::fenced_epoch: return "fenced_epoch";
    case Errc::unknown_epoch: return "unknown_epoch";
    case Errc::storage_offline: return "storage_offline";
    case Errc::no_space: return "no_space";
    case Errc::permission_denied: return "permission_denied";
    case Errc::not_leader: return "not_leader";
    case Errc::not_enough_replicas: return "not_enough_replicas";
    case Errc::timed_out: return "timed_out";
    case Errc::refused: return "refused";
    case Errc::closed: return "closed";
    case Errc::io: return "io";
  }
  return "?";
}

}  // namespace sluice
