# The commands that people copy from tutorials of Kafka 2.x and 3.x, typed as they stand there: with the standard ports,
# from Kafka's folder, and with its bin folder on the PATH. The formats are those of tests/reference/transcripts.
#
# It runs in network, process and mount namespaces of its own: the standard ports are free there, and what stops every
# server finds only its own.

if [ "${1:-}" != inside ]; then
  if ! unshare --net --pid --mount-proc --fork true 2>/dev/null; then echo "making namespaces needs root"; exit 77; fi
  exec unshare --net --pid --mount-proc --fork --kill-child bash "$0" inside
fi
ip link set lo up
INTEROP_BOOTSTRAP=localhost:9092
. "$INTEROP_LIB/check.sh"

kafka=$INTEROP_WORK/kafka
export LOG_DIR=$INTEROP_WORK/logs

# Kafka's folder as one unpacks it, with the data where this suite may write.
unpack() {
  mkdir -p "$kafka" "$LOG_DIR"
  if [ "$INTEROP_BROKER" = kafka ]; then
    cp -a "${KAFKA_HOME:?}/bin" "$KAFKA_HOME/config" "$kafka/"
    for folder in "$KAFKA_HOME"/lib* "$KAFKA_HOME/DISTS.tsv"; do ln -s "$folder" "$kafka/"; done
    return
  fi
  cp -a "$INTEROP_TREE/bin" "$INTEROP_TREE/config" "$kafka/"
  export SLUICE_BINARY=${SLUICE_BINARY:-$INTEROP_TREE/build/release/bin/sluice}
  sed -i "s|^log.dirs=.*|log.dirs=$INTEROP_WORK/data|" "$kafka"/config/*.properties
}

# run COMMAND...: it must succeed in bounded time. What it says goes to `out` and `err`, without blanks at line ends.
run() {
  local status=0
  timeout $((2 * wait_seconds)) "$@" >"$INTEROP_WORK/stdout" 2>"$INTEROP_WORK/stderr" || status=$?
  out=$(sed 's/[ \t]*$//' "$INTEROP_WORK/stdout")
  err=$(sed 's/[ \t]*$//' "$INTEROP_WORK/stderr")
  [ "$status" = 0 ] || fail "exit status $status of: $*"$'\n'"$out"$'\n'"$err"
}

# says TEXT COMMAND...: it must succeed and print just this.
says() {
  local expected=$1
  shift
  run "$@"
  equal "$out" "$expected" "output of: $*"
}

lacks() { [[ $1 != *$2* ]] || fail "$2 is still in: $1"; }
answers() { (exec 3<>/dev/tcp/localhost/9092) 2>/dev/null; }
stopped() { ! pgrep -x sluice >"$INTEROP_WORK/pids"; }

start_server() {
  cd "$kafka"
  if [ "$INTEROP_BROKER" = kafka ]; then start_apache_kafka; return; fi
  run bin/zookeeper-server-start.sh -daemon config/zookeeper.properties
  run bin/kafka-server-start.sh -daemon config/server.properties
}

# For checking this suite itself. Apache Kafka has to be formatted first, and has no -daemon in every installation.
start_apache_kafka() {
  cat >config/server.properties <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=localhost:9093
listeners=PLAINTEXT://:9092,CONTROLLER://:9093
advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093
controller.listener.names=CONTROLLER
log.dirs=$INTEROP_WORK/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
TEXT
  run bin/kafka-storage.sh format --standalone -t "$(bin/kafka-storage.sh random-uuid)" -c config/server.properties
  bin/kafka-server-start.sh config/server.properties >"$LOG_DIR/kafkaServer.out" 2>&1 </dev/null &
  until_so "Kafka answers" answers
}

# ---- Kafka 2.x: ZooKeeper's address on the command line

zookeeper_era_topics() {
  cd "$kafka"
  says "Created topic zk-test." \
    bin/kafka-topics.sh --create --zookeeper localhost:2181 --replication-factor 1 --partitions 1 --topic zk-test
  run bin/kafka-topics.sh --list --zookeeper localhost:2181
  matches "$out" "(.*
)?zk-test(
.*)?" "the list"
  run bin/kafka-topics.sh --describe --zookeeper localhost:2181 --topic zk-test
  matches "$out" $'Topic: zk-test\t.*PartitionCount: 1\tReplicationFactor: 1\t.*' "the description"
  run bin/kafka-topics.sh --zookeeper localhost:2181 --alter --topic zk-test --partitions 3
  run bin/kafka-topics.sh --describe --zookeeper localhost:2181 --topic zk-test
  matches "$out" $'.*PartitionCount: 3\t.*' "the description after growing"
  run bin/kafka-topics.sh --delete --zookeeper localhost:2181 --topic zk-test
  run bin/kafka-topics.sh --list --zookeeper localhost:2181
  lacks "$out" zk-test
}

broker_list_of_the_old_producer() {
  cd "$kafka"
  says "Created topic old." \
    bin/kafka-topics.sh --create --bootstrap-server localhost:9092 --replication-factor 1 --partitions 1 --topic old
  run bin/kafka-console-producer.sh --broker-list localhost:9092 --topic old <<<"This is a message
This is another message"
  says "This is a message
This is another message" \
    bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic old --from-beginning --max-messages 2
}

# ---- Kafka 3.x

quickstart() {
  cd "$kafka"
  says "Created topic quickstart-events." bin/kafka-topics.sh --create --topic quickstart-events --bootstrap-server localhost:9092
  run bin/kafka-topics.sh --describe --topic quickstart-events --bootstrap-server localhost:9092
  matches "$out" "Topic: quickstart-events	TopicId: [-_A-Za-z0-9]{22}	PartitionCount: 1	ReplicationFactor: 1	Configs:[^	]*
	Topic: quickstart-events	Partition: 0	Leader: ([0-9]+)	Replicas: [0-9]+	Isr: [0-9]+	Elr: 	LastKnownElr:" "the description"
  run bin/kafka-console-producer.sh --topic quickstart-events --bootstrap-server localhost:9092 <<<"This is my first event
This is my second event"
  says "This is my first event
This is my second event" \
    bin/kafka-console-consumer.sh --topic quickstart-events --from-beginning --bootstrap-server localhost:9092 --max-messages 2
  matches "$err" "(.*
)?Processed a total of 2 messages" "what is said beside"
}

topics_are_refused_with_the_known_words() {
  cd "$kafka"
  run bin/kafka-topics.sh --create --topic twice --bootstrap-server localhost:9092
  ! run bin/kafka-topics.sh --create --topic twice --bootstrap-server localhost:9092 2>/dev/null
  equal "$out" "Error while executing topic command : Topic 'twice' already exists." "creating twice"
  says "" bin/kafka-topics.sh --create --topic twice --if-not-exists --bootstrap-server localhost:9092
  ! run bin/kafka-topics.sh --describe --topic nowhere --bootstrap-server localhost:9092 2>/dev/null
  equal "$out" "Error while executing topic command : Topic 'nowhere' does not exist as expected" "describing what is not there"
  ! run bin/kafka-topics.sh --create --topic many --replication-factor 3 --bootstrap-server localhost:9092 2>/dev/null
  matches "$out" "Error while executing topic command : Unable to replicate the partition 3 time\(s\): .*" "three replicas"
  says "" bin/kafka-topics.sh --bootstrap-server localhost:9092 --delete --topic twice
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --list
  lacks "$out" twice
}

keys_are_parsed_and_printed() {
  cd "$kafka"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic keyed
  run bin/kafka-console-producer.sh --broker-list localhost:9092 --topic keyed \
    --property parse.key=true --property key.separator=: <<<"key1:value1
key2:value2"
  says "key1	value1
key2	value2" bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic keyed --from-beginning \
    --property print.key=true --max-messages 2
  says "key1-value1" bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic keyed --from-beginning \
    --property print.key=true --property key.separator=- --max-messages 1
  run bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic keyed --from-beginning --max-messages 1 \
    --property print.timestamp=true --property print.partition=true --property print.offset=true --property print.value=true
  matches "$out" "CreateTime:[0-9]{13}	Partition:0	Offset:0	value1" "what is printed of a message"
}

a_consumer_ends_when_nothing_comes() {
  cd "$kafka"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic silent
  run bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic silent <<<"only one"
  says "only one" bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic silent --from-beginning --timeout-ms 5000
  matches "$err" "(.*
)?Processed a total of 1 messages" "what is said beside"
}

groups_are_listed_described_and_reset() {
  cd "$kafka"
  local group="bin/kafka-consumer-groups.sh --bootstrap-server localhost:9092"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic grouped --partitions 1
  run bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic grouped < <(seq 1 5)
  says "$(seq 1 3)" bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic grouped --group my-group \
    --from-beginning --max-messages 3
  run $group --list
  matches "$out" "(.*
)?my-group(
.*)?" "the list"
  says "
GROUP           TOPIC           PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG             CONSUMER-ID     HOST            CLIENT-ID
my-group        grouped         0          3               5               2               -               -               -" \
    $group --describe --group my-group
  matches "$err" "
*Consumer group 'my-group' has no active members." "what is said beside"
  says "
GROUP           TOPIC           PARTITION  NEW-OFFSET
my-group        grouped         0          0" $group --group my-group --reset-offsets --to-earliest --topic grouped --dry-run
  says "
GROUP           TOPIC           PARTITION  NEW-OFFSET
my-group        grouped         0          1" $group --group my-group --reset-offsets --to-offset 1 --topic grouped --execute
  says "$(seq 2 5)" bin/kafka-console-consumer.sh --bootstrap-server localhost:9092 --topic grouped --group my-group --max-messages 4
  says "Deletion of requested consumer groups ('my-group') was successful." $group --delete --group my-group
  run $group --describe --group my-group
  matches "$out" "
*Error: .*Group my-group not found." "describing what is gone"
}

configurations_are_changed_and_described() {
  cd "$kafka"
  local topic="bin/kafka-configs.sh --bootstrap-server localhost:9092 --entity-type topics --entity-name configured"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic configured --config max.message.bytes=64000
  says "Completed updating config for topic configured." $topic --alter --add-config retention.ms=3600000
  run $topic --describe
  matches "$out" "Dynamic configs for topic configured are:
  max.message.bytes=64000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:max.message.bytes=64000, [^
]*\}
  retention.ms=3600000 sensitive=false synonyms=\{DYNAMIC_TOPIC_CONFIG:retention.ms=3600000[^
]*\}" "the description"
  says "Completed updating config for topic configured." $topic --alter --delete-config retention.ms
  run $topic --describe
  lacks "$out" retention.ms
}

offsets_are_shown_and_records_deleted() {
  cd "$kafka"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic counted --partitions 2
  run bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic counted --producer-property linger.ms=200 < <(seq 1 6)
  run bin/kafka-get-offsets.sh --bootstrap-server localhost:9092 --topic counted --time -1
  matches "$out" "counted:0:([0-6])
counted:1:([0-6])" "the ends"
  equal "$((BASH_REMATCH[2] + BASH_REMATCH[3]))" 6 "messages in both partitions"
  local end=${BASH_REMATCH[2]}
  echo '{"partitions": [{"topic": "counted", "partition": 0, "offset": -1}], "version": 1}' >"$INTEROP_WORK/delete.json"
  says "Executing records delete operation
Records delete operation completed:
partition: counted-0	low_watermark: $end" \
    bin/kafka-delete-records.sh --bootstrap-server localhost:9092 --offset-json-file "$INTEROP_WORK/delete.json"
  says "counted:0:$end
counted:1:0" bin/kafka-get-offsets.sh --bootstrap-server localhost:9092 --topic counted --time -2
}

the_cluster_is_described() {
  cd "$kafka"
  run bin/kafka-broker-api-versions.sh --bootstrap-server localhost:9092
  matches "$out" "localhost:9092 \(id: [0-9]+ rack: null isFenced: false\) -> \(
	Produce\(0\): 0 to [0-9]+ \[usable: [0-9]+\],
.*" "the versions"
  run bin/kafka-cluster.sh cluster-id --bootstrap-server localhost:9092
  matches "$out" "Cluster ID: [-_A-Za-z0-9]{22}" "the cluster's id"
  run bin/kafka-log-dirs.sh --bootstrap-server localhost:9092 --describe
  matches "$out" "Querying brokers for log directories information
Received log directory information from brokers [0-9]+
\{\"brokers\":\[\{\"broker\":[0-9]+,\"logDirs\":\[.*\],\"version\":1\}" "the log directories"
}

performance_tools_run() {
  cd "$kafka"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic perf
  run bin/kafka-producer-perf-test.sh --topic perf --num-records 1000 --record-size 100 --throughput -1 \
    --producer-props bootstrap.servers=localhost:9092
  matches "$(tail -n 1 <<<"$out")" \
    '1000 records sent, [0-9.]+ records/sec \([0-9.]+ MB/sec\), [0-9.]+ ms avg latency, [0-9.]+ ms max latency, [0-9]+ ms 50th, [0-9]+ ms 95th, [0-9]+ ms 99th, [0-9]+ ms 99.9th.' \
    "the result of producing"
  run bin/kafka-consumer-perf-test.sh --bootstrap-server localhost:9092 --topic perf --messages 1000
  matches "$(grep -m 1 start.time <<<"$out")" "start.time, end.time, data.consumed.in.MB, MB.sec, .*" "the heading of consuming"
}

# ---- With the bin folder on the PATH, from anywhere

commands_are_found_on_the_path() {
  export PATH=$kafka/bin:$PATH
  cd /
  says "Created topic anywhere." kafka-topics.sh --create --topic anywhere --bootstrap-server localhost:9092
  run kafka-console-producer.sh --topic anywhere --bootstrap-server localhost:9092 <<<"from anywhere"
  says "from anywhere" kafka-console-consumer.sh --topic anywhere --from-beginning --bootstrap-server localhost:9092 --max-messages 1
  says "" kafka-topics.sh --delete --topic anywhere --bootstrap-server localhost:9092
}

# ---- The end, and another beginning

data_outlives_a_restart() {
  cd "$kafka"
  run bin/kafka-topics.sh --bootstrap-server localhost:9092 --create --topic kept
  run bin/kafka-console-producer.sh --bootstrap-server localhost:9092 --topic kept <<<"kept"
  run bin/kafka-server-stop.sh
  until_so "the server has ended" stopped
  run bin/kafka-server-start.sh -daemon config/server.properties
  says "kept" bin/kafka-console-consumer.sh --topic kept --from-beginning --bootstrap-server localhost:9092 --max-messages 1
}

storage_may_be_formatted_first() {
  cd "$kafka"
  run bin/kafka-server-stop.sh
  until_so "the server has ended" stopped
  rm -rf "$INTEROP_WORK/data"
  KAFKA_CLUSTER_ID="$(bin/kafka-storage.sh random-uuid)"
  matches "$KAFKA_CLUSTER_ID" '[-_A-Za-z0-9]{22}' "the id"
  run bin/kafka-storage.sh format --standalone -t "$KAFKA_CLUSTER_ID" -c config/server.properties
  run bin/kafka-server-start.sh -daemon config/server.properties
  says "Cluster ID: $KAFKA_CLUSTER_ID" bin/kafka-cluster.sh cluster-id --bootstrap-server localhost:9092
}

everything_is_stopped() {
  cd "$kafka"
  run bin/kafka-server-stop.sh
  run bin/zookeeper-server-stop.sh
  until_so "the server has ended" stopped
}

unpack
(set -e; start_server) || { cat "$LOG_DIR"/*.out; exit 1; }
for group in quickstart topics_are_refused_with_the_known_words keys_are_parsed_and_printed a_consumer_ends_when_nothing_comes \
             groups_are_listed_described_and_reset configurations_are_changed_and_described \
             offsets_are_shown_and_records_deleted the_cluster_is_described performance_tools_run \
             broker_list_of_the_old_producer commands_are_found_on_the_path; do
  check "$group"
done
if [ "$INTEROP_BROKER" != kafka ]; then  # Apache Kafka from 4.0 on has no ZooKeeper, and wants to be formatted.
  check zookeeper_era_topics
  check data_outlives_a_restart
  check storage_may_be_formatted_first
  check everything_is_stopped
fi
[ "$checks_failed" = 0 ] || tail -n 40 "$LOG_DIR"/*.out
finish
