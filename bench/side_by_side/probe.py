"""Asks a broker who is there, without a client library: what tells when it serves."""
import socket
import struct


def free_ports(count):
    """Different ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


# Metadata, version 1, correlation id 7, client id "b", about no topic.
_METADATA = struct.pack(">hhih", 3, 1, 7, 1) + b"b" + struct.pack(">i", 0)


def _receive(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise OSError("closed")
        data += more
    return data


def brokers_known(port, timeout=30):
    """How many brokers the one on this port names; 0 where nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
            connection.sendall(struct.pack(">i", len(_METADATA)) + _METADATA)
            size, = struct.unpack(">i", _receive(connection, 4))
            return struct.unpack(">i", _receive(connection, size)[4:8])[0]
    except OSError:
        return 0
