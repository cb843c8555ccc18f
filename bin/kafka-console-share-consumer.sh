#!/bin/sh
# kafka-console-share-consumer.sh: `sluice console-share-consumer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" console-share-consumer "$@"
