// tools/kafka_error.h: failures as Kafka's commands print them, which scripts look for.
#pragma once

#include <string>
#include <string_view>

#include "client/failure.h"

namespace sluice::tools {

/// The Java class that stands for a code: org.apache.kafka.common.errors.GroupIdNotFoundException.
std::string exception_name(ErrorCode code);

/// The sentence of a failure, without what the client puts before it to say what was asked.
std::string_view sentence_of(const client::Failure& failure);

/// Class and sentence with a colon between, as Java prints an exception.
std::string exception_text(const client::Failure& failure);

/// What a command finds wrong before it asks the cluster; `what` is printed as it is.
client::Failure not_attempted(std::string what);

/// Whether nobody could be asked, so that the failure says nothing about what was asked for.
bool is_unreachable(const client::Failure& failure);

}  // namespace sluice::tools
