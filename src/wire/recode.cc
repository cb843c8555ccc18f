#include "wire/recode.h"

#include <algorithm>

namespace sluice::wire {

const Recoder* find_recoder(std::string_view name) {
  const auto found = std::ranges::find(recoders(), name, &Recoder::name);
  return found == recoders().end() ? nullptr : &*found;
}

}  // namespace sluice::wire
