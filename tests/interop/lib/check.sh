# Sourced by shell suites: checks are functions that are run in order, each in a subshell of its own where the first
# command that fails ends it.

set -uo pipefail
bootstrap=$INTEROP_BOOTSTRAP
wait_seconds=$((30 * ${SLUICE_INTEROP_PATIENCE:-1}))
checks_failed=0

# check FUNCTION [ARGUMENT]: runs it, if its name contains $INTEROP_CHECK.
check() {
  local name=$1${2:+[$2]} begun=$SECONDS output
  [[ $name = *"${INTEROP_CHECK:-}"* ]] || return 0
  output=$INTEROP_WORK/check.out
  # In a condition bash would go on after a failed command; so the subshell stands alone.
  (set -e; "$@") >"$output" 2>&1
  if [ $? = 0 ]; then
    echo "ok $name ($((SECONDS - begun)) s)"
  else
    checks_failed=$((checks_failed + 1))
    echo "not ok $name"
    sed 's/^/  /' "$output"
  fi
}

finish() { exit $((checks_failed > 0)); }

# A name that no other check uses, for topics and groups.
unique() { echo "$1-$(od -An -N4 -tx4 /dev/urandom | tr -d ' ')"; }

fail() { echo "$*" >&2; return 1; }

equal() {
  [ "$1" = "$2" ] || { printf '%s:\n expected: %s\n got:      %s\n' "$3" "$2" "$1" >&2; return 1; }
}

# matches TEXT REGEX WHAT: the whole text matches the extended regular expression.
matches() {
  [[ $1 =~ ^($2)$ ]] || { printf '%s:\n expected a match of: %s\n got: %s\n' "$3" "$2" "$1" >&2; return 1; }
}

# until_so WHAT COMMAND...: runs it again and again, until it succeeds.
until_so() {
  local what=$1 end=$((SECONDS + wait_seconds))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$end" ] || fail "not within $wait_seconds s: $what" || return 1
    sleep 0.1
  done
}
