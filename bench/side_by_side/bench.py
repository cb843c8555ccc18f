"""One comparison: the two servers, what bears on them, and how large it all is."""
import pathlib
import shutil
import subprocess
import sys
import tempfile

from . import generators, process
from .servers import Kafka, Sluice


class Bench:
    """What a load is given. Both servers run at once, the one that is not measured being idle; each is new for every
    load. All that is stored lies under one directory of one disk, and is removed at the end."""

    def __init__(self, options, root):
        self.options = options
        self.root = root
        self.rounds = options.rounds
        self.seconds = options.seconds
        self.round_bytes = options.round_megabytes * 1_000_000
        self.stored_gigabytes = options.stored_gigabytes
        self.partitions = options.partitions
        self.connections = options.connections
        self.topics = options.topics
        self.generator = generators.SluiceBench(options.generator or options.sluice)
        self.servers = []
        self.settings = {}

    def __enter__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="side-by-side-", dir=self.options.directory))
        return self

    def __exit__(self, *_):
        for server in self.servers:
            server.remove()
        self.servers = []
        shutil.rmtree(self.directory, ignore_errors=True)

    def _make(self, name):
        if name == "kafka":
            return Kafka(self.directory, self.options.kafka_home, self.settings)
        return Sluice(self.directory, self.options.sluice, self.root / "config/server.properties", self.settings)

    def begin(self, load):
        """New servers for a load."""
        self.settings = load.settings
        names = ["sluice"] if load.name == "stored" else ["sluice", "kafka"]
        self.servers = [self._make(name) for name in names]
        for server in self.servers:
            server.start()

    def end(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.stop()
            server.remove()
        self.servers = []

    def renew(self, server):
        """The same broker with nothing stored, not started."""
        place = self.servers.index(server)
        self.servers[place] = self._make(server.name)
        return self.servers[place]

    def server(self, name):
        return next(server for server in self.servers if server.name == name)

    def alternate(self, running=True):
        """(round, server): each round has every server once. Nobody else is at work when a server's turn comes."""
        if not running:
            for server in self.servers:
                if server.process.poll() is None:
                    server.stop()
        for number in range(self.rounds):
            for place in range(len(self.servers)):
                if running:
                    self._settle()
                yield number, self.servers[place]

    def _settle(self):
        subprocess.run(["sync"], check=True)  # What the last round has left is not written during this one.
        for server in self.servers:
            busy = process.wait_until_idle(server.pid)
            if busy > 0.2:
                self.say(f"{server.name} is not idle: it takes {busy:.0%} of a processor")

    def warm_up(self, number):
        """Seconds: a virtual machine compiles what it runs in its first ones."""
        return self.options.warm_up if number == 0 else 1

    def kafka_perf(self):
        return generators.KafkaPerf(self.options.kafka_home)

    @staticmethod
    def rdkafka():
        return generators.Rdkafka()

    @staticmethod
    def say(text):
        print(f"  {text}", file=sys.stderr, flush=True)
