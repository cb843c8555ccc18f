// server/wrong_door.h: peers that came to the Kafka port with another protocol get told, in their own.
#pragma once

#include <string>

#include "base/bytes.h"

namespace sluice {

/// What to answer before closing, and what to log; both empty where the bytes say nothing.
struct WrongDoor {
  std::string answer;
  std::string what;
};

/// Looks at the first bytes of a connection that did not begin with a frame of acceptable size.
WrongDoor recognise(Bytes first_bytes);

}  // namespace sluice
