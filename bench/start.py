#!/usr/bin/env python3
"""How long a node takes from its start to its first answer, and what memory it holds when idle.

On an empty directory, and with many partitions that hold data after a clean stop. Run it on a quiet machine.
"""
import argparse
import os
import pathlib
import shutil
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
BINARY = os.environ.get("SLUICE_BINARY", ROOT / "build/release/bin/sluice")
# ApiVersions, version 0, correlation id 7, client id "b".
API_VERSIONS = struct.pack(">ihhih", 11, 18, 0, 7, 1) + b"b"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Node:
    """One start on `directory`; `seconds` is from the process's start to the first answer."""

    def __init__(self, directory, port, settings=()):
        self.begun = time.monotonic()
        self.process = subprocess.Popen(
            [BINARY, "server-start", ROOT / "config/server.properties", "--override",
             f"listeners=PLAINTEXT://127.0.0.1:{port}", "--override", f"log.dirs={directory}",
             *(word for setting in settings for word in ("--override", setting))],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.address = f"127.0.0.1:{port}"
        while not self.answers(port):
            if self.process.poll() is not None or time.monotonic() - self.begun > 60:
                sys.exit("the node did not start")
        self.seconds = time.monotonic() - self.begun

    @staticmethod
    def answers(port):
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
                connection.sendall(API_VERSIONS)
                return len(connection.recv(8)) > 0
        except OSError:
            time.sleep(0.001)
            return False

    def memory_mib(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def stop(self):
        """Seconds that a clean stop takes."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=1200)
        return time.monotonic() - begun


def tool(name, node, *arguments, text=None):
    subprocess.run([ROOT / "bin" / name, "--bootstrap-server", node.address, *arguments], input=text, text=True, check=True,
                   stdout=subprocess.DEVNULL)


def fill(node, partitions):
    """A topic whose partitions all hold records."""
    tool("kafka-topics.sh", node, "--create", "--topic", "filled", "--partitions", str(partitions))
    records = "".join(f"{number}:{'x' * 200}\n" for number in range(20 * partitions))
    tool("kafka-console-producer.sh", node, "--topic", "filled", "--property", "parse.key=true", "--property",
         "key.separator=:", text=records)


def row(what, values, unit, bound):
    middle = statistics.median(values)
    print(f"{what:44} min {min(values):8.1f}  median {middle:8.1f}  max {max(values):8.1f} {unit:4} bound {bound} "
          f"{'met' if middle <= bound else 'MISSED'}")
    return middle <= bound


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=10, help="starts of each kind (default 10)")
    parser.add_argument("--partitions", type=int, default=1000, help="how many hold data (default 1000)")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-start-"))
    try:
        empty, memory, stops = [], [], []
        for run in range(options.runs):
            node = Node(work / f"empty-{run}", free_port())
            empty.append(node.seconds * 1000)
            memory.append(node.memory_mib())
            stops.append(node.stop() * 1000)
        node = Node(work / "full", free_port())
        fill(node, options.partitions)
        first_stop = node.stop() * 1000
        full, full_memory, full_stops = [], [], []
        for _ in range(options.runs):
            node = Node(work / "full", free_port())
            full.append(node.seconds * 1000)
            full_memory.append(node.memory_mib())
            full_stops.append(node.stop() * 1000)
        met = [row("start, empty directory", empty, "ms", 100),
               row("clean stop, empty", stops, "ms", 1000),
               row("memory when idle, empty (PSS)", memory, "MiB", 30),
               row(f"start, {options.partitions} partitions", full, "ms", 500),
               row(f"clean stop, {options.partitions} partitions written to", [first_stop], "ms", 1000),
               row(f"clean stop, {options.partitions} partitions", full_stops, "ms", 1000),
               row(f"memory when idle, {options.partitions} partitions", full_memory, "MiB", 30)]
        return 0 if all(met) else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
