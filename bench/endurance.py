#!/usr/bin/env python3
"""A mixed load for as long as asked, under which memory, descriptors and threads of the node end where they began.

Rounds of producing (plain, idempotent, with keys, in transactions), consuming in groups of both protocols, compaction,
retention by size and by time, DeleteRecords, and topics and groups that come and go. The load is light (about a tenth
of a processor), so that others may use the machine meanwhile. Between two rounds nobody is connected, and the node is
looked at. Fails if it has grown, or if it did not do what keeps it from growing.
"""
import argparse
import dataclasses
import json
import pathlib
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from start import ROOT, Node, free_port

PARTITIONS = 3
# What is kept for a time or up to a number is kept for a short one, so that it is as much as it may be from the start on.
SETTINGS = """
log.segment.bytes=1048576
log.segment.delete.delay.ms=500
log.retention.check.interval.ms=500
log.cleaner.backoff.ms=300
log.cleaner.dedupe.buffer.size=4194304
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=4
offsets.topic.segment.bytes=1048576
offsets.retention.minutes=1
offsets.retention.check.interval.ms=1000
producer.id.expiration.ms=5000
transaction.state.log.num.partitions=4
transaction.state.log.segment.bytes=1048576
transactional.id.expiration.ms=5000
transaction.remove.expired.transaction.cleanup.interval.ms=1000
metadata.log.max.record.bytes.between.snapshots=65536
metadata.max.retention.bytes=1048576
internal.metadata.log.segment.bytes=262144
max.incremental.fetch.session.cache.slots=20
""".split()
TOPICS = {
    "plain": ["retention.bytes=524288", "internal.segment.bytes=262144"],
    "idempotent": ["retention.ms=4000", "segment.ms=1000"],
    "keyed": ["cleanup.policy=compact", "segment.ms=500", "min.cleanable.dirty.ratio=0.1", "delete.retention.ms=1000"],
    "transactional": ["retention.bytes=524288", "internal.segment.bytes=262144"],
    "deleted-from": ["internal.segment.bytes=65536"],
}
KEYS = 200


@dataclasses.dataclass
class Sample:
    """The node between two rounds."""
    memory_mib: float
    descriptors: int
    threads: int
    stored_mib: float

    @classmethod
    def of(cls, node, data):
        """Once its memory does not change any more."""
        before = None
        for _ in range(20):
            memory = node.memory_mib()
            if before is not None and abs(memory - before) < 0.05:
                break
            before = memory
            time.sleep(0.2)
        process = pathlib.Path(f"/proc/{node.process.pid}")
        stored = 0
        for file in data.rglob("*"):
            try:
                stored += file.stat().st_blocks * 512
            except FileNotFoundError:
                continue  # Removed just now.
        return cls(memory, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir())), stored / 2**20)


class Load:
    """The clients of one round, all of them processes of the program itself."""

    def __init__(self, node, work):
        self.node, self.work, self.failures = node, work, []

    def start(self, *words):
        log = open(self.work / "client.log", "a", encoding="utf-8")
        with log:
            return subprocess.Popen([str(ROOT / "bin/sluice"), words[0], *map(str, words[1:]), "--bootstrap-server",
                                     self.node.address], stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def finish(self, what, process, seconds=60):
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            code = "nothing in time"
        if code != 0:
            self.failures.append(f"{what} ended with {code}")

    def run(self, *words):
        self.finish(" ".join(map(str, words[:2])), self.start(*words))

    def answer(self, *words):
        return subprocess.run([str(ROOT / "bin/sluice"), *words, "--bootstrap-server", self.node.address], check=True,
                              capture_output=True, text=True, timeout=60).stdout

    def create_topics(self):
        for topic, configs in TOPICS.items():
            self.run("topics", "--create", "--topic", topic, "--partitions", PARTITIONS,
                     *(word for config in configs for word in ("--config", config)))

    def offsets(self, topic, time_of):
        lines = self.answer("get-offsets", "--topic", topic, "--time", time_of).split()
        return {int(partition): int(offset) for _, partition, offset in (line.rsplit(":", 2) for line in lines)}

    def delete_records(self):
        """Half of what the topic holds."""
        begin, end = self.offsets("deleted-from", "earliest"), self.offsets("deleted-from", "latest")
        wanted = self.work / "delete.json"
        wanted.write_text(json.dumps({"version": 1, "partitions": [
            {"topic": "deleted-from", "partition": partition, "offset": (begin[partition] + end[partition] + 1) // 2}
            for partition in end]}), encoding="utf-8")
        self.run("delete-records", "--offset-json-file", wanted)

    def round(self, seconds, number):
        window = ["--warm-up", 0, "--seconds", seconds, "--partitions", PARTITIONS]
        producers = {
            "plain": self.start("bench", "produce", *window, "--topic", "plain", "--rate", 40),
            "deleted-from": self.start("bench", "produce", *window, "--topic", "deleted-from", "--rate", 10),
            "idempotent": self.start("bench", "client-produce", *window, "--topic", "idempotent", "--rate", 300,
                                     "--client-property", "enable.idempotence=true", "--client-property", "acks=all"),
            "transactions": self.start("bench", "transactions", *window, "--topic", "transactional", "--connections", 2,
                                       "--requests-max", int(30 * seconds)),
            "keyed": self.start("verifiable-producer", "--topic", "keyed", "--repeating-keys", KEYS, "--throughput", 1000,
                                "--max-messages", int(1000 * seconds)),
        }
        consumers = {
            "a classic group": self.start("verifiable-consumer", "--topic", "plain", "--group-id", "classic"),
            "a consumer group": self.start("verifiable-consumer", "--topic", "idempotent", "--group-id", "consumer",
                                           "--group-protocol", "consumer"),
            "a group that is new": self.start("verifiable-consumer", "--topic", "transactional", "--group-id",
                                              f"new-{number}"),
        }
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.run("bench", "topics", "--topic", f"churned-{number}", "--topics", 4, "--partitions", 2)
            self.run("bench", "join", "--connections", 3, "--seconds", 1)
            self.delete_records()
            time.sleep(min(2, max(0, until - time.monotonic())))
        for what, process in producers.items():
            self.finish(what, process)
        for what, process in consumers.items():
            process.terminate()
            self.finish(what, process)


def middle(samples):
    return Sample(*(statistics.median(getattr(sample, field.name) for sample in samples)
                    for field in dataclasses.fields(Sample)))


def table(began, ended):
    """Prints it; returns whether nothing has grown."""
    bounds = {"memory_mib": began.memory_mib + max(1.0, began.memory_mib * 0.05),
              "descriptors": began.descriptors * 1.1 + 10,  # How many segments there are just now is chance.
              "threads": began.threads,
              "stored_mib": began.stored_mib * 1.25 + 4}
    good = True
    print(f"\n{'':24} {'began':>10} {'ended':>10} {'bound':>10}")
    for (field, bound), name in zip(bounds.items(), ("memory (PSS), MiB", "descriptors", "threads", "stored, MiB")):
        first, last = getattr(began, field), getattr(ended, field)
        good &= last <= bound
        print(f"{name:24} {first:10.1f} {last:10.1f} {bound:10.1f} {'held' if last <= bound else 'GREW'}")
    return good


def what_was_not_done(load, data):
    """What should have kept the node small and has not happened: without it the numbers would show nothing."""
    for topic in ("plain", "idempotent", "transactional", "deleted-from"):
        if max(load.offsets(topic, "earliest").values()) == 0:
            yield f"nothing was deleted of {topic}"
    written = sum(load.offsets("keyed", "latest").values())
    kept = load.answer("console-consumer", "--topic", "keyed", "--from-beginning", "--timeout-ms", "2000",
                       "--formatter-property", "print.key=true", "--formatter-property", "print.value=false")
    if len(kept.splitlines()) > written / 2:
        yield f"of {written} records with {KEYS} keys {len(kept.splitlines())} are left: nothing was compacted"
    if left := [path.name for path in data.glob("churned-*")]:
        if any(not name.endswith("-delete") for name in left):
            yield f"topics that were deleted are still there: {left}"


def run(options, work):
    node = Node(work / "data", free_port(), SETTINGS)
    try:
        load = Load(node, work)
        load.create_topics()
        samples, begun, told = [], time.monotonic(), 0
        print("  minute  round   MiB PSS   files  threads   MiB stored", flush=True)
        while not samples or time.monotonic() - begun < options.minutes * 60 - options.round:
            load.round(options.round, len(samples))
            time.sleep(options.pause)
            samples.append(Sample.of(node, work / "data"))
            if load.failures or node.process.poll() is not None:
                break
            minutes = (time.monotonic() - begun) / 60
            if int(minutes) >= told or options.minutes <= 2:
                told = int(minutes) + 1
                now = samples[-1]
                print(f"{minutes:8.1f} {len(samples):6} {now.memory_mib:9.1f} {now.descriptors:7} {now.threads:8} "
                      f"{now.stored_mib:12.1f}", flush=True)
        if node.process.poll() is not None:
            return [f"the node ended with {node.process.returncode}"]
        complaints = load.failures or list(what_was_not_done(load, work / "data"))
        if len(samples) < 4:
            return complaints + [f"{len(samples)} rounds are too few to tell"]
        # What a node needs when it is at work it has after the first rounds, and topics are as long as they may get.
        settled = samples[min(len(samples) // 3, 30):]
        part = max(2, len(settled) // 4)
        if not table(middle(settled[:part]), middle(settled[-part:])):
            complaints.append("the node has grown")
        return complaints
    finally:
        if node.process.poll() is None:
            node.stop()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5, help="how long (default 5)")
    parser.add_argument("--round", type=float, default=10, help="seconds of a round (default 10)")
    parser.add_argument("--pause", type=float, default=2, help="seconds between the rounds (default 2)")
    parser.add_argument("--directory", help="where to keep its data meanwhile (default: a temporary directory)")
    options = parser.parse_args()
    work = pathlib.Path(tempfile.mkdtemp(prefix="sluice-endurance-", dir=options.directory))
    complaints = ["it was interrupted"]
    try:
        complaints = run(options, work)
    finally:
        for complaint in complaints:
            print(f"FAILED: {complaint}")
        log = work / "client.log"
        if complaints and log.exists():
            said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
                    if not re.match(r"\s*[{}]", line)]
            print("\n".join(said[-30:]))
        shutil.rmtree(work, ignore_errors=True)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
