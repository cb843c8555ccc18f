"""A member of a streams group (KIP-1071) that says what it must, by hand: StreamsGroupHeartbeat, version 1."""
import socket
import struct

HEARTBEAT, VERSION = 88, 1
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

    def beat(self, epoch=None):
        """Sends a heartbeat; fails if it is refused."""
        epoch = self.epoch if epoch is None else epoch
        joins = epoch == 0
        body = text(self.group) + text(self.member) + struct.pack(">ii", epoch, 0) + NULL + NULL
        body += struct.pack(">i", 60000 if joins else -1) + (self.topology if joins else b"\xff")
        body += (EMPTY * 3 if joins else NULL * 3) + (text("process") if joins else NULL)
        body += b"\xff" + NULL * 3 + b"\0" + NO_TAGS
        head = struct.pack(">hhih", HEARTBEAT, VERSION, 7, 3) + b"app" + NO_TAGS
        self.connection.sendall(struct.pack(">i", len(head + body)) + head + body)
        with self.connection.makefile("rb") as answers:
            (size,) = struct.unpack(">i", answers.read(4))
            answer = answers.read(size)
        (error,) = struct.unpack_from(">h", answer, 9)
        if error != 0:
            raise AssertionError(f"the heartbeat is refused with {error}: {answer!r}")
        at = 11
        for _ in range(2):  # The message, null, and the member's id.
            at += max(answer[at], 1)
        (self.epoch,) = struct.unpack_from(">i", answer, at)

    def leave(self):
        self.beat(-1)
        self.connection.close()
