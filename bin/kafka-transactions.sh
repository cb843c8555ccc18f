#!/bin/sh
# kafka-transactions.sh: `sluice transactions` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" transactions "$@"
