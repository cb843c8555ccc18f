#!/bin/sh
# kafka-groups.sh: `sluice groups` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" groups "$@"
