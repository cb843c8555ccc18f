#!/bin/sh
# kafka-producer-perf-test.sh: `sluice producer-perf-test` under the name that Kafka's users know.
exec "$(dirname "$(readlink -f "$0")")/sluice" producer-perf-test "$@"
