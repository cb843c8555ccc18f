#include "server/acceptors.h"

#include "base/logging.h"
#include "server/broker_shard.h"

namespace sluice {
namespace {
/// After an accept that failed, such as for want of a descriptor: time for others to be closed.
constexpr std::chrono::milliseconds kAcceptBackoff{100};
}  // namespace

Task<Result<Endpoint>> Acceptors::listen(std::string listener, Endpoint endpoint, SocketOptions options) {
  Result<std::unique_ptr<Listener>> listening = co_await network_.listen(std::move(endpoint), options);
  if (!listening) co_return fail(std::move(listening.error()));
  const Endpoint local = (*listening)->local();
  ports_.push_back(std::make_unique<Port>(Port{std::move(listener), std::move(*listening)}));
  co_return local;
}

void Acceptors::start() {
  for (const auto& port : ports_) tasks_.start(accept(*port));
}

Task<void> Acceptors::accept(Port& port) {
  while (!tasks_.stopping()) {
    Result<std::unique_ptr<Accepted>> accepted = co_await port.listener->accept();
    if (!accepted && accepted.error().code == Errc::closed) co_return;
    if (!accepted) {
      logging::error("{}", accepted.error().what);
      co_await tasks_.sleep_until(loop_.now() + kAcceptBackoff);
      continue;
    }
    const std::string address = (*accepted)->peer().host;
    if (!has_room(address)) {
      logging::warn("a connection from {} is refused: {} are open, {} of them from there", address, total_,
                    by_address_[address]);
      continue;
    }
    ++total_;
    ++by_address_[address];
    BrokerShard& shard = *shards_[next_shard_++ % shards_.size()];
    auto release_here = [this, address] { release(address); };
    auto release = [this, release_here] { loop_.post(release_here); };
    shard.loop().post([&shard, accepted = std::move(*accepted), name = port.name, release]() mutable {
      shard.serve(std::move(accepted), std::move(name), std::move(release));
    });
  }
}

bool Acceptors::has_room(const std::string& address) const {
  if (total_ >= limits_.total_max) return false;
  const auto overridden = limits_.per_address_overrides.find(address);
  const std::size_t max =
      overridden == limits_.per_address_overrides.end() ? limits_.per_address_max : overridden->second;
  const auto open = by_address_.find(address);
  return open == by_address_.end() ? max > 0 : open->second < max;
}

void Acceptors::release(const std::string& address) {
  --total_;
  const auto open = by_address_.find(address);
  if (--open->second == 0) by_address_.erase(open);
}

Task<void> Acceptors::close() {
  for (const auto& port : ports_) port->listener->close();
  co_await tasks_.close();
}

}  // namespace sluice
