#!/bin/sh
# kafka-log-dirs.sh: `sluice log-dirs` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" log-dirs "$@"
