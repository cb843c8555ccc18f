// tools/dump_log.cc: `sluice dump-log`, known as kafka-dump-log.sh: prints what the files of a log hold.
#include <limits>

#include "tools/command.h"
#include "tools/dump/dump.h"
#include "tools/dump/segment_file.h"
#include "tools/session.h"

namespace sluice::tools {
namespace {

constexpr Option kOptions[] = {
    {"cluster-metadata-decoder", "", "Records are those of the cluster's metadata"},
    {"deep-iteration", "", "Go through records, not only batches; so it is with print-data-log"},
    {"files", "String: file1, file2, ...", "REQUIRED: The files, with commas between"},
    {"help", "", "Print usage information"},
    {"index-sanity-check", "", "Check of indexes only what a broker checks when it starts"},
    {"key-decoder-class", "String", "How keys are read: StringDecoder (default), IntegerDecoder, LongDecoder",
     true},
    {"max-bytes", "Integer: size", "Read no more of each .log file (default: 2147483647)"},
    {"max-message-size", "Integer: size", "Size of the largest message (default: 5242880)"},
    {"offsets-decoder", "", "Records are those of __consumer_offsets"},
    {"print-data-log", "", "Print what records hold; so it is with every decoder"},
    {"remote-log-metadata-decoder", "", "Records are those of __remote_log_metadata"},
    {"share-group-state-decoder", "", "Records are those of __share_group_state"},
    {"skip-record-metadata", "", "Leave out records' metadata, and control records"},
    {"transaction-log-decoder", "", "Records are those of __transaction_state"},
    {"value-decoder-class", "String", "How values are read, as with keys", true},
    {"verify-index-only", "", "Hold indexes against their logs without printing them"},
    {"version", "", "Display version information"},
};
constexpr std::string_view kSummary =
    "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly "
    "corrupt "
    "log segment.";

Result<std::unique_ptr<RecordDecoder>> choose_decoder(const Options& options) {
  constexpr std::pair<std::string_view, std::unique_ptr<RecordDecoder> (*)()> kDecoders[] = {
      {"offsets-decoder", offsets_decoder},
      {"transaction-log-decoder", transaction_log_decoder},
      {"cluster-metadata-decoder", cluster_metadata_decoder},
      {"remote-log-metadata-decoder", remote_log_metadata_decoder},
      {"share-group-state-decoder", share_group_state_decoder},
  };
  for (const auto& [option, make] : kDecoders)
    if (options.has(option)) return make();
  return class_decoder(options.get("key-decoder-class", kStringDecoder),
                       options.get("value-decoder-class", kStringDecoder));
}

bool prints_contents(const Options& options) {
  constexpr std::string_view kPrinting[] = {"print-data-log",
                                            "offsets-decoder",
                                            "transaction-log-decoder",
                                            "cluster-metadata-decoder",
                                            "remote-log-metadata-decoder",
                                            "share-group-state-decoder",
                                            "key-decoder-class",
                                            "value-decoder-class"};
  return std::ranges::any_of(kPrinting, [&options](std::string_view option) { return options.has(option); });
}

/// A size that fits 32 bits. Errors: invalid_argument.
Result<std::int32_t> size_of(const Options& options, std::string_view name, std::int32_t otherwise) {
  const auto number = options.number(name);
  if (!number) return fail(number.error());
  if (!*number) return otherwise;
  if (!std::in_range<std::int32_t>(**number))
    return fail(Errc::invalid_argument, "Cannot parse argument '{}' of option {}", **number, name);
  return static_cast<std::int32_t>(**number);
}

Result<DumpOptions> read_options(const Options& options) {
  DumpOptions read;
  read.contents = prints_contents(options);
  read.deep = read.contents || options.has("deep-iteration");
  read.skip_metadata = options.has("skip-record-metadata");
  read.verify_only = options.has("verify-index-only");
  read.sanity_only = options.has("index-sanity-check");
  const auto bytes_max = size_of(options, "max-bytes", read.bytes_max);
  if (!bytes_max) return fail(bytes_max.error());
  const auto message_bytes_max = size_of(options, "max-message-size", read.message_bytes_max);
  if (!message_bytes_max) return fail(message_bytes_max.error());
  read.bytes_max = *bytes_max;
  read.message_bytes_max = *message_bytes_max;
  return read;
}

Result<void> dump(const std::string& path, const DumpOptions& options, Findings& findings) {
  fmt::print("Dumping {}\n", path);
  const std::string_view name = file_name_of(path);
  const std::string_view suffix = name.substr(std::min(name.rfind('.'), name.size()));
  if (suffix == ".log" || suffix == ".checkpoint") return dump_segment(path, options, findings);
  if (suffix == ".index") return dump_offset_index(path, options, findings);
  if (suffix == ".timeindex") return dump_time_index(path, options, findings);
  if (suffix == ".snapshot") return dump_producer_snapshot(path);
  if (suffix == ".txnindex") return dump_transaction_index(path);
  fmt::print(stderr, "Ignoring unknown file {}\n", path);
  return {};
}

int dump_all(std::string_view files, const DumpOptions& options) {
  Findings findings;
  while (!files.empty()) {
    const std::size_t comma = std::min(files.find(','), files.size());
    const std::string path(files.substr(0, comma));
    files.remove_prefix(std::min(comma + 1, files.size()));
    if (path.empty()) continue;
    if (const auto dumped = dump(path, options, findings); !dumped) return complain(dumped.error().what);
  }
  findings.print();
  return 0;
}

}  // namespace

int dump_log(Arguments arguments) {
  const auto options = Options::parse(arguments, kOptions);
  if (!options) return complain(options.error().what, usage(kSummary, kOptions));
  if (options->has("help")) {
    fmt::print("{}", usage(kSummary, kOptions));
    return 0;
  }
  const auto files = options->find("files");
  if (!files) return complain("Missing required argument \"[files]\"", usage(kSummary, kOptions));
  auto read = read_options(*options);
  if (!read) return complain(read.error().what, usage(kSummary, kOptions));
  const auto decoder = choose_decoder(*options);
  if (!decoder) return complain(decoder.error().what);
  read->decoder = decoder->get();
  return dump_all(*files, *read);
}

}  // namespace sluice::tools
