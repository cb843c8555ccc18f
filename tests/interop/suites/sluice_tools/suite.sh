# Sluice's own client, by way of its tools, on the broker: with SLUICE_INTEROP_BROKER=kafka it is Apache Kafka's.
. "$INTEROP_LIB/check.sh"

# tool NAME ARGUMENTS...: with the address of the broker.
tool() { "$INTEROP_TREE/bin/$1" --bootstrap-server "$bootstrap" "${@:2}" 2>"$INTEROP_WORK/stderr" || { cat "$INTEROP_WORK/stderr"; return 1; }; }
create() { tool kafka-topics.sh --create --topic "$1" --partitions "$2" >/dev/null; }
consume() { tool kafka-console-consumer.sh --topic "$1" --from-beginning --max-messages "$2" "${@:3}"; }

topics_are_created_listed_described_grown_and_deleted() {
  local topic
  topic=$(unique topic)
  equal "$(tool kafka-topics.sh --create --topic "$topic" --partitions 2 --config retention.ms=86400000)" "Created topic $topic." "creating"
  matches "$(tool kafka-topics.sh --list)" "(.*
)?$topic(
.*)?" "the list"
  matches "$(tool kafka-topics.sh --describe --topic "$topic")" \
    "Topic: $topic	TopicId: [-_A-Za-z0-9]{22}	PartitionCount: 2	ReplicationFactor: 1	Configs: .*retention.ms=86400000.*
	Topic: $topic	Partition: 0	Leader: [0-9]+	Replicas: [0-9]+	Isr: [0-9]+.*
	Topic: $topic	Partition: 1	.*" "the description"
  tool kafka-topics.sh --alter --topic "$topic" --partitions 5
  until_so "it has five partitions" has_partitions "$topic" 5
  tool kafka-topics.sh --delete --topic "$topic"
  until_so "the topic is gone" gone "$topic"
}
has_partitions() { [[ $(tool kafka-topics.sh --describe --topic "$1") = *"PartitionCount: $2"* ]]; }
gone() { ! tool kafka-topics.sh --list | grep -qx "$1"; }

codec_brings_back_keys_values_and_headers() {
  local topic sent
  topic=$(unique codec)
  create "$topic" 1
  sent=$(seq 1 500 | sed 's/.*/h:&,flag:yes\tkey-&\tvalue-& and much that repeats and repeats and repeats/')
  tool kafka-console-producer.sh --topic "$topic" --compression-codec "$1" --property parse.key=true \
    --property parse.headers=true <<<"$sent"
  equal "$(consume "$topic" 500 --property print.key=true --property print.headers=true)" "$sent" "records"
}

acknowledgements_may_be_chosen() {
  local topic
  topic=$(unique acks)
  create "$topic" 1
  seq 1 10 | tool kafka-console-producer.sh --topic "$topic" --request-required-acks "$1"
  equal "$(consume "$topic" 10)" "$(seq 1 10)" "messages"
}

a_group_goes_on_where_it_was() {
  local topic group
  topic=$(unique resumed)
  group=$(unique group)
  create "$topic" 1
  seq 1 10 | tool kafka-console-producer.sh --topic "$topic"
  equal "$(consume "$topic" 4 --group "$group")" "$(seq 1 4)" "the first messages"
  equal "$(consume "$topic" 6 --group "$group")" "$(seq 5 10)" "the rest"
  equal "$(tool kafka-consumer-groups.sh --describe --group "$group" | awk 'NR == 3 { print $2, $3, $4, $5, $6 }')" \
    "$topic 0 10 10 0" "the description"
  tool kafka-consumer-groups.sh --group "$group" --topic "$topic" --reset-offsets --to-offset 8 --execute
  equal "$(consume "$topic" 2 --group "$group")" "$(seq 9 10)" "messages after a reset"
  until_so "the group is deleted" tool kafka-consumer-groups.sh --delete --group "$group"
}

# Both read at the same time; a partition is with one of them.
two_members_share_the_partitions() {
  local topic group first second
  topic=$(unique shared)
  group=$(unique group)
  create "$topic" 2
  timeout "$wait_seconds" "$INTEROP_TREE/bin/kafka-console-consumer.sh" --bootstrap-server "$bootstrap" --topic "$topic" \
    --group "$group" --consumer-property "partition.assignment.strategy=$1" >"$INTEROP_WORK/first" 2>/dev/null & first=$!
  timeout "$wait_seconds" "$INTEROP_TREE/bin/kafka-console-consumer.sh" --bootstrap-server "$bootstrap" --topic "$topic" \
    --group "$group" --consumer-property "partition.assignment.strategy=$1" >"$INTEROP_WORK/second" 2>/dev/null & second=$!
  until_so "each has one partition" each_has_one "$group"
  seq 1 200 | sed 's/.*/&:&/' | tool kafka-console-producer.sh --topic "$topic" --property parse.key=true --property key.separator=:
  until_so "all messages have come" has_lines 200
  kill -INT "$first" "$second"
  wait
  equal "$(sort -n "$INTEROP_WORK/first" "$INTEROP_WORK/second")" "$(seq 1 200)" "all messages"
  [ -s "$INTEROP_WORK/first" ] && [ -s "$INTEROP_WORK/second" ] || fail "one member got everything"
}
each_has_one() { [ "$(tool kafka-consumer-groups.sh --describe --group "$1" --members | awk '$NF == 1' | wc -l)" = 2 ]; }
has_lines() { [ "$(cat "$INTEROP_WORK/first" "$INTEROP_WORK/second" | wc -l)" -ge "$1" ]; }

offsets_are_shown_and_records_deleted() {
  local topic
  topic=$(unique counted)
  create "$topic" 1
  seq 1 10 | tool kafka-console-producer.sh --topic "$topic"
  echo "{\"partitions\": [{\"topic\": \"$topic\", \"partition\": 0, \"offset\": 4}], \"version\": 1}" >"$INTEROP_WORK/delete.json"
  tool kafka-delete-records.sh --offset-json-file "$INTEROP_WORK/delete.json"
  equal "$(tool kafka-get-offsets.sh --topic "$topic" --time earliest)" "$topic:0:4" "earliest"
  equal "$(tool kafka-get-offsets.sh --topic "$topic" --time latest)" "$topic:0:10" "latest"
}

configurations_are_changed() {
  local topic
  topic=$(unique configured)
  create "$topic" 1
  tool kafka-configs.sh --alter --topic "$topic" --add-config segment.ms=60000
  matches "$(tool kafka-configs.sh --describe --topic "$topic")" ".*segment.ms=60000 .*" "the description"
}

the_cluster_is_described() {
  matches "$("$INTEROP_TREE/bin/kafka-cluster.sh" cluster-id --bootstrap-server "$bootstrap")" "Cluster ID: .{22}" "the cluster's id"
  matches "$(tool kafka-log-dirs.sh --describe)" '.*"logDirs":\[\{.*' "the log directories"
  matches "$(tool kafka-broker-api-versions.sh)" '.*Produce\(0\): [0-9]+ to [0-9]+ .*' "the versions"
}

check topics_are_created_listed_described_grown_and_deleted
for codec in none gzip snappy lz4 zstd; do check codec_brings_back_keys_values_and_headers "$codec"; done
for acks in 0 1 all; do check acknowledgements_may_be_chosen "$acks"; done
check a_group_goes_on_where_it_was
for assignor in range roundrobin sticky cooperative-sticky; do check two_members_share_the_partitions "$assignor"; done
check offsets_are_shown_and_records_deleted
check configurations_are_changed
check the_cluster_is_described
finish
