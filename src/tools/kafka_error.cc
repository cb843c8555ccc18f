#include "tools/kafka_error.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace sluice::tools {
namespace {

/// The classes that are not called as their codes are.
constexpr std::pair<ErrorCode, std::string_view> kIrregular[] = {
    {ErrorCode::unknown_server_error, "UnknownServer"},
    {ErrorCode::corrupt_message, "CorruptRecord"},
    {ErrorCode::request_timed_out, "Timeout"},
    {ErrorCode::message_too_large, "RecordTooLarge"},
    {ErrorCode::stale_controller_epoch, "ControllerMoved"},
    {ErrorCode::network_exception, "Network"},
    {ErrorCode::invalid_topic_exception, "InvalidTopic"},
    {ErrorCode::record_list_too_large, "RecordBatchTooLarge"},
    {ErrorCode::topic_authorization_failed, "TopicAuthorization"},
    {ErrorCode::group_authorization_failed, "GroupAuthorization"},
    {ErrorCode::cluster_authorization_failed, "ClusterAuthorization"},
    {ErrorCode::topic_already_exists, "TopicExists"},
    {ErrorCode::invalid_config, "InvalidConfiguration"},
    {ErrorCode::out_of_order_sequence_number, "OutOfOrderSequence"},
    {ErrorCode::duplicate_sequence_number, "DuplicateSequence"},
    {ErrorCode::invalid_producer_id_mapping, "InvalidPidMapping"},
    {ErrorCode::invalid_transaction_timeout, "InvalidTxnTimeout"},
    {ErrorCode::transactional_id_authorization_failed, "TransactionalIdAuthorization"},
    {ErrorCode::kafka_storage_error, "KafkaStorage"},
    {ErrorCode::sasl_authentication_failed, "SaslAuthentication"},
    {ErrorCode::delegation_token_auth_disabled, "DelegationTokenDisabled"},
    {ErrorCode::delegation_token_request_not_allowed, "UnsupportedByAuthentication"},
    {ErrorCode::delegation_token_authorization_failed, "DelegationTokenAuthorization"},
    {ErrorCode::non_empty_group, "GroupNotEmpty"},
    {ErrorCode::principal_deserialization_failure, "PrincipalDeserialization"},
    {ErrorCode::fetch_session_topic_id_error, "FetchSessionTopicId"},
};

/// GROUP_ID_NOT_FOUND as GroupIdNotFound.
std::string camel_case(std::string_view name) {
  std::string text;
  bool upper = true;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    text += upper ? c : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    upper = false;
  }
  return text;
}

}  // namespace

std::string exception_name(ErrorCode code) {
  constexpr std::string_view kPackage = "org.apache.kafka.common.errors.";
  const auto* const found = std::ranges::find(kIrregular, code, &std::pair<ErrorCode, std::string_view>::first);
  const std::string stem = found == std::end(kIrregular) ? camel_case(name(code)) : std::string(found->second);
  return fmt::format("{}{}Exception", kPackage, stem);
}

std::string_view sentence_of(const client::Failure& failure) {
  const std::string_view all = failure.what;
  const std::string mark = std::string(name(failure.code)) + ": ";
  const std::size_t at = all.find(mark);
  return at == std::string_view::npos ? all : all.substr(at + mark.size());
}

std::string exception_text(const client::Failure& failure) {
  return fmt::format("{}: {}", exception_name(failure.code), sentence_of(failure));
}

client::Failure not_attempted(std::string what) {
  return {.code = ErrorCode::operation_not_attempted, .what = std::move(what)};
}

bool is_unreachable(const client::Failure& failure) {
  return failure.code == ErrorCode::request_timed_out || failure.code == ErrorCode::network_exception ||
         failure.code == ErrorCode::broker_not_available;
}

}  // namespace sluice::tools
