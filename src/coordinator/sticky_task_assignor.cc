#include <algorithm>

#include "base/assert.h"
#include "coordinator/task_assignor.h"
#include "coordinator/task_load.h"

namespace sluice {
namespace {

/// How many tasks a member may be given before it has its share, which grows where others have theirs with less.
class Share {
 public:
  Share(std::int64_t tasks, std::size_t members) : tasks_(tasks), members_(static_cast<std::int64_t>(members)) {}

  bool leaves_room(std::int32_t count) const { return count < each(); }
  /// A member has come to have so many.
  void note(std::int32_t count) {
    if (count != each()) return;
    --members_;
    tasks_ -= count;
  }

 private:
  std::int64_t each() const { return members_ == 0 ? 0 : (tasks_ + members_ - 1) / members_; }

  std::int64_t tasks_;
  std::int64_t members_;
};

/// A member with a copy of a task's state.
struct Copy {
  TaskLoad::Member member;
  bool is_standby;      // Or left over from earlier.
  std::int64_t offset;  // How far it is.
};

class StickyAssignment {
 public:
  using Member = TaskLoad::Member;

  explicit StickyAssignment(const TaskAssignorInput& input)
      : input_(input),
        active_share_(count_tasks(input, 0), input.members.size()),
        total_share_(count_tasks(input, input.standby_replicas), input.members.size()),
        roles_(input.members.size()) {
    for (const TaskAssignorMember& member : input.members) note_previous(load_.add_member(member.process), member);
    for (auto& [task, copies] : copies_)
      std::ranges::sort(copies, [](const Copy& a, const Copy& b) {
        if (a.is_standby != b.is_standby) return a.is_standby;
        return a.offset != b.offset ? a.offset > b.offset : a.member < b.member;
      });
  }

  std::vector<TaskRoles> assign() && {
    if (input_.members.empty()) return {};
    assign_active();
    if (input_.standby_replicas > 0) assign_standbys();
    return std::move(roles_);
  }

 private:
  static std::int64_t count_tasks(const TaskAssignorInput& input, std::int32_t standby_replicas) {
    std::int64_t count = 0;
    for (const TaskAssignorSubtopology& subtopology : input.subtopologies)
      count += std::int64_t{subtopology.task_count} * (subtopology.is_stateful ? 1 + standby_replicas : 1);
    return count;
  }

  void note_previous(Member number, const TaskAssignorMember& member) {
    static const HeldTasks kNothing;
    static const TaskOffsets::Offsets kUnknown;
    const HeldTasks& assigned = member.assigned != nullptr ? *member.assigned : kNothing;
    const TaskOffsets::Offsets& offsets = member.offsets != nullptr ? *member.offsets : kUnknown;
    for (const auto& [subtopology, partitions] : assigned.active)
      for (const auto& [partition, epoch] : partitions) active_before_[{subtopology, partition}] = number;
    const auto offset_of = [&offsets](const std::string& subtopology, PartitionIndex partition) -> std::int64_t {
      const auto found = offsets.find(subtopology);
      if (found == offsets.end()) return 0;
      const auto offset = found->second.find(partition);
      return offset == found->second.end() ? 0 : offset->second;
    };
    for (const auto& [subtopology, partitions] : assigned.standby)
      for (const PartitionIndex partition : partitions)
        copies_[{subtopology, partition}].push_back({number, true, offset_of(subtopology, partition)});
    for (const auto& [subtopology, partitions] : offsets)
      for (const auto& [partition, offset] : partitions)
        if (!contains(assigned.standby, subtopology, partition))
          copies_[{subtopology, partition}].push_back({number, false, offset});
  }

  std::vector<TaskId> tasks(bool only_stateful) const {
    std::vector<TaskId> all;
    for (const TaskAssignorSubtopology& subtopology : input_.subtopologies)
      for (std::int32_t i = 0; i < subtopology.task_count; ++i)
        if (subtopology.is_stateful || !only_stateful) all.push_back({subtopology.id, PartitionIndex{i}});
    return all;
  }

  /// Across subtopologies first, so that the tasks of each are spread.
  static auto by_partition(const TaskId& task) { return std::pair(task.partition, task.subtopology); }

  void give(Member member, const TaskId& task, Tasks TaskRoles::* role) {
    const std::int32_t count = load_.give(member, task);
    if (role == &TaskRoles::active) active_share_.note(count);
    total_share_.note(count);
    (roles_[member].*role)[std::string(task.subtopology)].insert(task.partition);
  }

  void assign_active() {
    std::vector<TaskId> left = tasks(false);
    std::ranges::sort(left, {}, by_partition);
    std::erase_if(left, [this](const TaskId& task) {
      const auto before = active_before_.find(task);
      return before != active_before_.end() && give_active_if_room(before->second, task);
    });
    std::erase_if(left, [this](const TaskId& task) {
      const std::optional<Member> member = copy_with_least_load(task, false);
      return member && give_active_if_room(*member, task);
    });
    std::ranges::sort(left);
    for (const TaskId& task : left)
      give(load_.least_loaded_member(load_.least_loaded()), task, &TaskRoles::active);
  }

  bool give_active_if_room(Member member, const TaskId& task) {
    if (!active_share_.leaves_room(load_.count(member))) return false;
    give(member, task, &TaskRoles::active);
    return true;
  }

  /// Of those with a copy one with little to do. `elsewhere`: not in a process that has the task.
  std::optional<Member> copy_with_least_load(const TaskId& task, bool elsewhere) const {
    const auto copies = copies_.find(task);
    if (copies == copies_.end()) return std::nullopt;
    std::optional<Member> best;
    for (const Copy& copy : copies->second) {
      const TaskLoad::Process process = load_.process_of(copy.member);
      if (elsewhere && load_.has(process, task)) continue;
      const bool is_better = !best || (load_.load(process) < load_.load(load_.process_of(*best)) &&
                                       load_.count(copy.member) < load_.count(*best));
      if (is_better) best = copy.member;
    }
    return best;
  }

  void assign_standbys() {
    std::vector<TaskId> stateful = tasks(true);
    std::ranges::sort(stateful, std::ranges::greater{}, by_partition);
    std::vector<std::pair<TaskId, std::int32_t>> left;  // With the number of copies that have no place yet.
    for (const TaskId& task : stateful)
      for (std::int32_t i = 0; i < input_.standby_replicas; ++i)
        if (!give_standby_to_previous(task)) {
          left.emplace_back(task, input_.standby_replicas - i);
          break;
        }
    std::ranges::sort(left, std::ranges::greater{}, [](const auto& entry) { return entry.first; });
    for (const auto& [task, copies] : left)
      for (std::int32_t i = 0; i < copies; ++i) {
        const std::optional<TaskLoad::Process> process = load_.least_loaded_without(task);
        if (!process) break;  // All processes have it.
        give(load_.least_loaded_member(*process), task, &TaskRoles::standby);
      }
  }

  /// To who processed it, since he has the whole state, or to who had a copy.
  bool give_standby_to_previous(const TaskId& task) {
    const auto is_fit = [&](Member member) {
      return !load_.has(load_.process_of(member), task) && total_share_.leaves_room(load_.count(member));
    };
    std::optional<Member> member;
    if (const auto before = active_before_.find(task); before != active_before_.end() && is_fit(before->second))
      member = before->second;
    if (!member) member = copy_with_least_load(task, true);
    if (!member || !is_fit(*member)) return false;
    give(*member, task, &TaskRoles::standby);
    return true;
  }

  const TaskAssignorInput& input_;
  Share active_share_;
  Share total_share_;
  TaskLoad load_;
  std::map<TaskId, Member> active_before_;
  std::map<TaskId, std::vector<Copy>> copies_;
  std::vector<TaskRoles> roles_;
};

}  // namespace

std::vector<TaskRoles> assign_sticky(const TaskAssignorInput& input) { return StickyAssignment(input).assign(); }

}  // namespace sluice
