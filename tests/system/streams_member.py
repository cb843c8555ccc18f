"""A member of a streams group (KIP-1071) that says what it must, by hand: StreamsGroupHeartbeat, version 1, and
StreamsGroupTopologyDescriptionUpdate."""
import socket
import struct

HEARTBEAT, VERSION = 88, 1
DESCRIPTION_UPDATE = 93
SOURCE, PROCESSOR = 1, 2
NULL, EMPTY, NO_TAGS = b"\0", b"\1", b"\0"


def text(value):
    data = value.encode()
    return bytes([len(data) + 1]) + data


def texts(values):
    return bytes([len(values) + 1]) + b"".join(map(text, values))


class StreamsMember:
    """Reads topics in one subtopology, whose state has a changelog."""

    def __init__(self, address, group, member, topics, changelog):
        host, port = address.rsplit(":", 1)
        self.connection = socket.create_connection((host, int(port)), timeout=60)
        self.group, self.member, self.epoch = group, member, 0
        topic = text(changelog) + struct.pack(">ih", 0, 0) + EMPTY + NO_TAGS
        subtopology = text("0") + texts(topics) + EMPTY + b"\2" + topic + EMPTY + EMPTY + EMPTY + NO_TAGS
        self.topology = b"\1" + struct.pack(">i", 0) + b"\2" + subtopology + NO_TAGS

    def ask(self, api, version, body):
        """Sends a request and returns the body of the answer, without the time to wait; fails if it is refused."""
        head = struct.pack(">hhih", api, version, 7, 3) + b"app" + NO_TAGS
        self.connection.sendall(struct.pack(">i", len(head + body)) + head + body)
        with self.connection.makefile("rb") as answers:
            (size,) = struct.unpack(">i", answers.read(4))
            answer = answers.read(size)
        (error,) = struct.unpack_from(">h", answer, 9)
        if error != 0:
            raise AssertionError(f"the request {api} is refused with {error}: {answer!r}")
        return answer[11:]

    def beat(self, epoch=None):
        """Sends a heartbeat."""
        epoch = self.epoch if epoch is None else epoch
        joins = epoch == 0
        body = text(self.group) + text(self.member) + struct.pack(">ii", epoch, 0) + NULL + NULL
        body += struct.pack(">i", 60000 if joins else -1) + (self.topology if joins else b"\xff")
        body += (EMPTY * 3 if joins else NULL * 3) + (text("process") if joins else NULL)
        body += b"\xff" + NULL * 3 + b"\0" + NO_TAGS
        answer = self.ask(HEARTBEAT, VERSION, body)
        at = 0
        for _ in range(2):  # The message, null, and the member's id.
            at += max(answer[at], 1)
        (self.epoch,) = struct.unpack_from(">i", answer, at)

    def describe(self, source, topic, processor, store):
        """Tells how the topology looks: a source and what comes after it."""
        nodes = b"\3" + text(source) + bytes([SOURCE]) + texts([topic]) + NULL + EMPTY + texts([processor]) + NO_TAGS
        nodes += text(processor) + bytes([PROCESSOR]) + EMPTY + NULL + texts([store]) + EMPTY + NO_TAGS
        body = text(self.group) + text(self.member) + struct.pack(">i", 0)
        body += b"\2" + text("0") + nodes + NO_TAGS + EMPTY + NO_TAGS + NO_TAGS
        self.ask(DESCRIPTION_UPDATE, 0, body)

    def leave(self):
        self.beat(-1)
        self.connection.close()
