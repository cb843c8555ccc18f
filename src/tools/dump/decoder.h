// tools/dump/decoder.h: what records mean, as kafka-dump-log.sh prints it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "record/record_view.h"

namespace sluice::tools {

/// A record's key and value as text; none is not printed.
struct DecodedRecord {
  std::optional<std::string> key;
  std::optional<std::string> payload;
};

class RecordDecoder {
 public:
  virtual ~RecordDecoder() = default;
  /// What cannot be decoded is said in the text. Errors: corrupt (the dump ends here).
  virtual Result<DecodedRecord> decode(const RecordView& record) const = 0;
};

/// Keys and values by what Kafka calls Decoder classes: strings, ints or longs.
/// Errors: not_found (a class that is none of those, since there is no Java here).
Result<std::unique_ptr<RecordDecoder>> class_decoder(std::string_view key_class, std::string_view value_class);
inline constexpr std::string_view kStringDecoder = "org.apache.kafka.tools.api.StringDecoder";

std::unique_ptr<RecordDecoder> offsets_decoder();
std::unique_ptr<RecordDecoder> transaction_log_decoder();
std::unique_ptr<RecordDecoder> share_group_state_decoder();
std::unique_ptr<RecordDecoder> cluster_metadata_decoder();
std::unique_ptr<RecordDecoder> remote_log_metadata_decoder();

/// What follows a control record's metadata: " endTxnMarker: COMMIT coordinatorEpoch: 0". Errors: corrupt.
Result<std::string> describe_control_record(const RecordView& record);

/// Bytes as a Java String made of UTF-8 prints: what is none becomes U+FFFD.
std::string java_string(Bytes bytes);

}  // namespace sluice::tools
