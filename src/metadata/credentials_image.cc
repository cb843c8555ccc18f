#include "metadata/credentials_image.h"

namespace sluice {
namespace {

std::vector<std::byte> owned(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

ScramCredentialImage ScramCredentialImage::from(const wire::UserScramCredentialRecord& record) {
  return {
      .salt = owned(record.salt),
      .stored_key = owned(record.stored_key),
      .server_key = owned(record.server_key),
      .iterations = record.iterations,
  };
}

wire::UserScramCredentialRecord ScramCredentialImage::record(const ScramUser& user) const {
  wire::UserScramCredentialRecord record;
  record.name = user.name;
  record.mechanism = user.mechanism;
  record.salt = salt;
  record.stored_key = stored_key;
  record.server_key = server_key;
  record.iterations = iterations;
  return record;
}

DelegationTokenImage DelegationTokenImage::from(const wire::DelegationTokenRecord& record) {
  return {
      .owner = std::string(record.owner),
      .requester = std::string(record.requester),
      .renewers = {record.renewers.begin(), record.renewers.end()},
      .issue_timestamp = record.issue_timestamp,
      .max_timestamp = record.max_timestamp,
      .expiration_timestamp = record.expiration_timestamp,
  };
}

wire::DelegationTokenRecord DelegationTokenImage::record(std::string_view id) const {
  wire::DelegationTokenRecord record;
  record.owner = owner;
  record.requester = requester;
  record.renewers.assign(renewers.begin(), renewers.end());
  record.issue_timestamp = issue_timestamp;
  record.max_timestamp = max_timestamp;
  record.expiration_timestamp = expiration_timestamp;
  record.token_id = id;
  return record;
}

}  // namespace sluice
