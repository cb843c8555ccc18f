#!/bin/sh
# kafka-broker-api-versions.sh: `sluice broker-api-versions` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" broker-api-versions "$@"
