#include "simulation/sim_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <set>

#include "base/assert.h"

namespace sluice::sim {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::size_t kPage = 4096;

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
  std::string seen, durable;
  std::set<std::size_t> dirty;  ///< Sectors of `seen` that are not durable.

  void touch(std::size_t begin, std::size_t end) {
    for (std::size_t sector = begin / kSector; sector * kSector < end; ++sector) dirty.insert(sector);
  }
  void carry_over(std::size_t sector) {
    const std::size_t begin = sector * kSector;
    if (begin >= seen.size() || begin >= durable.size()) return;
    const std::size_t count = std::min({kSector, seen.size() - begin, durable.size() - begin});
    std::memcpy(durable.data() + begin, seen.data() + begin, count);
  }
  void sync() {
    durable.resize(seen.size());
    for (const std::size_t sector : dirty) carry_over(sector);
    dirty.clear();
  }
  void lose_power(Random& random);
};

void SimDisk::Node::lose_power(Random& random) {
  const std::size_t old_size = durable.size();
  std::size_t size = random.one_in(2) ? old_size : seen.size();
  if (size < seen.size() && random.one_in(2)) size += random.below(seen.size() - size + 1);
  durable.resize(size);  // What grows is a hole of zeros until a sector fills it.
  for (auto next = dirty.begin(); next != dirty.end();) {
    const std::size_t page = *next * kSector / kPage;
    const auto fate = random.below(3);  // Lost, kept, or torn.
    for (; next != dirty.end() && *next * kSector / kPage == page; ++next) {
      if (fate == 1 || (fate == 2 && random.one_in(2))) carry_over(*next);
    }
  }
  dirty.clear();
  seen = durable;
}

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
      : disk_(&disk),
        path_(std::move(path)),
        node_(std::move(node)),
        power_up_(disk.power_ups_),
        writable_(writable) {}

  Task<Result<std::size_t>> read(std::uint64_t position, MutableBytes into) override {
    if (auto entered = co_await enter(DiskCall::read); !entered) co_return fail(entered.error());
    const std::string& seen = node_->seen;
    if (position >= seen.size()) co_return std::size_t{0};
    const std::size_t count = std::min<std::size_t>(into.size(), seen.size() - position);
    std::memcpy(into.data(), seen.data() + position, count);
    co_return count;
  }

  Task<Result<void>> write(std::uint64_t position, std::span<const Bytes> parts) override {
    if (auto entered = co_await enter(DiskCall::write); !entered) {
      // How much of a failed write arrives is anyone's guess.
      if (power_up_ == disk_->power_ups_) put(position, parts, disk_->loop_->seeded().below(length(parts) + 1));
      co_return entered;
    }
    SLUICE_ASSERT(writable_);
    const std::uint64_t grows =
        position + length(parts) > node_->seen.size() ? position + length(parts) - node_->seen.size() : 0;
    if (const std::uint64_t used = disk_->used(); grows > disk_->capacity_ - std::min(used, disk_->capacity_)) {
      put(position, parts, static_cast<std::size_t>(disk_->capacity_ - std::min(used, disk_->capacity_)));
      co_return fail(system_error(ENOSPC, "write " + path_));
    }
    put(position, parts, length(parts));
    co_await disk_->pause();
    co_return co_await alive();
  }

  Task<Result<void>> sync() override {
    if (auto entered = co_await enter(DiskCall::sync); !entered) {
      node_->dirty.clear();  // As Linux does: the pages count as clean, and no later sync will write them.
      co_return entered;
    }
    node_->sync();
    co_return Result<void>{};
  }

  Task<Result<void>> truncate(std::uint64_t size) override {
    if (auto entered = co_await enter(DiskCall::truncate); !entered) co_return entered;
    resize(size);
    co_return Result<void>{};
  }

  Task<Result<void>> allocate(std::uint64_t size) override {
    if (auto entered = co_await enter(DiskCall::allocate); !entered) co_return entered;
    if (size > node_->seen.size()) {
      if (size - node_->seen.size() > disk_->capacity_ - std::min(disk_->used(), disk_->capacity_))
        co_return fail(system_error(ENOSPC, "allocate " + path_));
      resize(size);
    }
    co_return Result<void>{};
  }

  Task<Result<std::uint64_t>> size() override {
    if (auto entered = co_await enter(DiskCall::size); !entered) co_return fail(entered.error());
    co_return std::uint64_t{node_->seen.size()};
  }

  int descriptor() const override { return -1; }

 private:
  static std::size_t length(std::span<const Bytes> parts) {
    std::size_t sum = 0;
    for (const Bytes part : parts) sum += part.size();
    return sum;
  }

  void put(std::uint64_t position, std::span<const Bytes> parts, std::size_t count) {
    if (count == 0) return;
    if (position + count > node_->seen.size()) resize(position + count);
    node_->touch(position, position + count);
    for (const Bytes part : parts) {
      const std::size_t taken = std::min(part.size(), count);
      if (taken == 0) continue;
      std::memcpy(node_->seen.data() + position, part.data(), taken);
      position += taken;
      count -= taken;
    }
  }

  void resize(std::uint64_t size) {
    const std::size_t old = node_->seen.size();
    node_->seen.resize(size);
    node_->touch(std::min<std::size_t>(old, size), std::max<std::size_t>(old, size));
    node_->dirty.erase(node_->dirty.lower_bound((size + kSector - 1) / kSector), node_->dirty.end());
  }

  Task<Result<void>> alive() {
    if (power_up_ != disk_->power_ups_) co_return fail(Errc::io, "{}: the power has failed", path_);
    co_return Result<void>{};
  }

  Task<Result<void>> enter(DiskCall call) {
    auto entered = co_await disk_->enter(call, path_);
    if (power_up_ != disk_->power_ups_) co_return fail(Errc::io, "{}: the power has failed", path_);
    co_return entered;
  }

  SimDisk* disk_;
  std::string path_;
  std::shared_ptr<SimDisk::Node> node_;
  std::uint64_t power_up_;
  bool writable_;
};

class SimLock : public DiskLock {
 public:
  SimLock(SimDisk& disk, std::string path) : disk_(&disk), path_(std::move(path)), power_up_(disk.power_ups_) {}
  ~SimLock() override {
    if (power_up_ == disk_->power_ups_) std::erase(disk_->locked_, path_);
  }

 private:
  SimDisk* disk_;
  std::string path_;
  std::uint64_t power_up_;
};

SimDisk::SimDisk(SimLoop& loop) : loop_(&loop), root_(std::make_shared<Node>()) { root_->is_directory = true; }
SimDisk::~SimDisk() = default;

Task<void> SimDisk::pause() {
  Random& random = loop_->seeded();
  if (latency_.count() > 0) {
    co_await Pause(*loop_, loop_->now() + std::chrono::nanoseconds(
                                              random.below(static_cast<std::uint64_t>(latency_.count()))));
  } else if (random.one_in(4)) {
    co_await Pause(*loop_, loop_->now());
  }
}

Task<Result<void>> SimDisk::enter(DiskCall call, std::string path) {
  co_await pause();
  made_.push_back({call, path});
  for (auto fault = faults_.begin(); fault != faults_.end(); ++fault) {
    if (fault->call != call || path.find(fault->path_contains) == std::string::npos) continue;
    if (fault->skip > 0) {
      --fault->skip;
      continue;
    }
    const int error_number = fault->error_number;
    if (--fault->times <= 0) faults_.erase(fault);
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
  if (capacity_ == std::numeric_limits<std::uint64_t>::max()) return 0;  // Nobody counts.
  std::uint64_t sum = 0;
  std::vector<const Node*> open{root_.get()};
  while (!open.empty()) {
    const Node* node = open.back();
    open.pop_back();
    sum += node->seen.size();
    for (const auto& [name, child] : node->entries) open.push_back(child.get());
  }
  return sum;
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
  if (mode == OpenMode::replace) {
    node->seen.clear();
    node->dirty.clear();
  }
  co_return std::make_unique<SimFile>(*this, path, node, mode != OpenMode::read);
}

Task<Result<std::vector<DirectoryEntry>>> SimDisk::list(std::string path) {
  if (auto entered = co_await enter(DiskCall::list, path); !entered) co_return fail(entered.error());
  const auto node = find(path);
  if (!node) co_return fail(system_error(ENOENT, "list " + path));
  if (!node->is_directory) co_return fail(system_error(ENOTDIR, "list " + path));
  std::vector<DirectoryEntry> entries;
  for (const auto& [name, child] : node->entries)
    entries.push_back({.name = name, .is_directory = child->is_directory, .size = child->seen.size()});
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
  co_await pause();
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
  const std::uint64_t taken = std::min(used(), capacity_);
  co_return Space{.total = capacity_, .free = capacity_ - taken};
}

void SimDisk::crash() {
  Random& random = loop_->seeded();
  ++power_ups_;
  locked_.clear();
  for (const Change& change : pending_) {
    if (random.one_in(2)) change.make_durable();
  }
  pending_.clear();
  std::vector<std::shared_ptr<Node>> open{root_};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    node->entries = node->durable_entries;
    node->lose_power(random);
    for (const auto& [name, child] : node->entries) open.push_back(child);
  }
}

std::unique_ptr<SimDisk> SimDisk::copy(SimLoop& loop) const {
  auto copied = std::make_unique<SimDisk>(loop);
  copied->capacity_ = capacity_;
  std::vector<std::pair<const Node*, std::shared_ptr<Node>>> open{{root_.get(), copied->root_}};
  while (!open.empty()) {
    const auto [from, to] = open.back();
    open.pop_back();
    to->is_directory = from->is_directory;
    to->seen = to->durable = from->seen;
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
  return node->seen;
}

void SimDisk::set_contents(std::string_view path, std::string_view contents) {
  const auto directory = make_path(parent_of(path));
  auto& node = directory->entries[name_of(path)];
  if (!node) node = std::make_shared<Node>();
  node->seen = node->durable = contents;
  node->dirty.clear();
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
  return static_cast<int>(std::ranges::count_if(made_, [&](const Made& made) {
    return made.call == call && made.path.find(path_contains) != std::string::npos;
  }));
}

}  // namespace sluice::sim
