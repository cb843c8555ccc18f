// client/fake_group.h: the coordinator of one classic group, just as much of it as members can tell from a real
// one.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/event.h"
#include "client/offset_and_metadata.h"
#include "wire/api/heartbeat.h"
#include "wire/api/join_group.h"
#include "wire/api/leave_group.h"
#include "wire/api/sync_group.h"

namespace sluice::client {

class FakeGroup {
 public:
  explicit FakeGroup(Loop& loop) : loop_(loop), changed_(loop) {}

  struct Joined {
    ErrorCode error = ErrorCode::none;
    std::int32_t generation = -1;
    std::string protocol{};
    std::string leader{};
    std::string member_id{};
    struct Member {
      std::string id;
      std::optional<std::string> instance_id;
      std::string metadata;
    };
    std::vector<Member> members{};
  };
  /// Waits until every member has come, or the rebalance timeout is over: who has not is put out then.
  Task<Joined> join(const wire::JoinGroupRequest& request);

  struct Synced {
    ErrorCode error = ErrorCode::none;
    std::string assignment;
  };
  Task<Synced> sync(const wire::SyncGroupRequest& request);
  ErrorCode heartbeat(std::string_view member_id, std::int32_t generation);
  ErrorCode leave(std::string_view member_id);
  ErrorCode check_commit(std::string_view member_id, std::int32_t generation) const;

  /// As after a session timeout.
  void expel(std::string_view member_id);
  /// Makes every member join again.
  void rebalance();

  /// Answers whoever waits.
  void stop();

  std::size_t size() const { return members_.size(); }
  std::int32_t generation() const { return generation_; }
  std::vector<std::string> member_ids() const;
  Offsets offsets;
  int joins = 0;

 private:
  enum class State { empty, joining, syncing, stable };
  struct Member {
    std::optional<std::string> instance_id;
    std::vector<std::pair<std::string, std::string>> protocols;
    bool waiting = false;  // Has joined the generation to come.
    std::string assignment;
  };

  void begin_joining();
  void finish_joining();
  std::string choose_protocol() const;

  Loop& loop_;
  Event changed_;
  State state_ = State::empty;
  std::int32_t generation_ = 0;
  bool stopping_ = false;
  int next_id_ = 1;
  std::string leader_;
  std::string protocol_;
  std::map<std::string, Member, std::less<>> members_;
};

}  // namespace sluice::client
