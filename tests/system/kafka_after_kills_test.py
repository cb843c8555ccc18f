"""Apache Kafka on what a node leaves that was killed again and again: its dump tool says the same as ours of every
batch, and its broker opens the directory and serves what was acknowledged. Needs an installation in KAFKA_HOME."""
import os
import re
import signal
import socket
import subprocess
import time
import unittest

from kill_load import PARTITIONS, KillLoad
from node import Node, tool

KILLS = int(os.environ.get("SLUICE_KILLS", "10"))
KAFKA_HOME = os.environ.get("KAFKA_HOME")
START_SECONDS_MAX = 120
PROPERTIES = """process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
offsets.topic.replication.factor=1
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Kafka:
    """Apache Kafka's broker on a directory."""

    def __init__(self, directory, data):
        self.port, controller = free_ports(2)
        self.directory = directory / "kafka"
        self.directory.mkdir()
        properties = self.directory / "server.properties"
        properties.write_text(PROPERTIES.format(controller=controller, port=self.port, data=data), encoding="utf-8")
        self.output = self.directory / "output"
        with open(self.output, "w", encoding="utf-8") as output:
            self.process = subprocess.Popen([f"{KAFKA_HOME}/bin/kafka-server-start.sh", properties], stdout=output,
                                            stderr=output, env=os.environ | {"LOG_DIR": str(self.directory / "logs")})
        deadline = time.monotonic() + START_SECONDS_MAX
        while not re.search(r"Kafka Server started", self.output.read_text(encoding="utf-8")):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.close()
                raise AssertionError("Kafka did not start:\n" + self.output.read_text(encoding="utf-8")[-5000:])
            time.sleep(0.1)  # Between two looks at what it has said; the bound is the deadline.

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


@unittest.skipUnless(KAFKA_HOME, "KAFKA_HOME does not name an installed Apache Kafka")
class KafkaAfterKills(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.addCleanup(self.node.close)
        self.node.start()
        self.data = self.node.directory / "data"
        self.load = KillLoad(self.node)
        self.load.write_and_kill_often(KILLS, int(os.environ.get("SLUICE_KILL_SEED", "1")))

    def test_kafka_reads_every_batch_as_we_do(self):
        logs = sorted(self.data.glob("loaded-*/*.log"))
        others = sorted(path for path in self.data.glob("loaded-*/*") if path.suffix in (".index", ".timeindex", ".snapshot"))
        self.assertGreater(len(logs), PARTITIONS)
        for what, files in (("--print-data-log", logs), ("--index-sanity-check", others)):
            words = ["--deep-iteration", what, "--files", ",".join(map(str, files))]
            ours = tool("kafka-dump-log.sh", *words, check=False)
            theirs = subprocess.run([f"{KAFKA_HOME}/bin/kafka-dump-log.sh", *words], capture_output=True, text=True, timeout=300,
                                    check=False)
            self.assertEqual(ours.returncode, theirs.returncode, theirs.stderr)
            for our_line, their_line in zip(ours.stdout.splitlines(), theirs.stdout.splitlines()):
                self.assertEqual(our_line, their_line)
            self.assertEqual(ours.stdout.count("\n"), theirs.stdout.count("\n"))
            self.assertNotIn("isvalid: false", ours.stdout)

    def test_kafka_opens_the_directory(self):
        kafka = Kafka(self.node.directory, self.data)
        try:
            self.load.check(self, [0] * PARTITIONS, kafka.port)
            kafka.stop()
        finally:
            kafka.close()
        self.node.start()  # And we open what Kafka has left.
        self.load.check(self, [0] * PARTITIONS)


if __name__ == "__main__":
    unittest.main()
