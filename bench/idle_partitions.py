#!/usr/bin/env python3
"""What an idle partition costs: memory and open files of a node with many partitions, as they were created, as they
were written to and rest, and after a clean start. The node may open fewer files than there are segments; all of them
are written to and read all the same. For a hundred thousand: --partitions 100000.
"""
import argparse
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import time

from start import ROOT, Node, free_port, row, tool

TOPIC_PARTITIONS = 1000
PARTITIONS_PER_REQUEST = 100


def files(node):
    return sum(1 for _ in pathlib.Path(f"/proc/{node.process.pid}/fd").iterdir())


def settled(node):
    """Memory once it does not change any more."""
    before = 0.0
    while abs(node.memory_mib() - before) > 0.05:
        before = node.memory_mib()
        time.sleep(2)
    return before


def rested(node, most, seconds_max=60):
    """Memory once logs to which nothing is written any more have given back what they need for it."""
    deadline = time.monotonic() + seconds_max
    memory = settled(node)
    while memory > most and time.monotonic() < deadline:
        time.sleep(2)
        memory = settled(node)
    return memory


class Topics:
    """As many partitions as asked, in topics of a thousand."""

    def __init__(self, name, count):
        self.sizes = {f"{name}-{begin}": min(TOPIC_PARTITIONS, count - begin) for begin in range(0, count, TOPIC_PARTITIONS)}

    def create(self, node):
        for topic, size in self.sizes.items():
            tool("kafka-topics.sh", node, "--create", "--topic", topic, "--partitions", str(size))

    def bench(self, node, load, topic, *arguments):
        with tempfile.NamedTemporaryFile(suffix=".json") as out:
            subprocess.run([ROOT / "bin/sluice", "bench", load, "--bootstrap-server", node.address, "--topic", topic, "--partitions",
                            str(self.sizes[topic]), "--warm-up", "0", "--seconds", "60", "--json", out.name, *arguments],
                           check=True, stdout=subprocess.DEVNULL)
            return json.loads(out.read())

    def write(self, node):
        """A batch or more to each partition."""
        for topic, size in self.sizes.items():
            requests = -(-size // PARTITIONS_PER_REQUEST)
            self.bench(node, "produce", topic, "--batches-per-request", str(min(size, PARTITIONS_PER_REQUEST)), "--requests-max",
                       str(requests), "--in-flight", "1", "--record-bytes", "50", "--batch-bytes", "300")

    def ends(self, node, topic):
        said = subprocess.run([ROOT / "bin/kafka-get-offsets.sh", "--bootstrap-server", node.address, "--topic", topic],
                              capture_output=True, text=True, check=True).stdout
        return [int(line.rsplit(":", 1)[1]) for line in said.split()]

    def unwritten(self, node):
        """How many partitions hold nothing."""
        return sum(self.ends(node, topic).count(0) for topic in self.sizes)

    def unread(self, node):
        """Fetches everything once, some hundred partitions with a request; returns how many records did not come."""
        return sum(sum(self.ends(node, topic)) - self.bench(node, "fetch", topic, "--check-crcs", "--requests-max", "8",
                                                            "--fetch-wait-ms", "1")["fetch"]["records"]
                   for topic in self.sizes)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partitions", type=int, default=20000)
    parser.add_argument("--open-files", type=int, default=2000, help="sluice.open.files.max")
    parser.add_argument("--descriptors", type=int, default=20000, help="the process's limit")
    parser.add_argument("--kib", type=float, default=4, help="what a partition may take (default 4)")
    parser.add_argument("--untimed", action="store_true", help="on a machine with other work: leave out what takes time")
    parser.add_argument("--directory", help="where to keep its data meanwhile (default: a temporary directory)")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (options.descriptors, options.descriptors))
    work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-idle-", dir=options.directory))
    settings = [f"sluice.open.files.max={options.open_files}"]
    topics = Topics("idle", options.partitions)
    node = None
    try:
        node = Node(work / "data", free_port(), settings)
        used = Topics("used", 10)  # So that what a node needs for working at all is not counted.
        used.create(node)
        used.write(node)
        used.unread(node)
        empty, empty_files = settled(node), files(node)

        def each(memory):
            return [(memory - empty) * 1024 / options.partitions]
        topics.create(node)
        created, opened = each(settled(node)), files(node) - empty_files
        topics.write(node)
        unwritten, opened_to_write = topics.unwritten(node), files(node) - empty_files
        written = each(rested(node, empty + options.kib / 1024 * options.partitions))
        unread = topics.unread(node)
        opened_to_read = files(node) - empty_files
        stop = node.stop()
        node = Node(work / "data", free_port(), settings)
        began = node.seconds * 1000
        started, opened_again = each(settled(node)), files(node) - empty_files
        node.stop()
        files_max = options.open_files + 100
        met = [row("memory of a partition that was created", created, "KiB", options.kib),
               row("memory of a partition that was written to", written, "KiB", options.kib),
               row("memory of a partition after a clean start", started, "KiB", options.kib),
               row("partitions that took no record", [unwritten], "", 0),
               row("records that could not be read", [unread], "", 0),
               row("files open", [opened], "", files_max),
               row("files open after writing to all", [opened_to_write], "", files_max),
               row("files open after reading", [opened_to_read], "", files_max),
               row("files open after a clean start", [opened_again], "", files_max)]
        if not options.untimed:
            met += [row(f"clean stop with {options.partitions} partitions", [stop * 1000], "ms", options.partitions + 1000),
                    row(f"start with {options.partitions} partitions", [began], "ms", options.partitions / 2 + 100)]
        return 0 if all(met) else 1
    finally:
        if node is not None and node.process.poll() is None:
            node.process.kill()
            node.process.wait()
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
