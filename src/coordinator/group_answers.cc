#include "coordinator/group_answers.h"

namespace sluice {

std::string_view name(GroupType type) {
  switch (type) {
    case GroupType::classic: return "classic";
    case GroupType::consumer: return "consumer";
    case GroupType::share: return "share";
    case GroupType::streams: return "streams";
  }
  return "unknown";
}

}  // namespace sluice
