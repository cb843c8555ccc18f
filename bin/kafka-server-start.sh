#!/bin/sh
# kafka-server-start.sh: `sluice server-start` under the name that Kafka's users know. With -daemon it goes on in the background and
# writes what it has to say to $LOG_DIR/kafkaServer.out (logs/ beside this folder unless set).
here=$(dirname "$(readlink -f "$0")")
if [ "${1:-}" = -daemon ]; then
  shift
  logs=${LOG_DIR:-$here/../logs}
  mkdir -p "$logs" || exit 1
  nohup "$here/sluice" server-start "$@" >"$logs/kafkaServer.out" 2>&1 </dev/null &
  exit 0
fi
exec "$here/sluice" server-start "$@"
