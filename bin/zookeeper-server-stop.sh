#!/bin/sh
# zookeeper-server-stop.sh: `sluice zookeeper-server-stop` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" zookeeper-server-stop "$@"
