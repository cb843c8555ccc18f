#include "coordinator/memory_log.h"

#include "record/batch_view.h"

namespace sluice::test {

class MemoryLog final : public CoordinatorLog {
 public:
  explicit MemoryLog(MemoryStore& store) : store_(store) {}

  Task<Result<Offset>> append(MutableBytes batch) override { return store_.append(batch, closed_); }
  Task<Result<Offset>> append_transactional(MutableBytes batch, AppendGuard guard) override {
    return store_.append_transactional(batch, guard, closed_);
  }
  Task<Result<Offset>> append_marker(MutableBytes batch, bool) override { return store_.append(batch, closed_); }
  AppendGuard begin_verification(ProducerId, ProducerEpoch, bool) override { return store_.guard; }
  Task<Result<Buffer>> read(Offset from, std::size_t size_max) override { co_return store_.read(from, size_max); }
  Task<Result<void>> prune(Offset before) override {
    store_.prune(before);
    co_return Result<void>{};
  }
  Task<Result<void>> committed(Offset end) override { return store_.committed(end, closed_); }
  Offset start_offset() const override { return store_.start(); }
  Offset end_offset() const override { return store_.end(); }
  void close() override {
    closed_ = true;
    store_.close();
  }

 private:
  MemoryStore& store_;
  bool closed_ = false;
};

std::unique_ptr<CoordinatorLog> MemoryStore::open() { return std::make_unique<MemoryLog>(*this); }

void MemoryStore::commit() {
  holding_ = false;
  committed_ = end_;
  changed_.notify_all();
}

void MemoryStore::fail_next(Errc code, bool keep) {
  fault_ = {code, keep};
  changed_.notify_all();
}

void MemoryStore::put(Buffer batches) {
  BatchWalk walk(batches.bytes());
  while (const auto batch = walk.next()) {
    SLUICE_ASSERT(batch->has_value());
    batches_.push_back({(*batch)->base_offset(), (*batch)->next_offset(), Buffer::copy_of((*batch)->bytes())});
    end_ = committed_ = (*batch)->next_offset();
  }
}

void MemoryStore::prune(Offset before) {
  while (!batches_.empty() && batches_.front().next <= before) batches_.erase(batches_.begin());
}

Offset MemoryStore::start() const { return batches_.empty() ? end_ : batches_.front().base; }

void MemoryStore::cut(Offset end) {
  while (!batches_.empty() && batches_.back().base >= end) batches_.pop_back();
  end_ = end;
}

std::vector<std::size_t> MemoryStore::batch_sizes() const {
  std::vector<std::size_t> sizes;
  for (const Stored& batch : batches_) sizes.push_back(batch.bytes.size());
  return sizes;
}

Task<Result<Offset>> MemoryStore::append(MutableBytes batch, const bool& closed) {
  ++appends_;
  const Result<BatchView> view = BatchView::parse(batch);
  SLUICE_ASSERT(view.has_value());
  const Offset base = end_;
  view->place(base, LeaderEpoch{7});
  end_ = view->next_offset();
  batches_.push_back({base, end_, Buffer::copy_of(batch)});
  const Offset end = end_;
  while (holding_ && !closed && !fault_) co_await changed_.wait();
  if (fault_) {
    const Fault fault = *std::exchange(fault_, std::nullopt);
    if (!fault.keep) cut(base);
    co_return fail(fault.code, "as the test wants it");
  }
  if (closed) co_return fail(Errc::closed, "closed");
  committed_ = std::max(committed_, end);
  co_return base;
}

Task<Result<Offset>> MemoryStore::append_transactional(MutableBytes batch, AppendGuard given, const bool& closed) {
  const Result<BatchView> view = BatchView::parse(batch);
  SLUICE_ASSERT(view.has_value() && view->is_transactional() && !view->is_control());
  if (given != guard) co_return fail(Errc::invalid_transaction, "guard {} is not {}", given.value, guard.value);
  co_return co_await append(batch, closed);
}

Task<Result<void>> MemoryStore::committed(Offset end, const bool& closed) {
  while (holding_ && committed_ < end && !closed) co_await changed_.wait();
  if (closed) co_return fail(Errc::closed, "closed");
  if (!holding_) committed_ = end_;
  co_return Result<void>{};
}

Result<Buffer> MemoryStore::read(Offset from, std::size_t size_max) const {
  Buffer read;
  for (const Stored& batch : batches_) {
    if (batch.next <= from) continue;
    if (!read.empty() && read.size() + batch.bytes.size() > size_max) break;
    read.append(batch.bytes.bytes());
  }
  return read;
}

}  // namespace sluice::test
