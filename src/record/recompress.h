// record/recompress.h: a batch of magic 2 written anew with another compression.
#pragma once

#include "base/buffer.h"
#include "base/result.h"
#include "record/batch_view.h"
#include "record/compression.h"

namespace sluice {

/// Writes to the end of `out` what `batch` holds, compressed otherwise: the same records with the same offsets, in
/// as many offsets, from the same producer. Without compression, and if base and maximum timestamp are the first
/// and the greatest of its records, that is the same batch byte for byte. After an error `out` is as before.
/// Errors: corrupt, too_large.
Result<BatchView> recompress(const ConstBatchView& batch, Compression compression, Decompressor& decompressor,
                             Buffer& out);

}  // namespace sluice
