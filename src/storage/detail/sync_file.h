// storage/detail/sync_file.h: a sync that failed is a loss, whatever the reason.
#pragma once

#include <memory>

#include "base/disk.h"

namespace sluice::detail {

/// Makes durable what was written to `file`. What a failed sync did not write is lost, and the next one would not
/// say so: a full disk is no exception here. Errors: storage_offline.
inline Task<Result<void>> sync_file(std::shared_ptr<File> file) {
  auto synced = co_await file->sync();
  if (!synced) co_return fail(Errc::storage_offline, "{}", synced.error().what);
  co_return synced;
}

}  // namespace sluice::detail
