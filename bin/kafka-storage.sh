#!/bin/sh
# kafka-storage.sh: `sluice storage` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" storage "$@"
