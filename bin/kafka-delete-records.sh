#!/bin/sh
# kafka-delete-records.sh: `sluice delete-records` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" delete-records "$@"
