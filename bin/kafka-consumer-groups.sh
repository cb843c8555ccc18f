#!/bin/sh
# kafka-consumer-groups.sh: `sluice consumer-groups` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" consumer-groups "$@"
