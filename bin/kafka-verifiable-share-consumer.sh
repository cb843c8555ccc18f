#!/bin/sh
# kafka-verifiable-share-consumer.sh: `sluice verifiable-share-consumer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" verifiable-share-consumer "$@"
