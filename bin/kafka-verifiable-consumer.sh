#!/bin/sh
# kafka-verifiable-consumer.sh: `sluice verifiable-consumer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" verifiable-consumer "$@"
