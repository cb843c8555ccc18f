#include "tools/group_reset.h"

#include <algorithm>
#include <optional>

#include "base/number_text.h"
#include "tools/columns.h"

namespace sluice::tools {
namespace {

/// The fields of a line of CSV; nothing where quotes do not close.
std::optional<std::vector<std::string>> csv_fields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '"' && quoted && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += '"';
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += c;
    }
  }
  if (quoted) return std::nullopt;
  return fields;
}

/// A field as Kafka's writer puts it: it quotes what is long without looking, and what has signs below the minus.
std::string csv_field(const std::string& text) {
  constexpr std::size_t kLookedAt = 24;
  const bool plain = text.size() <= kLookedAt && std::ranges::all_of(text, [](char c) { return c >= '-'; });
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

struct PlanLine {
  std::optional<std::string> group;
  client::TopicPartition partition;
  std::int64_t offset = 0;
};

std::optional<PlanLine> parse_plan_line(std::string_view line, bool with_group) {
  const auto fields = csv_fields(line);
  const std::size_t before = with_group ? 1 : 0;
  if (!fields || fields->size() != before + 3) return std::nullopt;
  const auto partition = parse_number<std::int32_t>((*fields)[before + 1]);
  const auto offset = parse_number<std::int64_t>((*fields)[before + 2]);
  if (!partition || !offset || *partition < 0) return std::nullopt;
  PlanLine parsed{
      .group = std::nullopt, .partition = {(*fields)[before], PartitionIndex{*partition}}, .offset = *offset};
  if (with_group) parsed.group = (*fields)[0];
  return parsed;
}

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) lines.push_back(line);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// Takes a number of exactly so many digits and the sign behind it, if one is given, off the front.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t count, std::string_view sign) {
  if (text.size() < count + sign.size() || text.substr(count, sign.size()) != sign) return std::nullopt;
  if (!std::ranges::all_of(text.substr(0, count), [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  const auto value = parse_number<std::int64_t>(text.substr(0, count));
  text.remove_prefix(count + sign.size());
  return value;
}

/// The minutes that a zone is ahead of UTC.
std::optional<std::int64_t> parse_zone(std::string_view text) {
  if (text.empty() || text == "Z") return 0;
  const std::int64_t sign = text.front() == '-' ? -1 : 1;
  if (text.front() != '+' && text.front() != '-') return std::nullopt;
  text.remove_prefix(1);
  const auto hours = take_digits(text, 2, "");
  if (!hours) return std::nullopt;
  if (text.empty()) return sign * *hours * 60;
  if (text.starts_with(':')) text.remove_prefix(1);
  const auto minutes = take_digits(text, 2, "");
  if (!minutes || !text.empty() || *minutes > 59) return std::nullopt;
  return sign * (*hours * 60 + *minutes);
}

}  // namespace

Result<TopicSelection> parse_topic_selection(const std::vector<std::string>& texts) {
  TopicSelection selection;
  for (const std::string& text : texts) {
    const std::size_t colon = text.find(':');
    if (colon == std::string::npos) {
      selection.topics.push_back(text);
      continue;
    }
    if (colon == 0 || colon + 1 == text.size() || text.find(':', colon + 1) != std::string::npos)
      return fail(Errc::invalid_argument, "Invalid topic arg '{}', expected topic name and partitions", text);
    const std::string topic = text.substr(0, colon);
    std::string_view list = std::string_view(text).substr(colon + 1);
    while (true) {
      const std::string_view one = list.substr(0, list.find(','));
      const auto partition = parse_number<std::int32_t>(one);
      if (!partition || *partition < 0)
        return fail(Errc::invalid_argument, "Invalid partition '{}' specified in topic arg '{}''", one, text);
      selection.partitions.insert({topic, PartitionIndex{*partition}});
      if (one.size() == list.size()) break;
      list.remove_prefix(one.size() + 1);
    }
  }
  return selection;
}

Result<ResetPlan> parse_reset_plan(std::string_view csv, const std::vector<std::string>& groups) {
  ResetPlan plan;
  const std::vector<std::string_view> lines = lines_of(csv);
  const bool without_group = groups.size() == 1 && !lines.empty() && parse_plan_line(lines.front(), false);
  for (const std::string_view line : lines) {
    const auto parsed = parse_plan_line(line, !without_group);
    if (!parsed)
      return fail(Errc::invalid_argument, "'{}' is not of the form {}topic,partition,offset", line,
                  without_group ? "" : "group,");
    plan[parsed->group.value_or(groups.empty() ? "" : groups.front())][parsed->partition] = parsed->offset;
  }
  return plan;
}

std::string reset_plan_csv(const ResetPlan& plan, bool one_group) {
  std::string text;
  for (const auto& [group, offsets] : plan)
    for (const auto& [partition, offset] : offsets)
      text += fmt::format("{}{},{},{}\n", one_group ? "" : csv_field(group) + ",", csv_field(partition.topic),
                          partition.partition.value, offset);
  return text;
}

std::string reset_plan_table(const ResetPlan& plan) {
  if (plan.empty()) return "\n";
  // Groups without a row have their place too.
  std::size_t width = 15;
  for (const auto& [group, offsets] : plan) width = std::max(width, group.size());
  Columns columns({{"GROUP", width}, {"TOPIC", 15}, {"PARTITION", 10}, {"NEW-OFFSET", 0}});
  for (const auto& [group, offsets] : plan)
    for (const auto& [partition, offset] : offsets)
      columns.add({group, partition.topic, std::to_string(partition.partition.value), std::to_string(offset)});
  return "\n" + columns.text();
}

Result<std::int64_t> parse_datetime(std::string_view text) {
  namespace chrono = std::chrono;
  if (text.find('T') == std::string_view::npos || text.ends_with('T'))
    return fail(Errc::invalid_argument,
                "Error parsing timestamp. It does not contain a 'T' according to ISO8601 format");
  std::string_view rest = text;
  const auto year = take_digits(rest, 4, "-");
  const auto month = take_digits(rest, 2, "-");
  const auto day = take_digits(rest, 2, "T");
  const auto hour = take_digits(rest, 2, ":");
  const auto minute = take_digits(rest, 2, ":");
  const auto second = take_digits(rest, 2, ".");
  const auto millisecond = take_digits(rest, 3, "");
  const auto zone = parse_zone(rest);
  const bool zoned = text.find_first_of("+-Z", text.find('T')) != std::string_view::npos;
  const auto unparsed = [=] {
    return fail(Errc::invalid_argument, "Unparseable date: \"{}{}\"", text, zoned ? "" : "Z");
  };
  if (!year || !month || !day || !hour || !minute || !second || !millisecond || !zone) return unparsed();
  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)),
                                    chrono::month(static_cast<unsigned>(*month)),
                                    chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok() || *hour > 23 || *minute > 59 || *second > 59) return unparsed();
  const auto time = chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute - *zone) +
                    chrono::seconds(*second) + chrono::milliseconds(*millisecond);
  return chrono::duration_cast<chrono::milliseconds>(time.time_since_epoch()).count();
}

Bounded bounded(const client::TopicPartition& partition, std::int64_t wanted, std::int64_t start,
                std::int64_t end) {
  const auto moved = [&](std::string_view how, std::int64_t to) {
    return Bounded{
        .offset = to,
        .warning = fmt::format("WARN New offset ({}) is {} offset for topic partition {}. Value will be "
                               "set to {}",
                               wanted, how, client::to_string(partition), to)};
  };
  if (wanted > end) return moved("higher than latest", end);
  if (wanted < start) return moved("lower than earliest", start);
  return Bounded{.offset = wanted, .warning = {}};
}

}  // namespace sluice::tools
