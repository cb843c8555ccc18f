"""What every Python suite stands on: checks that are run in order, and waits that have a bound."""

import faulthandler
import functools
import os
import signal
import socket
import struct
import sys
import time
import traceback
import uuid

BOOTSTRAP = os.environ.get("INTEROP_BOOTSTRAP", "127.0.0.1:9092")
WAIT_SECONDS = 30 * int(os.environ.get("SLUICE_INTEROP_PATIENCE", "1"))

_checks = []  # Pairs of a name and a function without parameters.


def check(function):
    """Marks a function as one check; it passes unless it raises."""
    _checks.append((function.__name__, function))
    return function


def check_for(**modes):
    """Marks a function as a check for each of the modes, which it is called with."""

    def mark(function):
        for mode, value in modes.items():
            _checks.append((f"{function.__name__}[{mode}]", functools.partial(function, value)))
        return function

    return mark


def broker_serves(api_key):
    """Whether the broker advertises an API, by its answer to ApiVersions, version 0."""
    host, port = BOOTSTRAP.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=WAIT_SECONDS) as connection, connection.makefile("rb") as answer:
        connection.sendall(struct.pack(">ihhih", 10, 18, 0, 1, -1))
        size, = struct.unpack(">i", answer.read(4))
        _, _, count = struct.unpack(">ihi", answer.read(10))
        entries = answer.read(size - 10)
    return any(struct.unpack_from(">h", entries, 6 * i)[0] == api_key for i in range(count))


def unique(stem):
    """A name that no other check uses, for topics and groups."""
    return f"{stem}-{uuid.uuid4().hex[:8]}"


def equal(actual, expected, what):
    assert actual == expected, f"{what}: expected {expected!r}, got {actual!r}"


def until(condition, what, seconds=WAIT_SECONDS):
    """Calls `condition`, which itself waits a moment or polls a client, until it returns something true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        result = condition()
        if result:
            return result
        time.sleep(0.01)
    raise AssertionError(f"not within {seconds} s: {what}")


def indented(error):
    """What was raised, and where in the suite: the client's own frames are left out."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if os.path.dirname(f.filename) == sys.path[0]]
    lines = [f"  line {f.lineno}, in {f.name}: {f.line}" for f in frames]
    return "\n".join(lines + [f"  {type(error).__name__}: {error}"])


def main():
    """Runs all checks, or those whose name contains $INTEROP_CHECK, and exits with 1 if one failed."""
    faulthandler.register(signal.SIGTERM, all_threads=True, chain=True)
    wanted = os.environ.get("INTEROP_CHECK", "")
    failed = 0
    for name, function in _checks:
        if wanted not in name:
            continue
        begun = time.monotonic()
        try:
            function()
            print(f"ok {name} ({time.monotonic() - begun:.1f} s)", flush=True)
        except Exception as error:
            failed += 1
            print(f"not ok {name}", flush=True)
            print(indented(error), flush=True)
    sys.stdout.flush()
    # Threads that a failed check left behind must not keep the program from ending.
    os._exit(1 if failed else 0)
