#!/bin/sh
# kafka-console-producer.sh: `sluice console-producer` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" console-producer "$@"
