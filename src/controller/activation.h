// controller/activation.h: what a controller writes when it becomes the active one.
#pragma once

#include <span>

#include "base/buffer.h"
#include "controller/decision.h"
#include "metadata/metadata_version.h"
#include "metadata/record_list.h"

namespace sluice {

/// The records that a new cluster begins with at `version`: the levels of its features. Formatting leaves them for
/// the first active controller.
RecordList bootstrap_records(MetadataVersion version);

/// The first records of a log that holds none: the bootstrap records, in a metadata transaction where the version
/// knows those. `interrupted`: an earlier controller began and did not finish. Errors: corrupt (of the records).
Result<RecordList> first_records(const DecisionContext& context, std::span<const Buffer> bootstrap,
                                 bool interrupted);

/// Ends a transaction that an earlier controller left open.
RecordList abort_records();

}  // namespace sluice
