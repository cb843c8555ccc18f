#include "simulation/sim_network.h"

#include <algorithm>
#include <optional>

namespace sluice::sim {

/// One direction of a connection. Each end may live on a loop of its own.
struct SimNetwork::Pipe {
  struct Stretch {
    SteadyTime arrives;
    std::string bytes;
  };
  std::deque<Stretch> under_way;
  std::optional<Event> readable, writable;  ///< None as long as that end belongs to no loop.
  bool ended = false;                       ///< By the writer; what is under way still arrives.
  bool abandoned = false;                   ///< By the reader: what is written now goes nowhere.

  // Bounded, as a socket's buffers are, so that a writer feels a reader who does not read.
  static constexpr std::size_t kCapacity = 1 << 20;
  std::size_t size = 0;

  static void wake(std::optional<Event>& event) {
    if (event) event->notify_all();
  }
};

/// A connection: two pipes, and whether it is broken.
struct SimNetwork::Link {
  Pipe to_listener;
  Pipe to_dialler;
  bool broken = false;

  void break_it() {
    broken = true;
    for (Pipe* pipe : {&to_listener, &to_dialler}) {
      Pipe::wake(pipe->readable);
      Pipe::wake(pipe->writable);
    }
  }
};

struct SimNetwork::Port {
  Port(Loop& loop, Endpoint endpoint) : endpoint(std::move(endpoint)), came(loop) {}
  Endpoint endpoint;
  std::deque<std::shared_ptr<Link>> waiting;
  Event came;
  bool closed = false;

  void close() {
    closed = true;
    for (const auto& link : waiting) link->break_it();
    waiting.clear();
    came.notify_all();
  }
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
        peer_(std::move(peer)) {
    in_.readable.emplace(network_.loop_.at_work());
    out_.writable.emplace(network_.loop_.at_work());
  }
  ~SimConnection() override { close(); }

  Task<Result<std::size_t>> read(MutableBytes into) override {
    while (true) {
      if (closed_ || link_->broken) co_return fail(Errc::closed, "the connection is closed");
      if (in_.under_way.empty()) {
        if (in_.ended) co_return std::size_t{0};
        co_await in_.readable->wait();
        continue;
      }
      if (in_.under_way.front().arrives > network_.loop_.now()) {
        co_await in_.readable->wait_until(in_.under_way.front().arrives);
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
      SimNetwork::Pipe::wake(in_.writable);
      co_return count;
    }
  }

  Task<Result<void>> write(std::span<const Bytes> parts, More) override {
    std::string all;
    for (const Bytes part : parts) all += as_text(part);
    while (writable() && out_.size >= SimNetwork::Pipe::kCapacity) co_await out_.writable->wait();
    if (!writable()) co_return fail(Errc::closed, "the connection is closed");
    network_.loop_.trace().note("send", to_string(peer_));
    network_.loop_.trace().add(as_bytes(all));
    // A peer sees bytes in the pieces in which they happen to arrive.
    const std::size_t cut = network_.cut_of(all.size());
    send(all.substr(0, cut));
    send(all.substr(cut));
    SimNetwork::Pipe::wake(out_.readable);
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
    in_.abandoned = true;
    for (auto* event : {&in_.readable, &in_.writable, &out_.readable, &out_.writable})
      SimNetwork::Pipe::wake(*event);
  }

  const Endpoint& local() const override { return local_; }
  const Endpoint& peer() const override { return peer_; }

 private:
  bool writable() const { return !closed_ && !link_->broken && !out_.abandoned; }
  void send(std::string bytes) {
    if (bytes.empty()) return;
    const SteadyTime last = out_.under_way.empty() ? SteadyTime::min() : out_.under_way.back().arrives;
    out_.size += bytes.size();
    out_.under_way.push_back({network_.arrival(last), std::move(bytes)});
  }

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
  ~SimAccepted() override {
    if (link) link->break_it();  // Nobody wanted it.
  }
  const Endpoint& peer() const override { return kDialler; }
  std::shared_ptr<SimNetwork::Link> link;  ///< Until it is adopted.
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

  void close() override { port_->close(); }

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

std::size_t SimNetwork::cut_of(std::size_t size) {
  return latency_.count() == 0 || size < 2 ? size : static_cast<std::size_t>(loop_.seeded().below(size) + 1);
}

Task<Result<std::unique_ptr<Listener>>> SimNetwork::listen(Endpoint endpoint, SocketOptions) {
  if (endpoint.port == 0) endpoint.port = next_port_++;
  const auto taken = ports_[endpoint.port].lock();
  if (taken && !taken->closed) co_return fail(Errc::already_exists, "{} is in use", to_string(endpoint));
  auto port = std::make_shared<Port>(loop_.at_work(), endpoint);
  ports_[endpoint.port] = port;
  co_return std::make_unique<SimListener>(std::move(port));
}

Result<std::unique_ptr<Connection>> SimNetwork::adopt(std::unique_ptr<Accepted> accepted, SocketOptions) {
  auto& sim = dynamic_cast<SimAccepted&>(*accepted);
  const auto link = std::exchange(sim.link, nullptr);
  return std::make_unique<SimConnection>(*this, link, link->to_listener, link->to_dialler, sim.local, kDialler);
}

Task<Result<std::unique_ptr<Connection>>> SimNetwork::dial(Endpoint endpoint, SteadyTime deadline, SocketOptions) {
  const SteadyTime answered = arrival(loop_.now());
  if (answered > loop_.now()) {
    Event never(loop_.at_work());
    co_await never.wait_until(std::min(answered, deadline));
  }
  const auto found = ports_.find(endpoint.port);
  const auto port = found == ports_.end() ? nullptr : found->second.lock();
  if (!port || port->closed) co_return fail(Errc::refused, "connecting to {}: refused", to_string(endpoint));
  auto link = std::make_shared<Link>();
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

void SimNetwork::break_one() {
  std::erase_if(links_, [](const std::weak_ptr<Link>& link) { return link.expired(); });
  if (links_.empty()) return;
  const auto chosen = std::next(links_.begin(), static_cast<std::ptrdiff_t>(loop_.seeded().below(links_.size())));
  chosen->lock()->break_it();
  links_.erase(chosen);
}

void SimNetwork::take_down() {
  for (const auto& [number, weak] : ports_)
    if (const auto port = weak.lock(); port && !port->closed) port->close();
  break_connections();
}

}  // namespace sluice::sim
