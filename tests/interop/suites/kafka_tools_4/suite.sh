# Apache Kafka's own command-line tools, from the installation in KAFKA_HOME, on the broker and on its files.

[ -n "${KAFKA_HOME:-}" ] || { echo "KAFKA_HOME does not name an installed Apache Kafka"; exit 77; }
. "$INTEROP_LIB/check.sh"

# tool NAME ARGUMENTS...: with the address of the broker.
tool() { "$KAFKA_HOME/bin/$1" --bootstrap-server "$bootstrap" "${@:2}" 2>"$INTEROP_WORK/stderr" || { cat "$INTEROP_WORK/stderr"; return 1; }; }
dump() { "$KAFKA_HOME/bin/kafka-dump-log.sh" "$@" 2>&1; }

topics_are_created_described_and_deleted() {
  local topic
  topic=$(unique topic)
  equal "$(tool kafka-topics.sh --create --topic "$topic" --partitions 3 --config retention.ms=86400000)" "Created topic $topic." "creating"
  matches "$(tool kafka-topics.sh --describe --topic "$topic")" \
    "Topic: $topic	TopicId: [-_A-Za-z0-9]{22}	PartitionCount: 3	ReplicationFactor: 1	Configs: .*retention.ms=86400000.*
	Topic: $topic	Partition: 0	Leader: [0-9]+	Replicas: [0-9]+	Isr: [0-9]+.*
	Topic: $topic	Partition: 1	.*
	Topic: $topic	Partition: 2	.*" "the description"
  tool kafka-topics.sh --alter --topic "$topic" --partitions 5
  until_so "it has five partitions" has_partitions "$topic" 5
  tool kafka-topics.sh --delete --topic "$topic"
  until_so "the topic is gone" gone "$topic"
}

has_partitions() { [[ $(tool kafka-topics.sh --describe --topic "$1") = *"PartitionCount: $2"* ]]; }
gone() { [[ $(tool kafka-topics.sh --list) != *"$1"* ]]; }

console_tools_carry_messages() {
  local topic sent
  topic=$(unique console)
  tool kafka-topics.sh --create --topic "$topic"
  sent=$(seq 1 50 | sed 's/.*/key&:value&/')
  tool kafka-console-producer.sh --topic "$topic" --compression-codec "$1" \
    --reader-property parse.key=true --reader-property key.separator=: <<<"$sent"
  equal "$(tool kafka-console-consumer.sh --topic "$topic" --from-beginning --max-messages 50 \
    --formatter-property print.key=true --formatter-property key.separator=:)" "$sent" "messages"
}

groups_are_described_and_reset() {
  local topic group
  topic=$(unique grouped)
  group=$(unique group)
  tool kafka-topics.sh --create --topic "$topic"
  seq 1 5 | tool kafka-console-producer.sh --topic "$topic"
  equal "$(tool kafka-console-consumer.sh --topic "$topic" --group "$group" --from-beginning --max-messages 3)" "$(seq 1 3)" "messages"
  equal "$(tool kafka-consumer-groups.sh --describe --group "$group" | awk 'NR == 3 { print $2, $3, $4, $5, $6 }')" \
    "$topic 0 3 5 2" "the description"
  matches "$(tool kafka-consumer-groups.sh --describe --group "$group" --state)" ".*$group .* Empty +0 *" "the state"
  tool kafka-consumer-groups.sh --group "$group" --topic "$topic" --reset-offsets --shift-by -2 --execute
  equal "$(tool kafka-consumer-groups.sh --describe --group "$group" | awk 'NR == 3 { print $4 }')" 1 "the offset after a reset"
  tool kafka-consumer-groups.sh --delete --group "$group"
}

configurations_are_changed() {
  local topic
  topic=$(unique configured)
  tool kafka-topics.sh --create --topic "$topic"
  tool kafka-configs.sh --alter --topic "$topic" --add-config cleanup.policy=compact,segment.ms=60000
  matches "$(tool kafka-configs.sh --describe --topic "$topic")" ".*cleanup.policy=compact .*segment.ms=60000 .*" "the description"
  tool kafka-configs.sh --alter --topic "$topic" --delete-config segment.ms
  [[ $(tool kafka-configs.sh --describe --topic "$topic") != *segment.ms* ]] || fail "segment.ms is still there"
}

offsets_are_shown_and_records_deleted() {
  local topic
  topic=$(unique counted)
  tool kafka-topics.sh --create --topic "$topic"
  seq 1 10 | tool kafka-console-producer.sh --topic "$topic"
  echo "{\"partitions\": [{\"topic\": \"$topic\", \"partition\": 0, \"offset\": 4}], \"version\": 1}" >"$INTEROP_WORK/delete.json"
  tool kafka-delete-records.sh --offset-json-file "$INTEROP_WORK/delete.json"
  equal "$(tool kafka-get-offsets.sh --topic "$topic" --time earliest)" "$topic:0:4" "earliest"
  equal "$(tool kafka-get-offsets.sh --topic "$topic" --time latest)" "$topic:0:10" "latest"
}

the_cluster_is_described() {
  matches "$("$KAFKA_HOME/bin/kafka-cluster.sh" cluster-id --bootstrap-server "$bootstrap")" "Cluster ID: .{22}" "the cluster's id"
  matches "$(tool kafka-metadata-quorum.sh describe --status)" ".*LeaderId: +[0-9]+.*HighWatermark: +[1-9][0-9]*.*" "the quorum"
  matches "$(tool kafka-features.sh describe)" ".*Feature: metadata.version.*" "the features"
  matches "$(tool kafka-log-dirs.sh --describe)" ".*\"logDirs\":\[\{\"partitions\":.*" "the log directories"
  matches "$(tool kafka-broker-api-versions.sh)" ".*Produce\(0\): 0 to [0-9]+ .*" "the versions"
}

verifiable_clients_agree() {
  local topic
  topic=$(unique verifiable)
  tool kafka-topics.sh --create --topic "$topic" --partitions 2
  matches "$(tool kafka-verifiable-producer.sh --topic "$topic" --max-messages 100)" '.*"sent":100,.*"acked":100,.*' "producing"
  matches "$(tool kafka-verifiable-consumer.sh --topic "$topic" --group-id "$(unique group)" --max-messages 100 --reset-policy earliest)" \
    '.*"name":"offsets_committed".*' "consuming"
}

# Every kind of file that the broker has written reads well with Kafka's own decoder.
kafka_reads_log() {
  local topic log lines
  topic=$(unique dumped)
  tool kafka-topics.sh --create --topic "$topic"
  seq 1 100 | tool kafka-console-producer.sh --topic "$topic" --compression-codec "$1"
  log=$INTEROP_DATA/$topic-0/00000000000000000000.log
  lines=$(dump --files "$log" --deep-iteration --print-data-log)
  equal "$(sed -n 's/.* payload: //p' <<<"$lines")" "$(seq 1 100)" "payloads"
  equal "$(sed -n 's/^| offset: \([0-9]*\) .*/\1/p' <<<"$lines")" "$(seq 0 99)" "offsets"
  [[ $lines = *"compresscodec: $1 "* ]] || fail "no batch is compressed with $1"
  [[ $lines != *"isvalid: false"* ]] || fail "a batch is not valid"
}

# Of a segment that has been rolled: those of the active one are written when it is closed.
kafka_reads_indexes() {
  local topic index
  topic=$(unique indexed)
  tool kafka-topics.sh --create --topic "$topic" --config segment.bytes=1048576
  seq 1 3000 | sed "s/$/ $(printf '%0600d' 0)/" | tool kafka-console-producer.sh --topic "$topic"
  for index in "$INTEROP_DATA/$topic-0/00000000000000000000".{index,timeindex}; do
    [[ $(dump --files "$index" --index-sanity-check) = *"passed sanity check."* ]] || fail "$index is not sane"
  done
}

# Three thousand records of a hundred keys, and one key that is deleted: what compaction leaves of the first segment.
kafka_reads_compacted_log() {
  local topic log logs index lines= keys out
  topic=$(unique compacted)
  tool kafka-configs.sh --alter --entity-type brokers --entity-default --add-config log.cleaner.backoff.ms=100
  tool kafka-topics.sh --create --topic "$topic" --config cleanup.policy=compact --config segment.bytes=1048576 \
    --config min.cleanable.dirty.ratio=0.01
  { printf 'gone:x\ngone:NONE\n'
    paste -d: <(seq 1001 4000 | sed -E 's/.*(..)$/key\1/') <(head -c 2400000 /dev/urandom | od -An -v -tx1 -w800 | tr -d ' ')
  } | tool kafka-console-producer.sh --topic "$topic" --compression-codec "$1" --batch-size 20000 \
    --reader-property parse.key=true --reader-property key.separator=: --reader-property null.marker=NONE
  until_so "all but the active segment is compacted" compacted_below "$INTEROP_DATA/$topic-0" 500000
  logs=$(inactive_logs "$INTEROP_DATA/$topic-0")
  for log in $logs; do lines+=$(dump --files "$log" --deep-iteration --print-data-log)$'\n'; done
  [[ $lines != *"isvalid: false"* ]] || fail "a batch is not valid"
  [[ $lines = *"deleteHorizonMs: OptionalLong[1"* ]] || fail "no batch has a delete horizon"
  keys=$(sed -n 's/^| offset.* key: \([^ ]*\).*/\1/p' <<<"$lines" | sort)  # A deletion ends there.
  equal "$(wc -l <<<"$keys")" 101 "records"
  equal "$(uniq -d <<<"$keys")" "" "keys that are there twice"
  equal "$(sed -n 's/^| offset: \([0-9]*\) .*/\1/p' <<<"$lines" | sort -n)" \
    "$(sed -n 's/^| offset: \([0-9]*\) .*/\1/p' <<<"$lines")" "the order of offsets"
  for log in $logs; do
    for index in "${log%.log}".{index,timeindex}; do
      out=$(dump --files "$index" --index-sanity-check)
      [[ $out = *"passed sanity check."* || $out = *"is empty."* ]] || fail "$index is not sane: $out"
    done
  done
  keys=$(tool kafka-console-consumer.sh --topic "$topic" --from-beginning --max-messages 101 \
    --formatter-property print.key=true --formatter-property print.value=false)
  equal "$(sort -u <<<"$keys" | wc -l)" 101 "keys that are read"
}

# All segments of a partition but the active one.
inactive_logs() { ls "$1"/*.log | head -n -1; }
compacted_below() {
  local logs
  logs=$(inactive_logs "$1")
  [ -n "$logs" ] && [ "$(cat $logs | wc -c)" -lt "$2" ]
}

kafka_reads_metadata_log() {
  local lines
  lines=$(dump --cluster-metadata-decoder --files "$INTEROP_DATA/__cluster_metadata-0/00000000000000000000.log")
  for record in REGISTER_BROKER_RECORD FEATURE_LEVEL_RECORD TOPIC_RECORD PARTITION_RECORD; do
    [[ $lines = *"\"type\":\"$record\""* ]] || fail "there is no $record"
  done
  [[ $lines != *"isvalid: false"* ]] || fail "a batch is not valid"
}

kafka_reads_committed_offsets() {
  local topic group lines= log
  topic=$(unique committed)
  group=$(unique group)
  tool kafka-topics.sh --create --topic "$topic"
  seq 1 3 | tool kafka-console-producer.sh --topic "$topic"
  tool kafka-console-consumer.sh --topic "$topic" --group "$group" --from-beginning --max-messages 3
  for log in "$INTEROP_DATA"/__consumer_offsets-*/*.log; do
    [ ! -s "$log" ] || lines+=$(dump --offsets-decoder --files "$log")
  done
  matches "$lines" ".*\"group\":\"$group\",\"topic\":\"$topic\",\"partition\":0.*" "the commit's key"
}

# dump_all DECODER TOPIC: all that the topic's partitions hold.
dump_all() {
  local log
  for log in "$INTEROP_DATA/$2"-*/*.log; do
    [ ! -s "$log" ] || dump "$1" --files "$log"
  done
}

kafka_reads_transaction_log() {
  local topic id lines
  topic=$(unique transactional)
  id=$(unique transaction)
  tool kafka-topics.sh --create --topic "$topic"
  tool kafka-producer-perf-test.sh --topic "$topic" --num-records 200 --record-size 10 --throughput -1 \
    --transactional-id "$id" --transaction-duration-ms 20
  lines=$(dump_all --transaction-log-decoder __transaction_state)
  matches "$lines" ".*\"transactionalId\":\"$id\".*" "the transaction's key"
  matches "$lines" ".*\"transactionStatus\":4.*" "a transaction that is committed"
  [[ $lines != *"isvalid: false"* ]] || fail "a batch is not valid"
  [[ $(dump --files "$INTEROP_DATA/$topic-0/00000000000000000000.log" --deep-iteration) = *"endTxnMarker: COMMIT"* ]] ||
    fail "the log has no marker"
}

kafka_reads_share_group_state() {
  local topic group lines
  topic=$(unique shared)
  group=$(unique group)
  tool kafka-topics.sh --create --topic "$topic"
  tool kafka-configs.sh --alter --entity-type groups --entity-name "$group" --add-config share.auto.offset.reset=earliest
  seq 1 3 | tool kafka-console-producer.sh --topic "$topic"
  equal "$(tool kafka-console-share-consumer.sh --topic "$topic" --group "$group" --max-messages 3)" "$(seq 1 3)" "messages"
  lines=$(dump_all --share-group-state-decoder __share_group_state)
  matches "$lines" ".*\"groupId\":\"$group\".*" "the group's key"
  matches "$lines" ".*\"startOffset\":.*" "a snapshot or an update"
  [[ $lines != *"isvalid: false"* ]] || fail "a batch is not valid"
}

check topics_are_created_described_and_deleted
for codec in none gzip snappy lz4 zstd; do check console_tools_carry_messages "$codec"; done
check groups_are_described_and_reset
check configurations_are_changed
check offsets_are_shown_and_records_deleted
check the_cluster_is_described
check verifiable_clients_agree
if [ -n "$INTEROP_DATA" ]; then
  for codec in none gzip snappy lz4 zstd; do check kafka_reads_log "$codec"; done
  check kafka_reads_indexes
  for codec in none zstd; do check kafka_reads_compacted_log "$codec"; done
  check kafka_reads_metadata_log
  check kafka_reads_transaction_log
  check kafka_reads_share_group_state
  check kafka_reads_committed_offsets
fi
finish
