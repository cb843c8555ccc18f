// program/storage.h: the subcommands of `sluice storage`, known as kafka-storage.sh. Each returns the exit code;
// what is wrong is one line on standard error.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/disk.h"
#include "base/loop.h"
#include "config/broker_config.h"
#include "metadata/features.h"
#include "program/command.h"

namespace sluice::program {

// storage_format.cc
int storage_format(Arguments arguments);
// storage_info.cc
int storage_info(Arguments arguments);
// storage_features.cc
int storage_version_mapping(Arguments arguments);
int storage_feature_dependencies(Arguments arguments);

/// A release's metadata.version by its name: "4.4" or "4.4-IV2". Errors: invalid_argument, naming those there are.
Result<MetadataVersion> release_version(std::string_view text);

/// Runs `work` with the disk of this machine and returns its exit code.
int run_on_disk(std::function<Task<int>(Loop&, Disk&)> work);

}  // namespace sluice::program
