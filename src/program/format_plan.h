// program/format_plan.h: what a node's directories are to be formatted with, made of the command line of
// `kafka-storage.sh format` and the node's configuration.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/broker_config.h"
#include "metadata/features.h"
#include "metadata/record_list.h"
#include "program/scram_argument.h"
#include "raft/voter_set.h"

namespace sluice::program {

/// What the command line says, as it was typed.
struct FormatRequest {
  std::optional<std::string> release;  ///< --release-version
  std::vector<std::string> features;   ///< --feature, each "name=level"
  std::vector<std::string> scram;      ///< --add-scram
  bool standalone = false;
  bool no_initial_controllers = false;
  std::optional<std::string> initial_controllers;
};

struct FormatPlan {
  MetadataVersion release{};
  FeatureLevels levels;  ///< Of every feature, kraft.version and metadata.version among them.
  std::vector<raft::Voter> voters;
  std::vector<ScramUserCredential> scram;

  raft::KRaftVersion kraft_version() const;
  /// What the first controller appends: the features' levels, then the credentials.
  RecordList records() const;
  /// The same as Kafka prints it: "BootstrapMetadata(records=[…], metadataVersionLevel=33, source=format
  /// command)".
  std::string describe_records() const;
};

/// A node that names no controllers at all is a quorum of its own, as when it is started; where Kafka knows such a
/// configuration, its rules hold. Errors: invalid_argument, in Kafka's words.
Result<FormatPlan> plan_format(const FormatRequest& request, const BrokerConfig& config, Loop& loop);

/// Reads --initial-controllers: "{id}@{host}:{port}:{directory id}" with commas between. Errors: invalid_argument.
Result<std::vector<raft::Voter>> parse_initial_controllers(std::string_view text, std::string_view listener);

}  // namespace sluice::program
