#!/bin/sh
# kafka-share-groups.sh: `sluice share-groups` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" share-groups "$@"
