// tools/record_format.h: how the console consumers print a record: what Kafka's default formatter does.
#pragma once

#include <string>

#include "client/client_config.h"
#include "client/consumed_records.h"

namespace sluice::tools {

struct RecordFormat {
  bool timestamp = false;
  bool partition = false;
  bool offset = false;
  bool delivery = false;
  bool epoch = false;
  bool headers = false;
  bool key = false;
  bool value = true;
  std::string separator = "\t";
  std::string header_separator = ",";
  std::string line_end = "\n";
  std::string null = "null";

  /// By print.key, key.separator and so on; others are left alone, as they are for other formatters.
  static RecordFormat from(const client::Settings& properties);
  /// A line, in Kafka's order: timestamp, partition, offset, delivery, epoch, headers, key, value.
  std::string text(const client::TopicPartition& partition, const client::ConsumedRecord& record) const;
};

}  // namespace sluice::tools
