#include "server/broker_shard.h"

#include "base/logging.h"
#include "coordinator/group_coordinator.h"
#include "server/handlers/share_acknowledgements.h"
#include "server/pipeline.h"

namespace sluice {
namespace {
/// How often idle connections are looked for.
constexpr std::chrono::seconds kIdleCheckInterval{1};
}  // namespace

BrokerShard::BrokerShard(Broker& broker, int index, Loop& loop, Network& network, ShardLimits limits,
                         ShardCoordination coordination)
    : broker_(broker),
      index_(index),
      loop_(loop),
      network_(network),
      limits_(limits),
      image_(std::make_shared<MetadataImage>()),
      open_files_(std::make_shared<OpenFiles>(limits.open_files_max)),
      partitions_(loop),
      groups_(std::make_unique<GroupCoordinator>(loop, coordination.share_persister, coordination.groups,
                                                 coordination.group_runtime)),
      transactions_(std::make_unique<TransactionCoordinator>(loop, coordination.transactions,
                                                             coordination.transaction_surroundings)),
      shares_(std::make_unique<ShareCoordinator>(
          loop, coordination.shares, [this](const Uuid& topic) { return image_->topic(topic) != nullptr; })),
      share_leaders_(
          std::make_unique<ShareLeaders>(loop, coordination.share_persister, coordination.dead_letters)),
      share_sessions_(limits.share_sessions_max),
      fetch_sessions_(loop, limits.fetch_sessions),
      budget_(loop, limits.request_memory_max),
      sessions_at_work_(loop),
      tasks_(loop) {
  if (limits_.idle_time_max) tasks_.start(close_idle_sessions());
}

BrokerShard::~BrokerShard() = default;

void BrokerShard::set_image(GroupCluster cluster, const GroupClusterChange& change) {
  image_ = cluster.image;
  group_settings_ = cluster.settings;
  groups_->set_cluster(std::move(cluster), change);
  transactions_->set_version(image_->features.level(kTransactionVersionFeature));
}

void BrokerShard::serve(std::unique_ptr<Accepted> accepted, std::string listener,
                        std::move_only_function<void()> release) {
  sessions_at_work_.start(run_session(std::move(accepted), std::move(listener), std::move(release)));
}

Task<void> BrokerShard::run_session(std::unique_ptr<Accepted> accepted, std::string listener,
                                    std::move_only_function<void()> release) {
  if (Result<std::unique_ptr<Connection>> connection = network_.adopt(std::move(accepted), limits_.sockets)) {
    auto answer = [this](Peer& peer, Frame frame) { return answer_frame(broker_, *this, peer, std::move(frame)); };
    Session session(std::move(*connection), std::move(listener), limits_.session, scratch_, budget_, answer);
    const auto place = sessions_.insert(sessions_.end(), &session);
    if (sessions_at_work_.stopping()) session.close();
    co_await session.run();
    sessions_.erase(place);
    for (const auto& ended : share_sessions_.take_of(session.peer()))
      co_await handlers::release_share_member(broker_, ended->group, ended->member);
  } else {
    logging::warn("a connection could not be taken on: {}", connection.error().what);
  }
  release();
}

Task<void> BrokerShard::close_idle_sessions() {
  while (!co_await tasks_.sleep_until(loop_.now() + kIdleCheckInterval)) {
    const SteadyTime too_old = loop_.now() - *limits_.idle_time_max;
    for (Session* session : sessions_)
      if (!session->busy() && session->last_active() < too_old) session->close();
  }
}

Task<void> BrokerShard::close_connections() {
  for (Session* session : sessions_) session->close();
  co_await sessions_at_work_.close();
}

Task<void> BrokerShard::close() { co_await tasks_.close(); }

}  // namespace sluice
