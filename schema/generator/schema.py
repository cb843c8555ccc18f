"""All the tables of a schema folder, with the names of what is made of each."""
from dataclasses import dataclass

from model import Message
from names import snake_case
from tables import read_tables

FOLDERS = ("api", "metadata", "coordinator", "data")


@dataclass
class Table:
    """One file of messages, and the C++ files that stand for it."""
    source: str                # Relative to schema/.
    path: str                  # Relative to wire/, without extension: api/fetch.
    api_name: str
    messages: list[Message]

    @property
    def subject(self):
        key = self.messages[0].key
        if self.messages[0].kind == "request":
            return f"{self.api_name} (API key {key})"
        return self.api_name

    def response_of(self, message):
        """The name of the response to a request; nothing for other messages."""
        if message.kind != "request":
            return None
        return next(other.name for other in self.messages if other.kind == "response")


def read_schema(folder):
    return [read_table(folder, path) for name in FOLDERS for path in sorted((folder / name).glob("*.schema"))]


def output_path(folder, path):
    return f"{path.parent.relative_to(folder)}/{snake_case(api_name(path))}"


def api_name(path):
    """`001_Fetch.schema` is Fetch."""
    return path.stem.split("_", 1)[-1]


def read_table(folder, path):
    return Table(source=str(path.relative_to(folder)), path=output_path(folder, path), api_name=api_name(path),
                 messages=read_tables(path))
