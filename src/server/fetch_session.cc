#include "server/fetch_session.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>

namespace sluice {
namespace {
constexpr std::int32_t kNoSession = 0;
constexpr std::int32_t kInitialEpoch = 0;
constexpr std::int32_t kFinalEpoch = -1;
}  // namespace

std::size_t FetchSession::KeyHash::operator()(const Key& key) const noexcept {
  return std::hash<std::string>{}(key.topic) ^ std::hash<Uuid>{}(key.topic_id) ^
         (static_cast<std::size_t>(key.partition.value) * 0x9E3779B97F4A7C15ULL);
}

void FetchSession::put(const FetchTarget& target) {
  Key key{std::string(target.topic), target.topic_id, target.partition};
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    Entry& entry = entries_.emplace_back(Entry{.key = key, .target = target});
    entry.target.topic = entry.key.topic;
    by_key_.emplace(std::move(key), std::prev(entries_.end()));
    return;
  }
  FetchTarget& known = found->second->target;
  known = target;
  known.topic = found->second->key.topic;
}

void FetchSession::forget(std::string_view topic, Uuid topic_id, PartitionIndex partition) {
  const auto found = by_key_.find(Key{std::string(topic), topic_id, partition});
  if (found == by_key_.end()) return;
  entries_.erase(found->second);
  by_key_.erase(found);
}

std::vector<FetchTarget> FetchSession::targets() const {
  std::vector<FetchTarget> targets;
  targets.reserve(entries_.size());
  for (const Entry& entry : entries_) targets.push_back(entry.target);
  return targets;
}

bool FetchSession::answer(const FetchTarget& target, const FetchedState& state) {
  const auto found = by_key_.find(Key{std::string(target.topic), target.topic_id, target.partition});
  if (found == by_key_.end()) return true;
  Entry& entry = *found->second;
  const bool is_new = state.has_records || state.has_error || state.high_watermark != entry.told_high_watermark ||
                      state.log_start_offset != entry.told_log_start_offset;
  // After an error everything is news again.
  entry.told_high_watermark = state.has_error ? Offset{-1} : state.high_watermark;
  entry.told_log_start_offset = state.has_error ? Offset{-1} : state.log_start_offset;
  if (state.has_records) entries_.splice(entries_.end(), entries_, found->second);
  return is_new;
}

Result<FetchSessionCache::Choice> FetchSessionCache::choose(std::int32_t session_id, std::int32_t epoch,
                                                            bool uses_topic_ids) {
  if (epoch == kInitialEpoch || epoch == kFinalEpoch) {
    sessions_.erase(session_id);
    if (epoch == kFinalEpoch) return Choice{};
    return Choice{.session = create(uses_topic_ids), .is_full = true};
  }
  const auto found = sessions_.find(session_id);
  if (session_id == kNoSession || found == sessions_.end())
    return fail(Errc::not_found, "there is no fetch session {}", session_id);
  FetchSession& session = *found->second;
  if (session.uses_topic_ids_ != uses_topic_ids)
    return fail(Errc::invalid_argument, "fetch session {} {} topic ids", session_id,
                session.uses_topic_ids_ ? "uses" : "does not use");
  if (session.next_epoch_ != epoch)
    return fail(Errc::out_of_order, "fetch session {} expects epoch {}, not {}", session_id, session.next_epoch_,
                epoch);
  session.next_epoch_ = epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
  session.last_used_ = loop_.now();
  return Choice{.session = found->second, .is_full = false};
}

std::shared_ptr<FetchSession> FetchSessionCache::create(bool uses_topic_ids) {
  if (limits_.sessions_max == 0 || (sessions_.size() >= limits_.sessions_max && !make_room())) return nullptr;
  std::int32_t id = kNoSession;
  while (id == kNoSession || sessions_.contains(id))
    id = static_cast<std::int32_t>(loop_.random() & std::numeric_limits<std::int32_t>::max());
  auto session = std::make_shared<FetchSession>(id, uses_topic_ids);
  session->last_used_ = loop_.now();
  sessions_.emplace(id, session);
  return session;
}

/// The one unused longest goes, if that is long enough.
bool FetchSessionCache::make_room() {
  const auto age = [](const auto& session) { return std::pair(session.second->last_used_, session.first); };
  const auto oldest = std::ranges::min_element(sessions_, {}, age);
  if (loop_.now() - oldest->second->last_used_ < limits_.eviction_age_min) return false;
  sessions_.erase(oldest);
  return true;
}

}  // namespace sluice
