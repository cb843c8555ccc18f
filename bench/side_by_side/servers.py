"""The two brokers that are compared: how each is started on a directory, and stopped."""
import os
import pathlib
import shutil
import signal
import subprocess
import time

from . import probe

START_SECONDS_MAX = 300
STOP_SECONDS_MAX = 120


class Server:
    """One broker with its directory. It is started and stopped any number of times; `remove` ends it all."""

    name = ""

    def __init__(self, directory, settings=None):
        self.settings = settings or {}  # Beyond the default ones.
        self.directory = pathlib.Path(directory) / self.name
        self.directory.mkdir(parents=True)
        self.port, self.controller_port = probe.free_ports(2)
        self.process = None
        self.prepared = False

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def prepare(self):
        """What comes before the first start."""

    def command(self):
        raise NotImplementedError

    def environment(self):
        return None

    def start(self):
        """Returns the seconds from the process's start to the first answer that names the broker."""
        if not self.prepared:
            self.prepare()
            self.prepared = True
        with open(self.directory / "output", "ab") as output:
            begun = time.monotonic()
            self.process = subprocess.Popen(self.command(), stdout=output, stderr=output, stdin=subprocess.DEVNULL,
                                            env=self.environment())
        while probe.brokers_known(self.port) == 0:
            if self.process.poll() is not None or time.monotonic() - begun > START_SECONDS_MAX:
                raise RuntimeError(f"{self.name} did not start; see {self.directory / 'output'}")
            time.sleep(0.002)
        return time.monotonic() - begun

    def stop(self):
        """A clean stop; returns the seconds that it takes."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill()
        return time.monotonic() - begun

    def kill(self):
        self.process.kill()
        self.process.wait()

    def remove(self):
        """Ends the process and removes all that it has stored."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)


class Sluice(Server):
    name = "sluice"

    def __init__(self, directory, binary, properties, settings=None):
        super().__init__(directory, settings)
        self.binary = binary
        self.properties = properties

    def command(self):
        settings = {"listeners": f"PLAINTEXT://{self.address}", "log.dirs": self.directory / "data"} | self.settings
        words = [str(self.binary), "server-start", str(self.properties)]
        for name, value in settings.items():
            words += ["--override", f"{name}={value}"]
        return words


class Kafka(Server):
    """Apache Kafka as its own scripts start it: a broker that is its own controller, with default settings."""
    name = "kafka"

    def __init__(self, directory, home, settings=None):
        super().__init__(directory, settings)
        self.home = pathlib.Path(home)

    def environment(self):
        return os.environ | {"LOG_DIR": str(self.directory / "logs")}

    def prepare(self):
        controller = f"127.0.0.1:{self.controller_port}"
        (self.directory / "server.properties").write_text(f"""process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={controller}
listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}
advertised.listeners=PLAINTEXT://{self.address},CONTROLLER://{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={self.directory / 'data'}
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
""" + "".join(f"{name}={value}\n" for name, value in self.settings.items()), encoding="utf-8")
        storage = [str(self.home / "bin/kafka-storage.sh")]
        cluster_id = subprocess.run(storage + ["random-uuid"], capture_output=True, text=True, check=True, timeout=60,
                                    env=self.environment()).stdout.strip()
        subprocess.run(storage + ["format", "-t", cluster_id, "-c", str(self.directory / "server.properties"), "--standalone"],
                       stdout=subprocess.DEVNULL, check=True, timeout=60, env=self.environment())

    def command(self):
        return [str(self.home / "bin/kafka-server-start.sh"), str(self.directory / "server.properties")]
