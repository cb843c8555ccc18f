#include "client/failure.h"

namespace sluice::client {
namespace {

ErrorCode code_of(Errc code) {
  switch (code) {
    case Errc::timed_out: return ErrorCode::request_timed_out;
    case Errc::refused:
    case Errc::closed:
    case Errc::io:
    case Errc::incomplete:
    case Errc::not_found: return ErrorCode::network_exception;
    case Errc::corrupt: return ErrorCode::corrupt_message;
    case Errc::invalid_record: return ErrorCode::invalid_record;
    case Errc::invalid_timestamp: return ErrorCode::invalid_timestamp;
    case Errc::coordinator_fenced: return ErrorCode::transaction_coordinator_fenced;
    case Errc::invalid_transaction: return ErrorCode::invalid_txn_state;
    case Errc::not_enough_replicas: return ErrorCode::not_enough_replicas;
    case Errc::unsupported_version: return ErrorCode::unsupported_version;
    case Errc::unsupported_magic: return ErrorCode::unsupported_for_message_format;
    case Errc::unsupported_codec: return ErrorCode::unsupported_compression_type;
    case Errc::too_large: return ErrorCode::message_too_large;
    case Errc::invalid_argument:
    case Errc::already_exists: return ErrorCode::invalid_request;
    case Errc::out_of_range: return ErrorCode::offset_out_of_range;
    case Errc::permission_denied: return ErrorCode::cluster_authorization_failed;
    case Errc::not_leader: return ErrorCode::not_leader_or_follower;
    case Errc::out_of_order: return ErrorCode::out_of_order_sequence_number;
    case Errc::duplicate: return ErrorCode::duplicate_sequence_number;
    case Errc::producer_fenced: return ErrorCode::producer_fenced;
    case Errc::fenced_epoch: return ErrorCode::fenced_leader_epoch;
    case Errc::unknown_epoch: return ErrorCode::unknown_leader_epoch;
    case Errc::storage_offline:
    case Errc::no_space: return ErrorCode::kafka_storage_error;
  }
  return ErrorCode::unknown_server_error;
}

}  // namespace

Failure failure_of(const Error& error) { return Failure{code_of(error.code), error.what}; }

Failure failure_of(ErrorCode code, std::string_view subject, std::optional<std::string_view> said) {
  const std::string_view sentence = said && !said->empty() ? *said : message(code);
  return Failure{code, subject.empty() ? fmt::format("{}: {}", name(code), sentence)
                                       : fmt::format("{}: {}: {}", subject, name(code), sentence)};
}

bool asks_for_metadata(ErrorCode code) {
  switch (code) {
    case ErrorCode::unknown_topic_or_partition:
    case ErrorCode::unknown_topic_id:
    case ErrorCode::inconsistent_topic_id:
    case ErrorCode::leader_not_available:
    case ErrorCode::not_leader_or_follower:
    case ErrorCode::replica_not_available:
    case ErrorCode::broker_not_available:
    case ErrorCode::kafka_storage_error:
    case ErrorCode::listener_not_found:
    case ErrorCode::fenced_leader_epoch:
    case ErrorCode::unknown_leader_epoch:
    case ErrorCode::network_exception:
    case ErrorCode::not_controller:
    case ErrorCode::eligible_leaders_not_available: return true;
    default: return false;
  }
}

bool asks_for_coordinator(ErrorCode code) {
  return code == ErrorCode::coordinator_not_available || code == ErrorCode::not_coordinator ||
         code == ErrorCode::network_exception || code == ErrorCode::request_timed_out;
}

}  // namespace sluice::client
