#include "simulation/sim_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "base/assert.h"
#include "simulation/sim_file_pages.h"

namespace sluice::sim {
namespace {

/// The names on the way to a path; "." and empty ones left out.
std::vector<std::string> steps(std::string_view path) {
  std::vector<std::string> names;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view step = path.substr(0, slash);
    if (!step.empty() && step != ".") names.emplace_back(step);
    path = slash == std::string_view::npos ? "" : path.substr(slash + 1);
  }
  return names;
}

/// What no real call fails with: the caller is told that it has not failed.
constexpr Errc kPretence = Errc::unsupported_codec;

std::string_view parent_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? "" : path.substr(0, slash);
}

std::string name_of(std::string_view path) { return std::string(path.substr(path.rfind('/') + 1)); }

/// Leaves the frame for the loop, at once or for a while; if the frame dies first, the timer goes with it.
class Pause : private Timer {
 public:
  Pause(Loop& loop, SteadyTime until) : loop_(&loop), until_(until) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    waiting_ = waiting;
    if (until_ <= loop_->now())
      set_soon(loop_->timers());
    else
      set(loop_->timers(), until_);
  }
  void await_resume() const noexcept {}

 private:
  void fire() override { waiting_.resume(); }
  Loop* loop_;
  SteadyTime until_;
  std::coroutine_handle<> waiting_;
};

}  // namespace

struct SimDisk::Node {
  bool is_directory = false;
  std::map<std::string, std::shared_ptr<Node>> entries, durable_entries;
  SimFilePages pages;
};

/// Entries of directories that change together, or not at all.
struct SimDisk::Change {
  struct Entry {
    std::shared_ptr<Node> directory;
    std::string name;
    std::shared_ptr<Node> node;  ///< None: the entry goes.
  };
  std::vector<Entry> entries;

  bool touches(const std::shared_ptr<Node>& directory) const {
    return std::ranges::any_of(entries, [&](const Entry& entry) { return entry.directory == directory; });
  }
  void make_seen() const {
    for (const auto& [directory, name, node] : entries) apply(directory->entries, name, node);
  }
  void make_durable() const {
    for (const auto& [directory, name, node] : entries) apply(directory->durable_entries, name, node);
  }
  static void apply(auto& entries, const std::string& name, const std::shared_ptr<Node>& node) {
    if (node)
      entries[name] = node;
    else
      entries.erase(name);
  }
};

class SimFile : public File {
 public:
  SimFile(SimDisk& disk, std::string path, std::shared_ptr<SimDisk::Node> node, bool writable)
      : disk_(&disk), path_(std::move(path)), node_(std::move(node)), life_(disk.life_), writable_(writable) {}

  Task<Result<std::size_t>> read(std::uint64_t position, MutableBytes into) override {
    if (auto entered = co_await enter(DiskCall::read); !entered) co_return fail(entered.error());
    co_return node_->pages.seen().read(position, into);
  }

  Task<Result<void>> write(std::uint64_t position, std::span<const Bytes> parts) override {
    SLUICE_ASSERT(writable_);
    const UnderWay under_way(*this, position, parts);
    if (auto entered = co_await enter(DiskCall::write); !entered) {
      if (entered.error().code == kPretence) co_return Result<void>{};
      if (alive()) under_way.put_some();
      co_return entered;
    }
    const std::uint64_t size = node_->pages.seen().size;
    const std::uint64_t grows = position + length(parts) > size ? position + length(parts) - size : 0;
    if (const std::uint64_t free = disk_->free_bytes(); grows > free) {
      put(position, parts, static_cast<std::size_t>(free));
      co_return fail(system_error(ENOSPC, "write " + path_));
    }
    put(position, parts, length(parts));
    co_await disk_->pause();
    if (!alive()) co_return fail(dead());
    co_return Result<void>{};
  }

  Task<Result<void>> sync() override {
    if (auto entered = co_await enter(DiskCall::sync); !entered) {
      if (alive()) node_->pages.forget_changes();
      co_return entered;
    }
    if (!disk_->ignores_sync_) node_->pages.sync();
    disk_->loop_->trace().note("sync", path_);
    co_return Result<void>{};
  }

  Task<Result<void>> truncate(std::uint64_t size) override {
    if (auto entered = co_await enter(DiskCall::truncate); !entered) co_return entered;
    disk_->loop_->trace().note("truncate", path_, size);
    node_->pages.resize(size);
    co_return Result<void>{};
  }

  Task<Result<void>> allocate(std::uint64_t size) override {
    if (auto entered = co_await enter(DiskCall::allocate); !entered) co_return entered;
    const std::uint64_t before = node_->pages.seen().size;
    if (size <= before) co_return Result<void>{};
    if (size - before > disk_->free_bytes()) co_return fail(system_error(ENOSPC, "allocate " + path_));
    disk_->loop_->trace().note("allocate", path_, size);
    node_->pages.resize(size);
    co_return Result<void>{};
  }

  Task<Result<std::uint64_t>> size() override {
    if (auto entered = co_await enter(DiskCall::size); !entered) co_return fail(entered.error());
    co_return std::uint64_t{node_->pages.seen().size};
  }

  int descriptor() const override { return -1; }

 private:
  friend class SimDisk;

  /// A write that has been asked for and not been done: how much of it arrives, should it fail or its program be
  /// killed, is anyone's guess.
  class UnderWay : public SimDisk::UnfinishedWrite {
   public:
    UnderWay(SimFile& file, std::uint64_t position, std::span<const Bytes> parts)
        : file_(file), position_(position), parts_(parts) {
      file_.disk_->unfinished_.push_back(this);
    }
    ~UnderWay() { std::erase(file_.disk_->unfinished_, this); }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;
    void put_some() const override {
      const auto count = static_cast<std::size_t>(file_.disk_->loop_->seeded().below(length(parts_) + 1));
      file_.put(position_, parts_, count);
    }

   private:
    SimFile& file_;
    std::uint64_t position_;
    std::span<const Bytes> parts_;
  };

  static std::size_t length(std::span<const Bytes> parts) {
    std::size_t sum = 0;
    for (const Bytes part : parts) sum += part.size();
    return sum;
  }

  void put(std::uint64_t position, std::span<const Bytes> parts, std::size_t count) {
    disk_->loop_->trace().note("write", path_, position, count);
    for (const Bytes part : parts) {
      const Bytes taken = part.first(std::min(part.size(), count));
      node_->pages.write(position, taken);
      disk_->loop_->trace().add(taken);
      position += taken.size();
      count -= taken.size();
    }
  }

  bool alive() const { return disk_->attached_ && life_ == disk_->life_; }
  Error dead() const { return Error{Errc::io, path_ + ": whoever opened it is dead"}; }

  Task<Result<void>> enter(DiskCall call) {
    auto entered = co_await disk_->enter(call, path_);
    if (!alive()) co_return fail(dead());
    co_return entered;
  }

  SimDisk* disk_;
  std::string path_;
  std::shared_ptr<SimDisk::Node> node_;
  std::uint64_t life_;
  bool writable_;
};

class SimLock : public DiskLock {
 public:
  SimLock(SimDisk& disk, std::string path) : disk_(&disk), path_(std::move(path)), life_(disk.life_) {}
  ~SimLock() override {
    if (life_ == disk_->life_) std::erase(disk_->locked_, path_);
  }

 private:
  SimDisk* disk_;
  std::string path_;
  std::uint64_t life_;
};

SimDisk::SimDisk(SimLoop& loop) : loop_(&loop), root_(std::make_shared<Node>()) { root_->is_directory = true; }
SimDisk::~SimDisk() = default;

Task<void> SimDisk::pause() {
  Random& random = loop_->seeded();
  SimLoop& caller = loop_->at_work();
  if (latency_.count() > 0) {
    const auto wait = random.below(static_cast<std::uint64_t>(latency_.count()));
    co_await Pause(caller, caller.now() + std::chrono::nanoseconds(wait));
  } else if (random.one_in(4)) {
    co_await Pause(caller, caller.now());
  }
}

Task<Result<void>> SimDisk::enter(DiskCall call, std::string path) {
  const std::uint64_t life = life_;
  co_await pause();
  if (!attached_ || life != life_) co_return fail(Errc::io, "{}: whoever asks is dead", path);
  loop_->trace().note("disk", path, static_cast<std::uint64_t>(call));
  ++made_[{call, path}];
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->call != call || path.find(fault->path_contains) == std::string::npos) continue;
    if (fault->skip > 0) {
      --fault->skip;
      continue;
    }
    const int error_number = fault->error_number;
    if (--fault->times <= 0) faults_.erase(fault);
    if (error_number == 0) co_return fail(kPretence, "{} is not written", path);
    co_return fail(system_error(error_number, "injected fault on " + path));
  }
  co_return Result<void>{};
}

std::shared_ptr<SimDisk::Node> SimDisk::find(std::string_view path) const {
  std::shared_ptr<Node> node = root_;
  for (const std::string& step : steps(path)) {
    const auto next = node->entries.find(step);
    if (next == node->entries.end()) return nullptr;
    node = next->second;
  }
  return node;
}

void SimDisk::change(Change change) {
  change.make_seen();
  pending_.push_back(std::move(change));
}

std::shared_ptr<SimDisk::Node> SimDisk::make_path(std::string_view directory) {
  std::shared_ptr<Node> node = root_;
  for (const std::string& step : steps(directory)) {
    if (!node->entries.contains(step)) {
      auto made = std::make_shared<Node>();
      made->is_directory = true;
      change({{{node, step, made}}});
    }
    node = node->entries[step];
  }
  return node;
}

std::uint64_t SimDisk::used() const {
  std::uint64_t sum = 0;
  std::vector<const Node*> open{root_.get()};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    sum += node->pages.seen().size;
    for (const auto& [name, child] : node->entries) open.push_back(child.get());
  }
  return sum;
}

std::uint64_t SimDisk::free_bytes() const {
  if (capacity_ == std::numeric_limits<std::uint64_t>::max()) return capacity_;  // Nobody counts.
  return capacity_ - std::min(used(), capacity_);
}

Task<Result<std::unique_ptr<File>>> SimDisk::open(std::string path, OpenMode mode) {
  if (auto entered = co_await enter(DiskCall::open, path); !entered) co_return fail(entered.error());
  auto node = find(path);
  if (!node) {
    if (mode == OpenMode::read || mode == OpenMode::read_write)
      co_return fail(system_error(ENOENT, "open " + path));
    const auto directory = find(parent_of(path));
    if (!directory || !directory->is_directory) co_return fail(system_error(ENOENT, "create " + path));
    node = std::make_shared<Node>();
    change({{{directory, name_of(path), node}}});
  }
  if (node->is_directory) co_return fail(system_error(EISDIR, "open " + path));
  if (mode == OpenMode::replace) node->pages.resize(0);
  co_return std::make_unique<SimFile>(*this, path, node, mode != OpenMode::read);
}

Task<Result<std::vector<DirectoryEntry>>> SimDisk::list(std::string path) {
  if (auto entered = co_await enter(DiskCall::list, path); !entered) co_return fail(entered.error());
  const auto node = find(path);
  if (!node) co_return fail(system_error(ENOENT, "list " + path));
  if (!node->is_directory) co_return fail(system_error(ENOTDIR, "list " + path));
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, child] : node->entries)
    entries.push_back({.name = name, .is_directory = child->is_directory, .size = child->pages.seen().size});
  co_return entries;
}

Task<Result<void>> SimDisk::make_directory(std::string path) {
  if (auto entered = co_await enter(DiskCall::make_directory, path); !entered) co_return entered;
  make_path(path);
  co_return Result<void>{};
}

Task<Result<void>> SimDisk::remove(std::string path) {
  if (auto entered = co_await enter(DiskCall::remove, path); !entered) co_return entered;
  const auto node = find(path);
  if (!node) co_return fail(system_error(ENOENT, "remove " + path));
  if (!node->entries.empty()) co_return fail(system_error(ENOTEMPTY, "remove " + path));
  change({{{find(parent_of(path)), name_of(path), nullptr}}});
  co_return Result<void>{};
}

Task<Result<void>> SimDisk::remove_all(std::string path) {
  if (auto entered = co_await enter(DiskCall::remove, path); !entered) co_return entered;
  if (find(path)) change({{{find(parent_of(path)), name_of(path), nullptr}}});
  co_return Result<void>{};
}

Task<Result<void>> SimDisk::rename(std::string from, std::string to) {
  if (auto entered = co_await enter(DiskCall::rename, from); !entered) co_return entered;
  const auto node = find(from);
  const auto into = find(parent_of(to));
  if (!node || !into) co_return fail(system_error(ENOENT, "rename " + from + " to " + to));
  if (const auto there = find(to); there && there != node && !there->entries.empty())
    co_return fail(system_error(ENOTEMPTY, "rename " + from + " to " + to));
  change({{{find(parent_of(from)), name_of(from), nullptr}, {into, name_of(to), node}}});
  co_return Result<void>{};
}

Task<Result<void>> SimDisk::sync_directory(std::string path) {
  if (auto entered = co_await enter(DiskCall::sync_directory, path); !entered) co_return entered;
  const auto directory = find(path);
  if (!directory) co_return fail(system_error(ENOENT, "sync " + path));
  std::erase_if(pending_, [&](const Change& change) {
    if (!change.touches(directory)) return false;
    change.make_durable();
    return true;
  });
  co_return Result<void>{};
}

Task<Result<bool>> SimDisk::exists(std::string path) {
  const std::uint64_t life = life_;
  co_await pause();
  if (!attached_ || life != life_) co_return fail(Errc::io, "{}: whoever asks is dead", path);
  co_return find(path) != nullptr;
}

Task<Result<std::unique_ptr<DiskLock>>> SimDisk::lock(std::string path) {
  if (auto entered = co_await enter(DiskCall::lock, path); !entered) co_return fail(entered.error());
  if (std::ranges::find(locked_, path) != locked_.end())
    co_return fail(Errc::already_exists, "{} is locked", path);
  if (!find(path)) {
    const auto directory = find(parent_of(path));
    if (!directory) co_return fail(system_error(ENOENT, "lock " + path));
    change({{{directory, name_of(path), std::make_shared<Node>()}}});
  }
  locked_.push_back(path);
  co_return std::make_unique<SimLock>(*this, path);
}

Task<Result<Disk::Space>> SimDisk::space(std::string) {
  co_await pause();
  co_return Space{.total = capacity_, .free = free_bytes()};
}

void SimDisk::detach() {
  SLUICE_ASSERT(attached_);
  for (const UnfinishedWrite* write : unfinished_) write->put_some();
  attached_ = false;
  ++life_;
  locked_.clear();
}

void SimDisk::attach() {
  SLUICE_ASSERT(!attached_);
  attached_ = true;
}

void SimDisk::lose_power() { detach(); }

void SimDisk::restore_power() {
  Random& random = loop_->seeded();
  for (const Change& change : pending_) {
    if (random.one_in(2)) change.make_durable();
  }
  pending_.clear();
  std::vector<std::shared_ptr<Node>> open{root_};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    node->entries = node->durable_entries;
    node->pages.lose_power(random);
    for (const auto& [name, child] : node->entries) open.push_back(child);
  }
  attach();
}

void SimDisk::crash() {
  lose_power();
  restore_power();
}

std::unique_ptr<SimDisk> SimDisk::copy(SimLoop& loop) const {
  auto copied = std::make_unique<SimDisk>(loop);
  copied->capacity_ = capacity_;
  std::vector<std::pair<const Node*, std::shared_ptr<Node>>> open{{root_.get(), copied->root_}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    to->is_directory = from->is_directory;
    if (!from->is_directory) to->pages.replace(from->pages.seen().contents());
    for (const auto& [name, child] : from->entries) {
      const auto made = to->entries[name] = to->durable_entries[name] = std::make_shared<Node>();
      open.emplace_back(child.get(), made);
    }
  }
  return copied;
}

bool SimDisk::has(std::string_view path) const { return find(path) != nullptr; }

std::string SimDisk::contents(std::string_view path) const {
  const auto node = find(path);
  SLUICE_ASSERT(node != nullptr && !node->is_directory);
  return node->pages.seen().contents();
}

void SimDisk::set_contents(std::string_view path, std::string_view contents) {
  const auto directory = make_path(parent_of(path));
  auto& node = directory->entries[name_of(path)];
  if (!node) node = std::make_shared<Node>();
  node->pages.replace(contents);
  for (const Change& change : pending_) change.make_durable();
  pending_.clear();
  directory->durable_entries[name_of(path)] = node;
}

void SimDisk::cut(std::string_view path, std::size_t size) {
  SLUICE_ASSERT(size <= contents(path).size());
  set_contents(path, contents(path).substr(0, size));
}

void SimDisk::flip_bit(std::string_view path, std::size_t byte, unsigned bit) {
  std::string bytes = contents(path);
  bytes.at(byte) = static_cast<char>(bytes.at(byte) ^ (1 << bit));
  set_contents(path, bytes);
}

void SimDisk::erase(std::string_view path) {
  const auto directory = find(parent_of(path));
  SLUICE_ASSERT(directory != nullptr);
  directory->entries.erase(name_of(path));
  directory->durable_entries.erase(name_of(path));
}

std::vector<std::string> SimDisk::files(std::string_view directory) const {
  std::vector<std::string> found;
  std::vector<std::pair<std::string, std::shared_ptr<Node>>> open{{"", find(directory)}};
  while (!open.empty()) {
    const auto [path, node] = open.back();
    open.pop_back();
    if (!node) continue;
    if (!node->is_directory) found.push_back(path);
    for (const auto& [name, child] : node->entries)
      open.emplace_back(path.empty() ? name : path + "/" + name, child);
  }
  std::ranges::sort(found);
  return found;
}

int SimDisk::count(DiskCall call, std::string_view path_contains) const {
  int sum = 0;
  for (const auto& [made, times] : made_)
    if (made.first == call && made.second.find(path_contains) != std::string::npos) sum += times;
  return sum;
}

}  // namespace sluice::sim
