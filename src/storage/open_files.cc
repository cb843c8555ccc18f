#include "storage/open_files.h"

#include <utility>

#include "base/assert.h"

namespace sluice {

OpenFiles::Holder::~Holder() { all_closed(); }

void OpenFiles::Holder::has_open(OpenFiles& files, unsigned count) {
  if (count == count_) return;
  SLUICE_ASSERT(count > count_ && (files_ == nullptr || files_ == &files));
  if (files_ == nullptr) {
    files_ = &files;
    files.add(*this);
  }
  files.count_ += count - std::exchange(count_, count);
  if (files.count_ > files.most_) files.close_some(*this);
}

void OpenFiles::Holder::all_closed() {
  if (OpenFiles* const files = std::exchange(files_, nullptr)) {
    files->count_ -= std::exchange(count_, 0);
    files->remove(*this);
  }
}

OpenFiles::~OpenFiles() { SLUICE_ASSERT(hand_ == nullptr); }

void OpenFiles::add(Holder& holder) {
  if (hand_ == nullptr) {
    hand_ = holder.previous_ = holder.next_ = &holder;
    return;
  }
  // Behind the hand: looked at last.
  holder.next_ = hand_;
  holder.previous_ = hand_->previous_;
  holder.previous_->next_ = holder.next_->previous_ = &holder;
}

void OpenFiles::remove(Holder& holder) {
  if (hand_ == &holder) hand_ = holder.next_ == &holder ? nullptr : holder.next_;
  holder.previous_->next_ = holder.next_;
  holder.next_->previous_ = holder.previous_;
  holder.previous_ = holder.next_ = nullptr;
}

void OpenFiles::close_some(const Holder& spared) {
  while (count_ > most_) {
    Holder& next = *hand_;
    if (&next == &spared && next.next_ == &spared) return;  // It alone needs more than there may be.
    hand_ = next.next_;
    if (&next == &spared || std::exchange(next.used_, false)) continue;
    next.close_files();
  }
}

}  // namespace sluice
