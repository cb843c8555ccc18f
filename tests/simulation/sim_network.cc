#include "simulation/sim_network.h"

#include <algorithm>

namespace sluice::sim {

/// One direction of a connection.
struct SimNetwork::Pipe {
  explicit Pipe(Loop& loop) : changed(loop) {}

  struct Stretch {
    SteadyTime arrives;
    std::string bytes;
  };
  std::deque<Stretch> under_way;
  Event changed;
  bool ended = false;  // By the writer; what is under way still arrives.

  // Bounded, as a socket's buffers are, so that a writer feels a reader who does not read.
  static constexpr std::size_t kCapacity = 1 << 20;
  std::size_t size = 0;
};

/// A connection: two pipes, and whether it is broken.
struct SimNetwork::Link {
  explicit Link(Loop& loop) : to_listener(loop), to_dialler(loop) {}
  Pipe to_listener;
  Pipe to_dialler;
  bool broken = false;

  void break_it() {
    broken = true;
    to_listener.changed.notify_all();
    to_dialler.changed.notify_all();
  }
};

struct SimNetwork::Port {
  Port(Loop& loop, Endpoint endpoint) : endpoint(std::move(endpoint)), came(loop) {}
  Endpoint endpoint;
  std::deque<std::shared_ptr<Link>> waiting;
  Event came;
  bool closed = false;
};

class SimConnection final : public Connection {
 public:
  SimConnection(SimNetwork& network, std::shared_ptr<SimNetwork::Link> link, SimNetwork::Pipe& in,
                SimNetwork::Pipe& out, Endpoint local, Endpoint peer)
      : network_(network),
        link_(std::move(link)),
        in_(in),
        out_(out),
        local_(std::move(local)),
        peer_(std::move(peer)) {}
  ~SimConnection() override { close(); }

  Task<Result<std::size_t>> read(MutableBytes into) override {
    while (true) {
      if (closed_ || link_->broken) co_return fail(Errc::closed, "the connection is closed");
      if (in_.under_way.empty()) {
        if (in_.ended) co_return std::size_t{0};
        co_await in_.changed.wait();
        continue;
      }
      if (in_.under_way.front().arrives > network_.loop_.now()) {
        co_await in_.changed.wait_until(in_.under_way.front().arrives);
        continue;
      }
      std::string& bytes = in_.under_way.front().bytes;
      const std::size_t count = std::min(bytes.size(), into.size());
      std::memcpy(into.data(), bytes.data(), count);
      in_.size -= count;
      if (count == bytes.size())
        in_.under_way.pop_front();
      else
        bytes.erase(0, count);
      in_.changed.notify_all();
      co_return count;
    }
  }

  Task<Result<void>> write(std::span<const Bytes> parts, More) override {
    std::string all;
    for (const Bytes part : parts) all += as_text(part);
    while (!closed_ && !link_->broken && out_.size >= SimNetwork::Pipe::kCapacity) co_await out_.changed.wait();
    if (closed_ || link_->broken || out_.ended) co_return fail(Errc::closed, "the connection is closed");
    if (all.empty()) co_return Result<void>{};
    const SteadyTime last = out_.under_way.empty() ? SteadyTime::min() : out_.under_way.back().arrives;
    out_.size += all.size();
    out_.under_way.push_back({network_.arrival(last), std::move(all)});
    out_.changed.notify_all();
    co_return Result<void>{};
  }

  Task<Result<void>> send_file(File& file, std::uint64_t position, std::size_t size, More more) override {
    std::string bytes(size, '\0');
    const Result<std::size_t> count = co_await file.read(position, std::as_writable_bytes(std::span(bytes)));
    if (!count) co_return fail(count.error());
    if (*count < size) co_return fail(Errc::io, "a file ended before what was to be sent of it");
    const Bytes parts[] = {as_bytes(bytes)};
    co_return co_await write(parts, more);
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    out_.ended = true;
    out_.changed.notify_all();
    in_.changed.notify_all();
  }

  const Endpoint& local() const override { return local_; }
  const Endpoint& peer() const override { return peer_; }

 private:
  SimNetwork& network_;
  std::shared_ptr<SimNetwork::Link> link_;
  SimNetwork::Pipe& in_;
  SimNetwork::Pipe& out_;
  Endpoint local_;
  Endpoint peer_;
  bool closed_ = false;
};

namespace {
const Endpoint kDialler{"sim-client", 1};
}

class SimAccepted final : public Accepted {
 public:
  SimAccepted(std::shared_ptr<SimNetwork::Link> link, Endpoint local)
      : link(std::move(link)), local(std::move(local)) {}
  const Endpoint& peer() const override { return kDialler; }
  std::shared_ptr<SimNetwork::Link> link;
  Endpoint local;
};

class SimListener final : public Listener {
 public:
  explicit SimListener(std::shared_ptr<SimNetwork::Port> port) : port_(std::move(port)) {}
  ~SimListener() override { close(); }

  Task<Result<std::unique_ptr<Accepted>>> accept() override {
    while (port_->waiting.empty()) {
      if (port_->closed) co_return fail(Errc::closed, "{} no longer listens", to_string(port_->endpoint));
      co_await port_->came.wait();
    }
    auto link = std::move(port_->waiting.front());
    port_->waiting.pop_front();
    co_return std::make_unique<SimAccepted>(std::move(link), port_->endpoint);
  }

  void close() override {
    port_->closed = true;
    for (const auto& link : port_->waiting) link->break_it();
    port_->waiting.clear();
    port_->came.notify_all();
  }

  const Endpoint& local() const override { return port_->endpoint; }

 private:
  std::shared_ptr<SimNetwork::Port> port_;
};

SimNetwork::~SimNetwork() = default;

SteadyTime SimNetwork::arrival(SteadyTime not_before) {
  const auto delay = latency_.count() == 0
                         ? std::chrono::nanoseconds(0)
                         : std::chrono::nanoseconds(static_cast<std::int64_t>(
                               loop_.seeded().below(static_cast<std::uint64_t>(latency_.count()))));
  return std::max(loop_.now() + delay, not_before);
}

Task<Result<std::unique_ptr<Listener>>> SimNetwork::listen(Endpoint endpoint, SocketOptions) {
  if (endpoint.port == 0) endpoint.port = next_port_++;
  const auto taken = ports_[endpoint.port].lock();
  if (taken && !taken->closed) co_return fail(Errc::already_exists, "{} is in use", to_string(endpoint));
  auto port = std::make_shared<Port>(loop_, endpoint);
  ports_[endpoint.port] = port;
  co_return std::make_unique<SimListener>(std::move(port));
}

Result<std::unique_ptr<Connection>> SimNetwork::adopt(std::unique_ptr<Accepted> accepted, SocketOptions) {
  auto& sim = dynamic_cast<SimAccepted&>(*accepted);
  Link& link = *sim.link;
  return std::make_unique<SimConnection>(*this, sim.link, link.to_listener, link.to_dialler, sim.local, kDialler);
}

Task<Result<std::unique_ptr<Connection>>> SimNetwork::dial(Endpoint endpoint, SteadyTime deadline, SocketOptions) {
  const SteadyTime answered = arrival(loop_.now());
  if (answered > loop_.now()) {
    Event never(loop_);
    co_await never.wait_until(std::min(answered, deadline));
  }
  const auto found = ports_.find(endpoint.port);
  const auto port = found == ports_.end() ? nullptr : found->second.lock();
  if (!port || port->closed) co_return fail(Errc::refused, "connecting to {}: refused", to_string(endpoint));
  auto link = std::make_shared<Link>(loop_);
  links_.push_back(link);
  port->waiting.push_back(link);
  port->came.notify_all();
  co_return std::make_unique<SimConnection>(*this, link, link->to_dialler, link->to_listener, kDialler, endpoint);
}

void SimNetwork::break_connections() {
  for (const auto& weak : links_)
    if (const auto link = weak.lock()) link->break_it();
  links_.clear();
}

}  // namespace sluice::sim
