// coordinator/modern_answers.h: what requests about the newer kinds of group (consumer, share, streams) are
// answered with alike.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "coordinator/refusal.h"
#include "wire/error_code.h"

namespace sluice {

/// Of a member's heartbeat. `Answer` is the kind that it is part of.
template <class Answer>
struct HeartbeatAnswer {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string member_id;
  std::int32_t member_epoch = 0;
  std::chrono::milliseconds heartbeat_interval{};

  static Answer failed(Refusal refusal) {
    Answer answer;
    answer.error = refusal.code;
    answer.error_message = std::move(refusal.message);
    return answer;
  }
};

/// Of one group that is described. `Group` is the kind that it is part of.
template <class Group>
struct DescribedModernGroup {
  ErrorCode error = ErrorCode::none;
  std::string error_message;
  std::string id;
  std::string state;
  std::int32_t epoch = 0;
  std::int32_t assignment_epoch = 0;
  std::string assignor;

  static Group failed(ErrorCode error, std::string_view id) {
    Group group;
    group.error = error;
    group.id = id;
    return group;
  }
};

}  // namespace sluice
