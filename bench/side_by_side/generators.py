"""What puts a load on a broker: `sluice bench`, Kafka's own tools, and librdkafka's."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

from . import process

RDKAFKA_SOURCE = pathlib.Path("/usr/share/doc/librdkafka-dev/examples/rdkafka_performance.c")
TOOL_SECONDS_MAX = 600


def run(words, environment=None, seconds=TOOL_SECONDS_MAX):
    """Runs a command to its end. Returns what it printed."""
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=seconds, check=False,
                          env=environment)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, words))} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


class SluiceBench:
    """`sluice bench`, always of the same build, whichever broker bears the load."""

    def __init__(self, binary):
        self.binary = binary

    def __call__(self, load, server, **options):
        """Options are those of the command, with underscores; True stands for a flag. Returns its JSON."""
        words = [self.binary, "bench", load, "--bootstrap-server", server.address, "--server-pid", server.pid]
        for name, value in options.items():
            words.append("--" + name.replace("_", "-"))
            if value is not True:
                words.append(value)
        with tempfile.NamedTemporaryFile(suffix=".json") as file:
            run(words + ["--json", file.name])
            return json.load(file)

    def end_of(self, server, topic):
        """How many records a topic has had, by its partitions' ends."""
        said = run([self.binary, "get-offsets", "--bootstrap-server", server.address, "--topic", topic])
        return sum(int(line.rsplit(":", 1)[1]) for line in said.split())

    def delete(self, server, topic):
        run([self.binary, "topics", "--bootstrap-server", server.address, "--delete", "--topic", topic])

    def create(self, server, topic, partitions):
        run([self.binary, "topics", "--bootstrap-server", server.address, "--create", "--topic", topic, "--partitions",
             partitions])


def _metered(server, work):
    """Runs `work` and returns what it returns, with the broker's processor time."""
    before = process.cpu_seconds(server.pid)
    result = work()
    return result, process.cpu_seconds(server.pid) - before


class KafkaPerf:
    """kafka-producer-perf-test.sh and kafka-consumer-perf-test.sh of Apache Kafka."""

    def __init__(self, home):
        self.bin = pathlib.Path(home) / "bin"
        self.logs = tempfile.gettempdir()

    def produce(self, server, topic, records, record_bytes):
        words = [self.bin / "kafka-producer-perf-test.sh", "--topic", topic, "--num-records", records, "--record-size",
                 record_bytes, "--throughput", -1, "--producer-props", f"bootstrap.servers={server.address}", "acks=1"]
        said, cpu = _metered(server, lambda: run(words, os.environ | {"LOG_DIR": self.logs}))
        rate = re.findall(r"\(([\d.]+) MB/sec\)", said)[-1]
        return {"MB/s": float(rate) * 1.048576, "broker CPU s/GB": cpu * 1e9 / (records * record_bytes)}

    def consume(self, server, topic, records, record_bytes):
        words = [self.bin / "kafka-consumer-perf-test.sh", "--topic", topic, "--messages", records, "--bootstrap-server",
                 server.address, "--hide-header"]
        said, cpu = _metered(server, lambda: run(words, os.environ | {"LOG_DIR": self.logs}))
        columns = [line for line in said.splitlines() if line.count(",") >= 8][-1].split(",")
        # The last but one: megabytes by the time of fetching alone, without joining the group.
        return {"MB/s": float(columns[8]) * 1.048576, "broker CPU s/GB": cpu * 1e9 / (records * record_bytes)}


class Rdkafka:
    """librdkafka's rdkafka_performance, compiled from the source that Debian packages."""

    def __init__(self):
        self.directory = tempfile.mkdtemp(prefix="rdkafka-performance-")
        self.binary = pathlib.Path(self.directory) / "rdkafka_performance"
        run(["cc", "-O2", "-w", "-o", self.binary, self._source(), "-lrdkafka", "-lm"])

    @staticmethod
    def available():
        return RDKAFKA_SOURCE.exists() and shutil.which("cc") is not None

    def _source(self):
        """It includes headers of librdkafka's own tree: in their place goes a small one of ours."""
        here = pathlib.Path(__file__).parent
        text = RDKAFKA_SOURCE.read_text(encoding="utf-8")
        for ours, theirs in (("rd.h", "../src/rd.h"), ("librdkafka/rdkafka.h", "rdkafka.h"), ("rd.h", "rdtime.h")):
            text = text.replace(f'"{theirs}"', f'"{ours}"')
        copy = pathlib.Path(self.directory) / RDKAFKA_SOURCE.name
        copy.write_text(text, encoding="utf-8")
        shutil.copy(here / "rd.h", self.directory)
        return copy

    def produce(self, server, topic, records, record_bytes):
        words = [self.binary, "-P", "-t", topic, "-b", server.address, "-c", records, "-s", record_bytes, "-a", 1, "-q"]
        return self._result(server, words, records * record_bytes)

    def consume(self, server, topic, records, record_bytes):
        words = [self.binary, "-C", "-t", topic, "-p", 0, "-b", server.address, "-c", records, "-o", "beginning", "-q"]
        return self._result(server, words, records * record_bytes)

    @staticmethod
    def _result(server, words, size):
        said, cpu = _metered(server, lambda: run(words))
        return {"MB/s": float(re.findall(r"([\d.]+) MB/s", said)[-1]), "broker CPU s/GB": cpu * 1e9 / size}

    def remove(self):
        shutil.rmtree(self.directory, ignore_errors=True)
