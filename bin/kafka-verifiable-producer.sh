#!/bin/sh
# kafka-verifiable-producer.sh: `sluice verifiable-producer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" verifiable-producer "$@"
