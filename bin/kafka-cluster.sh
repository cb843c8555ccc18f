#!/bin/sh
# kafka-cluster.sh: `sluice cluster` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" cluster "$@"
