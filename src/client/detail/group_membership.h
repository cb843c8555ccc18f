// client/detail/group_membership.h: what a consumer asks of its membership in a group, whichever protocol it is
// kept by.
#pragma once

#include <set>
#include <string>

#include "client/detail/group_client.h"

namespace sluice::client::detail {

class GroupMembership {
 public:
  virtual ~GroupMembership() = default;

  /// What it joins for.
  virtual void subscribe(std::set<std::string> topics) = 0;
  virtual bool is_member() const = 0;
  virtual const Membership& membership() const = 0;
  /// Lets it join, if it is none, or anew.
  virtual void request_join() = 0;
  virtual bool joining() const = 0;
  /// True once after membership was lost: what was assigned belongs to others by now.
  virtual bool take_lost() = 0;
  /// The consumer's owner is alive: he polls.
  virtual void polled() = 0;
  /// Tells the coordinator that it goes.
  virtual Task<void> leave(SteadyTime deadline) = 0;
  /// Waits until nothing of it is at work; the cluster has been stopped.
  virtual Task<void> close() = 0;
};

}  // namespace sluice::client::detail
