#!/bin/sh
# kafka-dump-log.sh: `sluice dump-log` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" dump-log "$@"
