"""Makes the seeds of the fuzzers of messages from the golden vectors: the first of each message and version.

    python3 tests/fuzz/make_wire_seeds.py --source . --output build/fuzz/tests/fuzz/seeds
"""
import argparse
import json
import pathlib
import struct
import sys

LOGS = ("group", "transaction", "share")  # As coordinator_record_fuzzer.cc numbers them.


def read_messages(source):
    sys.path.insert(0, str(source / "schema" / "generator"))
    from schema import read_schema
    return {message.name: message for table in read_schema(source / "schema") for message in table.messages}


def seeds(source, messages):
    """Every seed as (fuzzer, name, bytes)."""
    seen = set()
    keys = {}  # Of coordinators' records; each stands before its value in the file.
    for path in sorted((source / "tests" / "golden" / "wire").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            vector = json.loads(line)
            name = f"{vector['message']}-{vector['version']}"
            if name in seen:
                continue
            seen.add(name)
            message = messages[vector["message"]]
            body = bytes.fromhex(vector["hex"])
            if message.kind == "coordinator-key":
                keys[message.log, message.key] = struct.pack(">h", message.key) + body
            made = seed(message, vector["version"], body, keys)
            if made:
                yield made[0], name, made[1]


def seed(message, version, body, keys):
    flexible = version in message.flexible
    if message.kind == "request":
        tags = b"\0" if flexible else b""
        return "request", struct.pack(">hhih", message.key, version, 1, 1) + b"c" + tags + body
    if message.kind == "response":
        tags = b"\0" if flexible and message.name != "ApiVersionsResponse" else b""
        return "response", struct.pack(">hhi", message.key, version, 1) + tags + body
    if message.kind == "metadata":
        log = b"\0" if message.log == "cluster" else b"\1"
        return "metadata_record", log + bytes([1, message.key, version]) + body
    if message.kind.startswith("coordinator"):
        key = keys[message.log, message.key]
        value = struct.pack(">h", version) + body if message.kind == "coordinator-value" else b""
        choice = (126 if value else 129) + LOGS.index(message.log)
        return "coordinator_record", bytes([choice, len(key)]) + key + value
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--source", type=pathlib.Path, required=True)
    parser.add_argument("--output", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    for fuzzer, name, content in seeds(arguments.source, read_messages(arguments.source)):
        folder = arguments.output / fuzzer
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


main()
