#include "tools/bench/report.h"

#include <fmt/format.h>

#include <array>

namespace sluice::tools::bench {
namespace {

constexpr double kMegabyte = 1e6;
constexpr double kGigabyte = 1e9;
constexpr std::array<std::pair<const char*, double>, 5> kPercentiles{
    {{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}, {"p99.99", 0.9999}}};

double microseconds(Histogram::Duration duration) {
  return std::chrono::duration<double, std::micro>(duration).count();
}

double per(double amount, double unit) { return unit > 0 ? amount / unit : 0; }

Work sum(const Report& report) {
  Work all;
  for (const WorkReport& one : report.works) all += one.work;
  return all;
}

void add_work(std::string& text, const WorkReport& one, double seconds) {
  const Work& work = one.work;
  text += fmt::format("{:<12} {:>12.0f} requests/s {:>12.0f} records/s {:>10.2f} MB/s\n", one.name,
                      per(static_cast<double>(work.requests), seconds),
                      per(static_cast<double>(work.records), seconds),
                      per(static_cast<double>(work.bytes), seconds) / kMegabyte);
}

void add_latency(std::string& text, const WorkReport& one) {
  if (one.latency.count() == 0) return;
  text += fmt::format("{:<12}", one.name);
  for (const auto& [name, part] : kPercentiles)
    text += fmt::format("  {} {:.3f}", name, microseconds(one.latency.percentile(part)) / 1000);
  text += fmt::format("  max {:.3f} ms\n", microseconds(one.latency.max()) / 1000);
}

std::string latency_json(const Histogram& latency) {
  std::string json = fmt::format("{{\"count\": {}, \"mean\": {:.3f}, \"max\": {:.3f}", latency.count(),
                                 microseconds(latency.mean()), microseconds(latency.max()));
  for (const auto& [name, part] : kPercentiles)
    json += fmt::format(", \"{}\": {:.3f}", name, microseconds(latency.percentile(part)));
  return json + "}";
}

std::string work_json(const WorkReport& one, double seconds) {
  const Work& work = one.work;
  std::string json = fmt::format(
      "\"{}\": {{\"requests\": {}, \"records\": {}, \"bytes\": {}, \"requests_per_second\": {:.3f}, "
      "\"records_per_second\": {:.3f}, \"mb_per_second\": {:.3f}",
      one.name, work.requests, work.records, work.bytes, per(static_cast<double>(work.requests), seconds),
      per(static_cast<double>(work.records), seconds), per(static_cast<double>(work.bytes), seconds) / kMegabyte);
  if (one.latency.count() > 0) json += ", \"latency_us\": " + latency_json(one.latency);
  return json + "}";
}

}  // namespace

std::string to_table(const Report& report) {
  std::string text = fmt::format("{}, {:.2f} s\n", report.load, report.seconds);
  for (const WorkReport& one : report.works)
    if (one.work.requests > 0) add_work(text, one, report.seconds);
  for (const WorkReport& one : report.works) add_latency(text, one);
  for (const auto& [name, value] : report.numbers) text += fmt::format("{:<40} {:.3f}\n", name, value);
  if (!report.server) return text;
  const ServerReport& server = *report.server;
  const Work all = sum(report);
  text += fmt::format("{:<12} {:>12.3f} CPU s ({:.0f} % of one) {:>8.3f} CPU s/GB {:>10.2f} CPU us/request\n",
                      "server", server.cpu_seconds(), 100 * per(server.cpu_seconds(), report.seconds),
                      per(server.cpu_seconds() * kGigabyte, static_cast<double>(all.bytes)),
                      per(server.cpu_seconds() * 1e6, static_cast<double>(all.requests)));
  text += fmt::format("{:<12} {:>12.1f} MiB (PSS {:.1f}, peak {:.1f})\n", "memory",
                      static_cast<double>(server.after.rss_kib) / 1024,
                      static_cast<double>(server.after.pss_kib) / 1024,
                      static_cast<double>(server.after.rss_peak_kib) / 1024);
  return text;
}

std::string to_json(const Report& report) {
  std::string json = fmt::format("{{\"load\": \"{}\", \"seconds\": {:.6f}", report.load, report.seconds);
  for (const WorkReport& one : report.works) json += ",\n " + work_json(one, report.seconds);
  for (const auto& [name, value] : report.numbers) json += fmt::format(",\n \"{}\": {:.6f}", name, value);
  if (report.server) {
    const ServerReport& server = *report.server;
    const Work all = sum(report);
    json += fmt::format(
        ",\n \"server\": {{\"cpu_seconds\": {:.3f}, \"cpu_user_seconds\": {:.3f}, \"cpu_system_seconds\": {:.3f}, "
        "\"cpu_seconds_per_gb\": {:.6f}, \"cpu_us_per_request\": {:.6f}, \"rss_kib\": {}, \"pss_kib\": {}, "
        "\"rss_peak_kib\": {}}}",
        server.cpu_seconds(), server.after.cpu_user_seconds - server.before.cpu_user_seconds,
        server.after.cpu_system_seconds - server.before.cpu_system_seconds,
        per(server.cpu_seconds() * kGigabyte, static_cast<double>(all.bytes)),
        per(server.cpu_seconds() * 1e6, static_cast<double>(all.requests)), server.after.rss_kib,
        server.after.pss_kib, server.after.rss_peak_kib);
  }
  return json + "}\n";
}

}  // namespace sluice::tools::bench
