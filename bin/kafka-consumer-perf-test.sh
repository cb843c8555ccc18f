#!/bin/sh
# kafka-consumer-perf-test.sh: `sluice consumer-perf-test` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" consumer-perf-test "$@"
