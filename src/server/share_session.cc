#include "server/share_session.h"

#include <algorithm>
#include <limits>

namespace sluice {

void ShareSession::add(const PartitionKey& key) {
  if (std::ranges::find(partitions, key) == partitions.end()) partitions.push_back(key);
}

void ShareSession::forget(const PartitionKey& key) { std::erase(partitions, key); }

void ShareSession::rotate() {
  if (!partitions.empty()) std::ranges::rotate(partitions, partitions.begin() + 1);
}

std::expected<std::shared_ptr<ShareSession>, ErrorCode> ShareSessionCache::open(std::string_view group,
                                                                                std::string_view member,
                                                                                const Peer& connection) {
  Id id{std::string(group), std::string(member)};
  if (!sessions_.contains(id) && sessions_.size() >= sessions_max_)
    return std::unexpected(ErrorCode::share_session_limit_reached);
  auto session = std::make_shared<ShareSession>();
  session->group = group;
  session->member = member;
  session->epoch = kInitialEpoch + 1;
  session->connection = &connection;
  sessions_.insert_or_assign(std::move(id), session);
  return session;
}

std::expected<std::shared_ptr<ShareSession>, ErrorCode> ShareSessionCache::next(std::string_view group,
                                                                                std::string_view member,
                                                                                std::int32_t epoch) {
  const auto found = sessions_.find(Id{std::string(group), std::string(member)});
  if (found == sessions_.end()) return std::unexpected(ErrorCode::share_session_not_found);
  std::shared_ptr<ShareSession> session = found->second;
  if (epoch == kFinalEpoch) {
    sessions_.erase(found);
    return session;
  }
  if (epoch != session->epoch) return std::unexpected(ErrorCode::invalid_share_session_epoch);
  session->epoch = epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
  return session;
}

std::vector<std::shared_ptr<ShareSession>> ShareSessionCache::take_of(const Peer& connection) {
  std::vector<std::shared_ptr<ShareSession>> ended;
  std::erase_if(sessions_, [&](const auto& entry) {
    if (entry.second->connection != &connection) return false;
    ended.push_back(entry.second);
    return true;
  });
  return ended;
}

}  // namespace sluice
