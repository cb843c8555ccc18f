"""A node of its own for a test: its directory, its process, its port, and the clients that talk to it."""
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
READY = re.compile(r"listening on \S+:(\d+) for PLAINTEXT.*\n(?:.*\n)*?.*ready in", re.MULTILINE)


class Node:
    """Listens on any free port of 127.0.0.1; a restart keeps the port."""

    def __init__(self, *overrides, properties=None):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-system-"))
        self.properties = ROOT / "config/server.properties"
        if properties is not None:
            self.properties = self.directory / "server.properties"
            self.properties.write_text(properties, encoding="utf-8")
        self.overrides = overrides
        self.prefix = []  # Words before the command, for one that runs it.
        self.port = 0
        self.process = None

    def start(self, bound_seconds=60):
        self.log = self.directory / "node.log"
        words = [*self.prefix, str(ROOT / "bin/kafka-server-start.sh"), str(self.properties)]
        settings = [f"listeners=PLAINTEXT://127.0.0.1:{self.port}", f"log.dirs={self.directory / 'data'}", *self.overrides]
        for setting in settings:
            words += ["--override", setting]
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(words, stdout=log, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + bound_seconds
        while time.monotonic() < deadline:
            if match := READY.search(self.log.read_text(encoding="utf-8")):
                self.port = int(match.group(1))
                return self
            if self.process.poll() is not None:
                break
            time.sleep(0.02)  # Between two looks at what the node has said; the bound is the deadline.
        raise AssertionError("the node did not get ready:\n" + self.log.read_text(encoding="utf-8"))

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    def stop(self):
        """SIGTERM; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def said(self):
        return self.log.read_text(encoding="utf-8")


def run(words, text=None, seconds=60, check=True):
    """Runs a command to its end and returns it; fails the test with what it said if it fails."""
    done = subprocess.run([str(word) for word in words], input=text, capture_output=True, text=True, timeout=seconds,
                          check=False)
    if check and done.returncode != 0:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done


def tool(name, *arguments, **options):
    return run([ROOT / "bin" / name, *arguments], **options)


class NodeTest(unittest.TestCase):
    """A test with one node that is running."""
    properties = None  # Its server.properties; none for the one that is shipped.

    def setUp(self):
        self.node = Node(properties=self.properties)
        self.addCleanup(self.node.close)
        self.node.start()

    def kcat(self, *arguments, **options):
        if shutil.which("kcat") is None:
            self.skipTest("kcat is not installed (Debian package kcat)")
        return run(["kcat", "-b", self.node.address, *arguments], **options)

    def produce(self, topic, lines, *arguments):
        self.kcat("-P", "-t", topic, *arguments, text="".join(line + "\n" for line in lines))

    def consume(self, topic, *arguments):
        return self.kcat("-C", "-t", topic, "-o", "beginning", "-e", "-q", *arguments).stdout.splitlines()

    def open_transaction(self, topic, transactional_id):
        """A kcat that has written something to `topic` and keeps its transaction open."""
        words = ["kcat", "-b", self.node.address, "-P", "-t", topic, "-X", f"transactional.id={transactional_id}",
                 "-X", "linger.ms=0"]
        producer = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                    text=True)
        self.addCleanup(self.end_process, producer)
        # More than kcat reads in one go; it keeps back what does not fill its buffer.
        producer.stdin.write("".join(f"hidden-{number}\n" for number in range(5000)))
        producer.stdin.flush()
        count = len(self.consume(topic, "-X", "isolation.level=read_committed")) + 1
        self.kcat("-C", "-t", topic, "-o", "beginning", "-c", str(count), "-q", "-X", "isolation.level=read_uncommitted")
        return producer

    @staticmethod
    def end_process(producer):
        producer.kill()
        producer.stdin.close()
        producer.wait()
