#!/bin/sh
# kafka-streams-groups.sh: `sluice streams-groups` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" streams-groups "$@"
