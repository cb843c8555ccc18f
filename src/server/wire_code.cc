#include "server/wire_code.h"

namespace sluice {

ErrorCode wire_code(Errc code) {
  switch (code) {
    case Errc::incomplete:
    case Errc::corrupt: return ErrorCode::corrupt_message;
    case Errc::invalid_record: return ErrorCode::invalid_record;
    case Errc::invalid_timestamp: return ErrorCode::invalid_timestamp;
    case Errc::unsupported_version: return ErrorCode::unsupported_version;
    case Errc::unsupported_magic: return ErrorCode::unsupported_for_message_format;
    case Errc::unsupported_codec: return ErrorCode::unsupported_compression_type;
    case Errc::too_large: return ErrorCode::message_too_large;
    case Errc::invalid_argument: return ErrorCode::invalid_request;
    case Errc::not_found: return ErrorCode::unknown_topic_or_partition;
    case Errc::already_exists: return ErrorCode::topic_already_exists;
    case Errc::out_of_range: return ErrorCode::offset_out_of_range;
    case Errc::out_of_order: return ErrorCode::out_of_order_sequence_number;
    case Errc::duplicate: return ErrorCode::duplicate_sequence_number;
    case Errc::producer_fenced: return ErrorCode::invalid_producer_epoch;
    case Errc::coordinator_fenced: return ErrorCode::transaction_coordinator_fenced;
    case Errc::invalid_transaction: return ErrorCode::invalid_txn_state;
    case Errc::fenced_epoch: return ErrorCode::fenced_leader_epoch;
    case Errc::unknown_epoch: return ErrorCode::unknown_leader_epoch;
    case Errc::no_space:
    case Errc::io:
    case Errc::storage_offline: return ErrorCode::kafka_storage_error;
    case Errc::permission_denied: return ErrorCode::kafka_storage_error;
    case Errc::not_leader: return ErrorCode::not_leader_or_follower;
    case Errc::not_enough_replicas: return ErrorCode::not_enough_replicas;
    case Errc::timed_out: return ErrorCode::request_timed_out;
    case Errc::refused:
    case Errc::closed: return ErrorCode::network_exception;
  }
  return ErrorCode::unknown_server_error;
}

}  // namespace sluice
