#!/bin/sh
# kafka-server-stop.sh: `sluice server-stop` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" server-stop "$@"
