# kcat, the command-line client on librdkafka that Debian has: metadata, producing, consuming, offsets by time, groups.
. "$INTEROP_LIB/check.sh"

# Topics are created by their first use.
produce() { kcat -b "$bootstrap" -P "$@"; }
consume() { kcat -b "$bootstrap" -C -e -q "$@"; }
numbers() { seq "$1" "$2"; }

codec_brings_back_all() {
  local topic sent
  topic=$(unique codec)
  sent=$(seq -f 'key-%g:value-%g and much that repeats and repeats and repeats and repeats and repeats' 1 300)
  produce -t "$topic" -K : -z "$1" -H "codec=$1" -H flag <<<"$sent"
  equal "$(consume -t "$topic" -K :)" "$sent" "keys and values"
  equal "$(consume -t "$topic" -f '%o\n')" "$(numbers 0 299)" "offsets"
  equal "$(consume -t "$topic" -c 1 -f '%h')" "codec=$1,flag=NULL" "headers"
}

metadata_lists_brokers_topics_and_partitions() {
  local topic metadata
  topic=$(unique listed)
  produce -t "$topic" <<<one
  metadata=$(kcat -b "$bootstrap" -L -t "$topic")
  matches "$metadata" \
    "Metadata for $topic \(from broker ([0-9]+): $bootstrap/[0-9]+\):
 1 brokers:
  broker ([0-9]+) at $bootstrap \(controller\)
 1 topics:
  topic \"$topic\" with 1 partitions:
    partition 0, leader [0-9]+, replicas: [0-9]+, isrs: [0-9]+" metadata
  matches "$(kcat -b "$bootstrap" -L -J -t "$topic")" ".*\"topic\":\"$topic\",\"partitions\":\[\{\"partition\":0.*" "metadata as JSON"
}

null_values_and_empty_ones_differ() {
  local topic
  topic=$(unique nulls)
  printf 'gone:\nkept:here\n' | produce -t "$topic" -K : -Z
  printf 'empty:\n' | produce -t "$topic" -K :
  equal "$(consume -t "$topic" -f '%k %S\n')" $'gone -1\nkept 4\nempty 0' "sizes of values"
}

partitions_and_offsets_are_chosen() {
  local topic
  topic=$(unique offsets)
  numbers 1 10 | produce -t "$topic" -p 0
  equal "$(consume -t "$topic" -p 0 -o 7)" $'8\n9\n10' "from an offset"
  equal "$(consume -t "$topic" -p 0 -o -2)" $'9\n10' "the last two"
  equal "$(consume -t "$topic" -p 0 -o beginning -c 2)" $'1\n2' "the first two"
  equal "$(consume -t "$topic" -p 0 -o end)" "" "from the end"
}

offsets_are_queried_by_time() {
  local topic before after
  topic=$(unique times)
  produce -t "$topic" <<<first
  before=$(consume -t "$topic" -f '%T')
  until_so "the clock's next millisecond" test "$(date +%s%3N)" -gt "$before"
  produce -t "$topic" <<<second
  after=$((before + 1))
  equal "$(kcat -b "$bootstrap" -Q -t "$topic:0:$before")" "$topic [0] offset 0" "at the first"
  equal "$(kcat -b "$bootstrap" -Q -t "$topic:0:$after")" "$topic [0] offset 1" "after the first"
  equal "$(kcat -b "$bootstrap" -Q -t "$topic:0:-1")" "$topic [0] offset 2" "the end"
  equal "$(kcat -b "$bootstrap" -Q -t "$topic:0:-2")" "$topic [0] offset 0" "the beginning"
  equal "$(consume -t "$topic" -o "s@$after")" second "from a time on"
}

# A group's member that ends on the last message has committed what it got; the next one goes on from there.
group_member_commits_and_the_next_goes_on() {
  local topic group
  topic=$(unique grouped)
  group=$(unique group)
  numbers 1 5 | produce -t "$topic"
  equal "$(kcat -b "$bootstrap" -q -e -G "$group" -X auto.offset.reset=earliest "$topic")" "$(numbers 1 5)" "first member"
  numbers 6 8 | produce -t "$topic"
  equal "$(kcat -b "$bootstrap" -q -e -G "$group" -X auto.offset.reset=earliest "$topic")" "$(numbers 6 8)" "second member"
}

idempotent_and_transactional_producing() {
  local topic
  topic=$(unique idempotent)
  numbers 1 1000 | produce -t "$topic" -X enable.idempotence=true
  equal "$(consume -t "$topic")" "$(numbers 1 1000)" "values"
  numbers 1001 1100 | produce -t "$topic" -X transactional.id="$(unique tx)"
  equal "$(consume -t "$topic" -X isolation.level=read_committed)" "$(numbers 1 1100)" "values with a transaction's"
}

a_file_is_one_message() {
  local topic
  topic=$(unique file)
  head -c 700000 /dev/urandom >"$INTEROP_WORK/sent"
  produce -t "$topic" "$INTEROP_WORK/sent"
  consume -t "$topic" -c 1 -f '%s' >"$INTEROP_WORK/got"
  cmp "$INTEROP_WORK/sent" "$INTEROP_WORK/got"
}

for codec in none gzip snappy lz4 zstd; do check codec_brings_back_all "$codec"; done
check metadata_lists_brokers_topics_and_partitions
check null_values_and_empty_ones_differ
check partitions_and_offsets_are_chosen
check offsets_are_queried_by_time
check group_member_commits_and_the_next_goes_on
check idempotent_and_transactional_producing
check a_file_is_one_message
finish
