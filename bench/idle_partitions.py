#!/usr/bin/env python3
"""What an idle partition costs: memory and open files of a node with many partitions, as they were created, as they
were written to, and after a clean start.
"""
import argparse
import pathlib
import shutil
import sys
import tempfile
import time

from start import Node, free_port, row, tool


def files(node):
    return sum(1 for _ in pathlib.Path(f"/proc/{node.process.pid}/fd").iterdir())


def settled(node):
    """Memory once it does not change any more."""
    before = 0.0
    while abs(node.memory_mib() - before) > 0.05:
        before = node.memory_mib()
        time.sleep(2)
    return before


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, default=20000)
    parser.add_argument("--open-files", type=int, default=2000, help="sluice.open.files.max")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-idle-"))
    settings = [f"sluice.open.files.max={options.open_files}"]
    try:
        node = Node(work / "data", free_port(), settings)
        empty, empty_files = settled(node), files(node)
        for begin in range(0, options.partitions, 1000):
            tool("kafka-topics.sh", node, "--create", "--topic", f"idle-{begin}", "--partitions",
                 str(min(1000, options.partitions - begin)))
        created = (settled(node) - empty) * 1024 / options.partitions
        opened = files(node) - empty_files
        node.stop()
        node = Node(work / "data", free_port(), settings)
        began = node.seconds * 1000
        started = (settled(node) - empty) * 1024 / options.partitions
        opened_again = files(node) - empty_files
        node.stop()
        met = [row("memory of a partition that was created", [created], "KiB", 4),
               row("memory of a partition after a clean start", [started], "KiB", 4),
               row(f"start with {options.partitions} partitions", [began], "ms", options.partitions / 2),
               row("files open", [opened], "", options.open_files + 100),
               row("files open after a clean start", [opened_again], "", options.open_files + 100)]
        return 0 if all(met) else 1
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
