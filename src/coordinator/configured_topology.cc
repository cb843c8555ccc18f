#include "coordinator/configured_topology.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace sluice {
namespace {

using Counts = std::map<std::string, std::int32_t, std::less<>>;
using Names = std::set<std::string, std::less<>>;

std::string summary(const Names& topics) {
  constexpr std::size_t kShown = 3;
  if (topics.empty()) return "<none>";
  std::vector<std::string_view> shown;
  for (const std::string& topic : topics)
    if (shown.size() < kShown) shown.push_back(topic);
  std::string text = fmt::format("{}", fmt::join(shown, ", "));
  if (topics.size() > kShown) text += fmt::format(" and {} additional topics", topics.size() - kShown);
  return text;
}

std::string shown(const Counts& counts) {
  std::vector<std::string> entries;
  for (const auto& [topic, count] : counts) entries.push_back(fmt::format("{}={}", topic, count));
  return fmt::format("[{{{}}}]", fmt::join(entries, ", "));
}

/// Finds out how many partitions the internal topics need. What goes wrong is either the topology's fault for good
/// (a refusal) or a matter of topics that may change (`problem`).
class PartitionCounts {
 public:
  PartitionCounts(const StreamsTopology& topology, const TopicsImage& topics)
      : topology_(topology), topics_(topics) {}

  /// False where there is a problem.
  Granted<bool> decide() {
    for (auto step : {&PartitionCounts::decide_repartition_topics, &PartitionCounts::enforce_copartitioning,
                      &PartitionCounts::decide_changelogs})
      if (Granted<void> done = (this->*step)(); !done) return refused(std::move(done.error()));
    return !problem_;
  }
  const std::optional<StreamsStatusNote>& problem() const { return problem_; }

  /// Of a topic as it is, or as it will be.
  std::optional<std::int32_t> count(std::string_view topic) const {
    if (const TopicImage* image = topics_.topic(topic); image != nullptr)
      return static_cast<std::int32_t>(image->partition_count());
    const auto found = decided_.find(topic);
    return found == decided_.end() ? std::nullopt : std::optional(found->second);
  }
  std::int32_t decided(const StreamsTopic& topic) const {
    return topic.partitions != 0 ? topic.partitions : decided_.find(topic.name)->second;
  }
  /// The most partitions of what a subtopology reads: it has that many tasks.
  std::optional<std::int32_t> most_read(const StreamsSubtopology& subtopology) const {
    std::optional<std::int32_t> most;
    const auto look_at = [&](std::string_view topic) {
      if (const std::optional<std::int32_t> found = count(topic)) most = std::max(most.value_or(0), *found);
    };
    for (const std::string& topic : subtopology.source_topics) look_at(topic);
    for (const StreamsTopic& topic : subtopology.repartition_sources) look_at(topic.name);
    return most;
  }

 private:
  Granted<void> decide_repartition_topics() {
    Counts counts;
    for (const StreamsSubtopology& subtopology : topology_.subtopologies)
      for (const StreamsTopic& topic : subtopology.repartition_sources)
        if (topic.partitions != 0) counts[topic.name] = topic.partitions;
    // What a subtopology writes has as many partitions as the most that it reads, which may be written by another.
    for (bool is_left = true; is_left;) {
      is_left = false;
      bool found_one = false;
      for (const StreamsSubtopology& subtopology : topology_.subtopologies)
        for (const std::string& sink : subtopology.repartition_sinks) {
          if (counts.contains(sink)) continue;
          const std::optional<std::int32_t> most = most_written_through(subtopology, counts);
          (most ? found_one : is_left) = true;
          if (most) counts[sink] = *most;
        }
      if (is_left && !found_one)
        return refused(ErrorCode::streams_invalid_topology,
                       "Failed to compute number of partitions for all repartition topics. There may be loops in "
                       "the topology that cannot be resolved.");
    }
    for (const StreamsSubtopology& subtopology : topology_.subtopologies)
      for (const StreamsTopic& topic : subtopology.repartition_sources)
        if (!counts.contains(topic.name))
          return refused(ErrorCode::streams_invalid_topology,
                         "Failed to compute number of partitions for all repartition topics, because a "
                         "repartition source topic is never used as a sink topic.");
    decided_ = std::move(counts);
    return {};
  }

  std::optional<std::int32_t> most_written_through(const StreamsSubtopology& subtopology,
                                                   const Counts& counts) const {
    std::optional<std::int32_t> most;
    for (const StreamsTopic& topic : subtopology.repartition_sources)
      if (const auto found = counts.find(topic.name); found != counts.end())
        most = std::max(most.value_or(0), found->second);
    for (const std::string& topic : subtopology.source_topics)
      if (const TopicImage* image = topics_.topic(std::string_view(topic)); image != nullptr)
        most = std::max(most.value_or(0), static_cast<std::int32_t>(image->partition_count()));
    return most;
  }

  Granted<void> enforce_copartitioning() {
    Names fixed, flexible;
    for (const StreamsSubtopology& subtopology : topology_.subtopologies)
      for (const StreamsTopic& topic : subtopology.repartition_sources)
        (topic.partitions != 0 ? fixed : flexible).insert(topic.name);
    for (const StreamsSubtopology& subtopology : topology_.subtopologies)
      for (const CopartitionGroup& group : subtopology.copartition_groups) {
        Names names;
        for (const std::int16_t i : group.source_topics)
          names.insert(subtopology.source_topics[static_cast<std::size_t>(i)]);
        for (const std::int16_t i : group.repartition_sources)
          names.insert(subtopology.repartition_sources[static_cast<std::size_t>(i)].name);
        if (names.empty() || problem_) continue;
        if (Granted<void> enforced = copartition(names, fixed, flexible); !enforced) return enforced;
      }
    return {};
  }

  Granted<void> copartition(const Names& names, const Names& fixed, const Names& flexible) {
    Counts repartitioned, others, of_fixed;
    for (const std::string& name : names) {
      const std::int32_t partitions = count(name).value_or(0);
      (fixed.contains(name) || flexible.contains(name) ? repartitioned : others)[name] = partitions;
    }
    // Topics of others decide; then those with a number of their own, wherever in the topology they are, as in
    // Kafka; then the greatest.
    for (const std::string& name : fixed) of_fixed[name] = count(name).value_or(0);
    const Counts& deciding = !others.empty() ? others : of_fixed;
    const auto is_first = [&](const auto& entry) { return entry.second == deciding.begin()->second; };
    if (!std::ranges::all_of(deciding, is_first)) {
      problem_ = {StreamsStatus::incorrectly_partitioned_topics,
                  fmt::format("Following topics do not have the same number of partitions: {}",
                              shown(others.empty() ? repartitioned : others))};
      return {};
    }
    std::int32_t needed = deciding.empty() ? 0 : deciding.begin()->second;
    if (deciding.empty())
      for (const auto& [name, partitions] : repartitioned) needed = std::max(needed, partitions);
    for (const auto& [name, partitions] : repartitioned) {
      decided_[name] = needed;
      if (!fixed.contains(name) || partitions == needed) continue;
      problem_ = {StreamsStatus::incorrectly_partitioned_topics,
                  fmt::format("Number of partitions [{}] of repartition topic [{}] doesn't match number of "
                              "partitions [{}] of the source topic.",
                              partitions, name, needed)};
    }
    return {};
  }

  Granted<void> decide_changelogs() {
    Counts counts;
    for (const StreamsSubtopology& subtopology : topology_.subtopologies) {
      const std::optional<std::int32_t> most = most_read(subtopology);
      if (!most)
        return refused(ErrorCode::streams_invalid_topology, "No source topics found for subtopology {}",
                       subtopology.id);
      if (*most < 1)
        return refused(ErrorCode::streams_invalid_topology, "Number of partitions must be at least 1.");
      for (const StreamsTopic& topic : subtopology.changelogs) counts[topic.name] = *most;
    }
    for (auto& [topic, partitions] : counts) decided_[topic] = partitions;
    return {};
  }

  const StreamsTopology& topology_;
  const TopicsImage& topics_;
  Counts decided_;
  std::optional<StreamsStatusNote> problem_;
};

Names missing_sources(const StreamsTopology& topology, const TopicsImage& topics) {
  Names missing;
  for (const StreamsSubtopology& subtopology : topology.subtopologies)
    for (const std::string& name : subtopology.source_topics)
      if (topics.topic(std::string_view(name)) == nullptr) missing.insert(name);
  return missing;
}

ConfiguredSubtopology configured(const StreamsSubtopology& subtopology, const PartitionCounts& counts) {
  ConfiguredSubtopology made;
  made.task_count = counts.most_read(subtopology).value_or(0);
  made.source_topics.insert(subtopology.source_topics.begin(), subtopology.source_topics.end());
  made.repartition_sinks.insert(subtopology.repartition_sinks.begin(), subtopology.repartition_sinks.end());
  made.repartition_sources = subtopology.repartition_sources;
  made.changelogs = subtopology.changelogs;
  for (std::vector<StreamsTopic>* internal : {&made.repartition_sources, &made.changelogs})
    for (StreamsTopic& topic : *internal) topic.partitions = counts.decided(topic);
  return made;
}

/// Internal topics that do not exist; those that do must be as they are needed.
void find_missing_topics(ConfiguredTopology& made, const TopicsImage& topics) {
  std::map<std::string_view, const StreamsTopic*> needed;
  for (const auto& [id, subtopology] : *made.subtopologies)
    for (const std::vector<StreamsTopic>* internal : {&subtopology.repartition_sources, &subtopology.changelogs})
      for (const StreamsTopic& topic : *internal) needed[topic.name] = &topic;
  Names missing;
  for (const auto& [name, topic] : needed) {
    const TopicImage* image = topics.topic(name);
    if (image == nullptr) {
      missing.emplace(name);
      made.missing_topics.push_back(*topic);
    } else if (std::cmp_not_equal(image->partition_count(), topic->partitions)) {
      made.problem = {StreamsStatus::incorrectly_partitioned_topics,
                      fmt::format("Existing topic {} has different number of partitions: expected {}, found {}",
                                  name, topic->partitions, image->partition_count())};
      made.missing_topics.clear();
      made.subtopologies.reset();
      return;
    }
  }
  if (!missing.empty())
    made.problem = {StreamsStatus::missing_internal_topics, "Internal topics are missing: " + summary(missing)};
}

}  // namespace

Granted<ConfiguredTopology> configure(const StreamsTopology& topology, const TopicsImage& topics) {
  ConfiguredTopology made;
  made.epoch = topology.epoch;
  if (const Names missing = missing_sources(topology, topics); !missing.empty()) {
    made.problem = {StreamsStatus::missing_source_topics,
                    fmt::format("Source topics {} are missing.", summary(missing))};
    return made;
  }
  PartitionCounts counts(topology, topics);
  const Granted<bool> decided = counts.decide();
  if (!decided) return refused(decided.error());
  if (!*decided) {
    made.problem = counts.problem();
    return made;
  }
  auto& subtopologies = made.subtopologies.emplace();
  for (const StreamsSubtopology& subtopology : topology.subtopologies) {
    for (const std::vector<StreamsTopic>* internal : {&subtopology.repartition_sources, &subtopology.changelogs})
      for (const StreamsTopic& topic : *internal)
        if (counts.decided(topic) < 1)
          return refused(ErrorCode::streams_invalid_topology, "Number of partitions must be at least 1.");
    subtopologies.emplace(subtopology.id, configured(subtopology, counts));
  }
  find_missing_topics(made, topics);
  return made;
}

}  // namespace sluice
