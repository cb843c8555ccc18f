"""What Kafka's own tools printed (tests/reference/transcripts), and the data directory behind it."""
import dataclasses
import pathlib
import re
import shlex
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


@dataclasses.dataclass
class Run:
    """One command with its outcome. <DATA> stands for the data directory."""
    words: list
    code: int
    stdout: str
    stderr: str


def read(name):
    """The runs of one transcript, in order. What is called "head" may be cut off."""
    text = (ROOT / "tests/reference/transcripts" / name).read_text(encoding="utf-8")
    runs = []
    for block in re.split(r"^### .*\n", text, flags=re.MULTILINE)[1:]:
        match = re.match(r"\$ (?P<words>.*)\nrc=(?P<code>\d+)\n--- stdout\n(?P<stdout>.*?)"
                         r"(?:--- stderr\n(?P<stderr>.*))?\Z", block, re.DOTALL)
        runs.append(Run(shlex.split(match["words"]), int(match["code"]), match["stdout"],
                        (match["stderr"] or "").strip("\n")))
    return runs


def extract_fixture(name, directory):
    """Unpacks a directory that Kafka wrote; returns where its data is."""
    with tarfile.open(ROOT / f"tests/fixtures/kafka-4.4.0-{name}.tar.gz") as archive:
        archive.extractall(directory, filter="data")
    return pathlib.Path(directory) / name
