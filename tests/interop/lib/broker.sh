# Sourced by run. A broker for one suite: start_broker sets `bootstrap`, `data` and `broker_pid`; stop_broker ends it.
#
# Ready means that the broker names itself in a Metadata answer. The question is asked from bash alone, so that it costs
# no client's start.

readonly kReadySeconds=$((60 * patience)) kStopSeconds=$((60 * patience))
broker_pid=

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
}

# Metadata, version 1, no topics: its answer is size, correlation id, count of brokers.
names_a_broker() {
  local port=$1 answer
  answer=$(
    exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/$port" || exit 1
    printf '\0\0\0\x0f\0\x03\0\x01\0\0\0\x02\0\x01p\0\0\0\0' >&3
    timeout 5 head -c 12 <&3 | od -An -v -tx1 | tr -d ' \n'
  ) || return 1
  [ ${#answer} = 24 ] && [ "${answer:16:8}" != 00000000 ]
}

await_ready() {
  local port=$1 end=$((SECONDS + kReadySeconds))
  until names_a_broker "$port"; do
    kill -0 "$broker_pid" 2>/dev/null || return 1
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

start_broker() {
  local work=$1 port
  if [ -n "${SLUICE_INTEROP_BOOTSTRAP:-}" ]; then bootstrap=$SLUICE_INTEROP_BOOTSTRAP data=; return; fi
  port=$(free_port)
  bootstrap=127.0.0.1:$port data=$work/data
  case ${SLUICE_INTEROP_BROKER:-sluice} in
    sluice) start_sluice "$port" "$work" ;;
    kafka) start_kafka "$port" "$work" ;;
    *) echo "SLUICE_INTEROP_BROKER is neither sluice nor kafka" >"$work/broker.out"; return 1 ;;
  esac || return 1
  await_ready "$port"
}

start_sluice() {
  local setting settings=()
  for setting in $overrides; do settings+=(--override "$setting"); done
  "$tree/bin/kafka-server-start.sh" "$tree/config/server.properties" \
    --override "listeners=PLAINTEXT://127.0.0.1:$1" --override "log.dirs=$data" \
    --override group.initial.rebalance.delay.ms=0 "${settings[@]}" >"$2/broker.out" 2>&1 </dev/null &
  broker_pid=$!
}

# Apache Kafka, one node in both roles, as its own quickstart sets it up.
start_kafka() {
  local port=$1 work=$2 controller home=${KAFKA_HOME:?set KAFKA_HOME to an installed Apache Kafka}
  controller=$(free_port)
  cat >"$work/server.properties" <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
controller.listener.names=CONTROLLER
log.dirs=$data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
TEXT
  printf '%s\n' $overrides >>"$work/server.properties"
  "$home/bin/kafka-storage.sh" format -t MkU3OEVBNTcwNTJENDM2Qg --standalone -c "$work/server.properties" \
    >"$work/broker.out" 2>&1 || return 1
  KAFKA_HEAP_OPTS=${KAFKA_HEAP_OPTS:--Xmx512m} "$home/bin/kafka-server-start.sh" "$work/server.properties" \
    >>"$work/broker.out" 2>&1 </dev/null &
  broker_pid=$!
}

broker_lives() { [ -z "$broker_pid" ] || kill -0 "$broker_pid" 2>/dev/null; }

# Fails if the broker had to be killed.
stop_broker() {
  [ -n "$broker_pid" ] || return 0
  local pid=$broker_pid end=$((SECONDS + kStopSeconds))
  broker_pid=
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null; do
    [ "$SECONDS" -lt "$end" ] || { kill -KILL "$pid"; wait "$pid" || true; return 1; }
    sleep 0.05
  done
  wait "$pid" || true
}
