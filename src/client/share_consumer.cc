#include "client/share_consumer.h"

#include <algorithm>
#include <utility>

#include "client/detail/group_client.h"
#include "client/detail/share_member.h"

namespace sluice::client {

ShareConsumer::ShareConsumer(Loop& loop, Network& network, ShareConsumerConfig config)
    : config_(std::move(config)),
      cluster_(loop, network, config_.client),
      news_(loop),
      group_(std::make_unique<detail::GroupClient>(cluster_, config_.group_id)),
      member_(std::make_unique<detail::ShareMember>(*group_, config_, news_)),
      fetcher_(std::make_unique<detail::ShareFetcher>(cluster_, config_, member_->member_id(), news_)) {}

ShareConsumer::~ShareConsumer() = default;

void ShareConsumer::subscribe(std::set<std::string> topics) {
  subscribed_ = std::move(topics);
  for (const std::string& topic : subscribed_) cluster_.want_topic(topic);
  member_->subscribe(subscribed_);
}

Task<void> ShareConsumer::unsubscribe() {
  subscribed_.clear();
  const SteadyTime deadline = cluster_.request_deadline();
  fetcher_->assign({});
  co_await fetcher_->leave(deadline);
  co_await member_->leave(deadline);
}

Outcome<void> ShareConsumer::follow_target() {
  std::optional<Outcome<std::set<TopicPartition>>> target = member_->take_target();
  if (!target) return {};
  if (!*target) return failed(std::move(target->error()));
  fetcher_->assign(std::move(**target));
  return {};
}

Task<Outcome<ConsumedRecords>> ShareConsumer::poll(milliseconds timeout) {
  SLUICE_ASSERT(!polling_);
  if (closed_) co_return failed(ErrorCode::operation_not_attempted, "the consumer is closed");
  if (subscribed_.empty())
    co_return failed(ErrorCode::invalid_request, "Consumer is not subscribed to any topics.");
  if (config_.is_implicit()) {
    fetcher_->accept_all();
  } else if (fetcher_->has_unanswered()) {
    co_return failed(ErrorCode::invalid_request,
                     "All records must be acknowledged in explicit acknowledgement mode.");
  }
  polling_ = true;
  const SteadyTime deadline = cluster_.loop_now() + timeout;
  Outcome<ConsumedRecords> records;
  while (true) {
    member_->polled();
    if (Outcome<void> followed = follow_target(); !followed) {
      records = failed(std::move(followed.error()));
      break;
    }
    records = fetcher_->take();
    const bool found = !records || !records->empty();
    // Records that wait have their locks running: no more are acquired before they have been taken.
    fetcher_->start(!found);
    if (found || woken_ || closed_ || cluster_.loop_now() >= deadline) break;
    (void)co_await news_.wait_until(std::min(deadline, fetcher_->next_attempt()));
  }
  woken_ = false;
  polling_ = false;
  if (closed_) news_.notify_all();
  co_return records;
}

void ShareConsumer::wakeup() {
  woken_ = true;
  news_.notify_all();
}

Outcome<void> ShareConsumer::acknowledge(const TopicPartition& partition, Offset offset, AcknowledgeType type) {
  if (config_.is_implicit())
    return failed(ErrorCode::invalid_request, "Implicit acknowledgement of delivery is being used.");
  return fetcher_->acknowledge(partition, offset, type);
}

Task<PartitionOutcomes<void>> ShareConsumer::commit() {
  if (config_.is_implicit()) fetcher_->accept_all();
  co_return co_await fetcher_->commit(cluster_.loop_now() + config_.client.default_api_timeout);
}

void ShareConsumer::commit_async() {
  if (config_.is_implicit()) fetcher_->accept_all();
  fetcher_->start(false);
}

void ShareConsumer::on_acknowledged(AcknowledgementReport report) { fetcher_->on_acknowledged(std::move(report)); }

std::optional<milliseconds> ShareConsumer::acquisition_lock_timeout() const { return fetcher_->lock_timeout(); }

const std::string& ShareConsumer::member_id() const { return member_->member_id(); }

Task<void> ShareConsumer::close(milliseconds timeout) {
  if (closed_) co_return;
  closed_ = true;
  const SteadyTime deadline = cluster_.loop_now() + timeout;
  news_.notify_all();
  while (polling_) co_await news_.wait();
  co_await fetcher_->leave(deadline);
  co_await member_->leave(cluster_.request_deadline(deadline));
  cluster_.stop();
  co_await member_->close();
  co_await fetcher_->close();
  co_await cluster_.close();
}

}  // namespace sluice::client
