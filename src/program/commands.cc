#include "program/command.h"
#include "tools/command.h"

namespace sluice::program {
namespace {

constexpr Command kCommands[] = {
    {"bench", "Puts a load on a cluster and tells how it bears it", tools::benchmark},
    {"broker-api-versions", "Prints what every broker speaks", tools::broker_api_versions},
    {"cluster", "Prints the cluster's id and endpoints, unregisters brokers", tools::cluster},
    {"configs", "Shows and changes the configuration of topics, brokers, groups …", tools::configs},
    {"console-consumer", "Prints what topics hold", tools::console_consumer},
    {"console-producer", "Sends the lines that it reads", tools::console_producer},
    {"console-share-consumer", "Prints what a share group gives it", tools::console_share_consumer},
    {"consumer-groups", "Lists, describes and deletes groups, and moves their offsets", tools::consumer_groups},
    {"consumer-perf-test", "Measures how fast records can be read", tools::consumer_perf_test},
    {"delete-records", "Deletes what comes before given offsets", tools::delete_records},
    {"dev", "Checks the program against files that Kafka made", tools::dev},
    {"dump-log", "Prints what the files of a log hold", tools::dump_log},
    {"get-offsets", "Prints the offsets of partitions at a time", tools::get_offsets},
    {"groups", "Lists groups of all types", tools::groups},
    {"log-dirs", "Shows what log directories hold", tools::log_dirs},
    {"producer-perf-test", "Measures how fast records can be sent", tools::producer_perf_test},
    {"server-start", "Starts a node", server_start},
    {"server-stop", "Stops the nodes that run on this machine", server_stop},
    {"share-groups", "Lists, describes and deletes share groups, and moves their offsets", tools::share_groups},
    {"storage", "Formats a node's directories and says what they hold", storage},
    {"streams-groups", "Lists, describes and deletes streams groups, and moves their offsets",
     tools::streams_groups},
    {"topics", "Creates, lists, describes, alters and deletes topics", tools::topics},
    {"transactions", "Shows transactions, finds those that hang and ends them", tools::transactions},
    {"verifiable-consumer", "Prints as JSON what a consumer goes through", tools::verifiable_consumer},
    {"verifiable-producer", "Sends numbers and prints as JSON what became of them", tools::verifiable_producer},
    {"verifiable-share-consumer", "Prints as JSON what a share consumer goes through",
     tools::verifiable_share_consumer},
    {"zookeeper-server-start", "Says that ZooKeeper is not needed", zookeeper_server_start},
    {"zookeeper-server-stop", "Says that ZooKeeper is not needed", zookeeper_server_stop},
};

}  // namespace

std::span<const Command> commands() { return kCommands; }

}  // namespace sluice::program
