#!/bin/sh
# kafka-get-offsets.sh: `sluice get-offsets` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" get-offsets "$@"
