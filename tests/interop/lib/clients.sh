# Sourced by run. prepare_clients fetches or builds what a suite's program needs, into the cache, and sets the array
# `program` to the command that runs it. It fails with `why` set: with 1 where something cannot be had, with 2 where it
# can and the suite does not compile.
#
# A cache entry is a folder whose name ends in a hash of what it is made from. It is complete once it holds `.ready`.

cache=${SLUICE_INTEROP_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sluice-interop}

prepare_clients() {
  local name=$1 suite=$2
  export INTEROP_LIB=$here/lib
  why="its clients cannot be had"
  need $commands || return 1
  if [ -f "$suite/requirements.txt" ] && [ -f "$suite/pom.xml" ]; then prepare_both
  elif [ -f "$suite/requirements.txt" ]; then prepare_python
  elif [ -f "$suite/pom.xml" ]; then prepare_java
  elif [ -f "$suite/go.mod" ]; then prepare_go
  elif [ -f "$suite/package.json" ]; then prepare_node
  elif [ -f "$suite/suite.c" ]; then prepare_c
  else program=(bash "$suite/suite.sh")
  fi
}

# cached KIND FILES... -- COMMAND...: makes sure of the entry for these files, and sets `entry`. The command fills it.
cached() {
  local kind=$1 files=() log lock
  shift
  while [ "$1" != -- ]; do files+=("$1"); shift; done
  shift
  entry=$cache/$name-$kind-$(cat "${files[@]}" | sha256sum | cut -c1-16)
  mkdir -p "$cache"
  exec {lock}>"$entry.lock"
  flock "$lock"
  if [ ! -e "$entry/.ready" ]; then
    rm -rf "$entry"
    mkdir -p "$entry"
    log=$entry/.log
    "$@" >"$log" 2>&1 || { why="its clients cannot be had: $(reason_in "$log")"; exec {lock}>&-; return 1; }
    touch "$entry/.ready"
  fi
  exec {lock}>&-
}

# The line of a tool's output that says best what went wrong.
reason_in() {
  local line
  line=$(grep -m 1 -iE 'error|could not|no such|cannot' "$1" || tail -n 1 "$1")
  echo "${line:0:200}"
}

# As `cached`, for what is made from the suite's own sources.
compiled() {
  cached "$@" && return
  cat "$entry/.log"
  why="it does not compile"
  return 2
}

need() {
  local command
  for command; do
    command -v "$command" >/dev/null || { why="$command is not installed"; return 1; }
  done
}

# The first Python of the suite's choice that is on the PATH or was installed by pyenv.
find_python() {
  local version candidate
  for version in $pythons; do
    for candidate in "$(command -v "python$version" || true)" "${PYENV_ROOT:-$HOME/.pyenv}/versions/$version".*/bin/python; do
      if [ -x "$candidate" ] && "$candidate" -c 'import venv' 2>/dev/null; then echo "$candidate"; return; fi
    done
  done
  return 1
}

make_venv() { "$1" -m venv "$entry/venv" && "$entry/venv/bin/python" -m pip install --quiet -r "$suite/requirements.txt"; }

prepare_python() {
  local python
  python=$(find_python) || { why="none of Python $pythons is installed"; return 1; }
  cached "py$("$python" -c 'import sys; print(*sys.version_info[:2], sep="")')" "$suite/requirements.txt" -- \
    make_venv "$python" || return 1
  export PYTHONPATH=$here/lib PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
  program=("$entry/venv/bin/python" "$suite/suite.py")
}

fetch_jars() {
  "${MAVEN:-mvn}" --quiet --batch-mode -f "$suite/pom.xml" dependency:copy-dependencies \
    -DincludeScope=runtime -DoutputDirectory="$entry/jars"
}

compile_java() { javac -Xlint:unchecked,rawtypes -Werror -d "$entry/classes" -cp "$jars/*" "$here"/lib/*.java "$suite"/*.java; }

prepare_java() {
  local jars
  need javac java "${MAVEN:-mvn}" || return 1
  cached jars "$suite/pom.xml" -- fetch_jars || return 1
  jars=$entry/jars
  compiled classes "$suite/pom.xml" "$here"/lib/*.java "$suite"/*.java -- compile_java || return
  program=(java -Xmx256m -cp "$entry/classes:$here/lib:$jars/*" Suite)
}

# A program in Python that starts classes of its own in Java.
prepare_both() {
  prepare_java || return
  export INTEROP_JAVA="java -Xmx128m -XX:TieredStopAtLevel=1 -cp ${program[3]}"
  prepare_python
}

download_go() { (cd "$suite" && go mod download); }
build_go() { (cd "$suite" && go build -o "$entry/suite" .); }

prepare_go() {
  need go || return 1
  cached modules "$suite/go.mod" "$suite/go.sum" -- download_go || return 1
  compiled bin "$suite"/go.mod "$suite"/go.sum "$suite"/*.go -- build_go || return
  program=("$entry/suite")
}

fetch_modules() {
  cp "$suite/package.json" "$suite/package-lock.json" "$entry/"
  (cd "$entry" && npm ci --no-audit --no-fund --ignore-scripts)
}

prepare_node() {
  need node npm || return 1
  cached modules "$suite/package.json" "$suite/package-lock.json" -- fetch_modules || return 1
  export NODE_PATH=$entry/node_modules:$here/lib
  program=(node "$suite/suite.js")
}

compile_c() {
  ${CC:-cc} -std=gnu11 -O1 -g -Wall -Wextra -Werror -I "$here/lib" -o "$entry/suite" "$suite"/*.c $(pkg-config --cflags --libs rdkafka)
}

prepare_c() {
  need "${CC:-cc}" pkg-config || return 1
  pkg-config --exists rdkafka || { why="librdkafka's headers are not installed"; return 1; }
  compiled bin "$suite"/*.c "$here"/lib/*.h -- compile_c || return
  program=("$entry/suite")
}
