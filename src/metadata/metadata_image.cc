#include "metadata/metadata_image.h"

namespace sluice {

bool MetadataImage::same_content(const MetadataImage& other) const {
  return features == other.features && cluster == other.cluster && topics == other.topics &&
         configs == other.configs && client_quotas == other.client_quotas &&
         next_producer_id == other.next_producer_id && acls == other.acls && scram == other.scram &&
         delegation_tokens == other.delegation_tokens;
}

}  // namespace sluice
