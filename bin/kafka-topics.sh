#!/bin/sh
# kafka-topics.sh: `sluice topics` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" topics "$@"
