// tools/command.h: the commands that stand on the client library. One source file each, of the same name.
#pragma once

#include "tools/options.h"

namespace sluice::tools {

// Each runs the command and returns its exit code.
int benchmark(Arguments arguments);
int broker_api_versions(Arguments arguments);
int cluster(Arguments arguments);
int configs(Arguments arguments);
int console_consumer(Arguments arguments);
int console_producer(Arguments arguments);
int console_share_consumer(Arguments arguments);
int consumer_groups(Arguments arguments);
int consumer_perf_test(Arguments arguments);
int delete_records(Arguments arguments);
int dev(Arguments arguments);
int dump_log(Arguments arguments);
int get_offsets(Arguments arguments);
int groups(Arguments arguments);
int log_dirs(Arguments arguments);
int producer_perf_test(Arguments arguments);
int share_groups(Arguments arguments);
int streams_groups(Arguments arguments);
int topics(Arguments arguments);
int transactions(Arguments arguments);
int verifiable_consumer(Arguments arguments);
int verifiable_producer(Arguments arguments);
int verifiable_share_consumer(Arguments arguments);

}  // namespace sluice::tools
