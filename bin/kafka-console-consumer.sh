#!/bin/sh
# kafka-console-consumer.sh: `sluice console-consumer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" console-consumer "$@"
