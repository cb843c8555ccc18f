#!/bin/sh
# kafka-configs.sh: `sluice configs` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" configs "$@"
