#include "controller/activation.h"

#include "controller/update_features.h"
#include "metadata/features.h"
#include "metadata/metadata_delta.h"
#include "wire/metadata/abort_transaction_record.h"
#include "wire/metadata/begin_transaction_record.h"
#include "wire/metadata/end_transaction_record.h"
#include "wire/metadata/feature_level_record.h"

namespace sluice {

RecordList bootstrap_records(MetadataVersion version) {
  RecordList records;
  for (const auto& [feature, level] : bootstrap_feature_levels(version)) {
    wire::FeatureLevelRecord record;
    record.name = feature;
    record.feature_level = level;
    records.add(record, 0);
  }
  return records;
}

RecordList abort_records() {
  RecordList records;
  wire::AbortTransactionRecord record;
  record.reason = "Controller failover";
  records.add(record, 0);
  return records;
}

Result<RecordList> first_records(const DecisionContext& context, std::span<const Buffer> bootstrap,
                                 bool interrupted) {
  RecordList given;
  for (const Buffer& record : bootstrap) given.add_encoded(record.bytes());
  if (given.empty()) given = bootstrap_records(kMetadataVersionLatest);

  // What the cluster will be set to decides how the records are written.
  MetadataDelta delta(context.image);
  for (std::size_t i = 0; i < given.size(); ++i)
    if (auto applied = delta.apply(given[i]); !applied) return fail(std::move(applied.error()));
  const MetadataImage after = delta.finish(context.image.provenance);

  RecordList records;
  if (interrupted) records = abort_records();
  const bool transaction = supports_metadata_transactions(after.metadata_version());
  if (transaction) {
    wire::BeginTransactionRecord begin;
    begin.name = "Bootstrap records";
    records.add(begin, 0);
  }
  records.append(given);
  if (after.elr_enabled()) {
    // No replicas are eligible yet that a ClearElrRecord could be about, so `context` with its old image will do.
    add_elr_safety_records(context, records);
  }
  if (transaction) records.add(wire::EndTransactionRecord{}, 0);
  return records;
}

}  // namespace sluice
