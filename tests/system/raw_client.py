"""A producer and a reader of a few lines, for tests that must know of every record what became of it: the protocol
by hand, one request at a time, nothing sent twice."""
import socket
import struct

PRODUCE, FETCH = 0, 1


def _crc32c_table():
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
        table.append(value)
    return table


TABLE = _crc32c_table()


def crc32c(data):
    value = 0xFFFFFFFF
    for byte in data:
        value = TABLE[(value ^ byte) & 0xFF] ^ value >> 8
    return value ^ 0xFFFFFFFF


def varint(value):
    value = value << 1 ^ value >> 63
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return (value >> 1) ^ -(value & 1), at


def batch(values):
    records = b""
    for index, value in enumerate(values):
        body = b"\0" + varint(0) + varint(index) + varint(-1) + varint(len(value)) + value + varint(0)
        records += varint(len(body)) + body
    head = struct.pack(">hiqqqhii", 0, len(values) - 1, 0, 0, -1, -1, -1, len(values))
    tail = struct.pack(">I", crc32c(head + records)) + head + records
    return struct.pack(">qii", 0, len(tail) + 5, 0) + b"\2" + tail


def batches(data):
    """(offset, value) of every record in whole batches; fails on one whose CRC is wrong."""
    at = 0
    while at + 61 <= len(data):
        base, length = struct.unpack_from(">qi", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        (crc,) = struct.unpack_from(">I", data, at + 17)
        if crc != crc32c(data[at + 21:end]):
            raise AssertionError(f"the batch at offset {base} fails its CRC")
        (count,) = struct.unpack_from(">i", data, at + 57)
        place = at + 61
        for _ in range(count):
            size, place = read_varint(data, place)
            record_end = place + size
            _, field = read_varint(data, place + 1)
            delta, field = read_varint(data, field)
            _, field = read_varint(data, field)  # No key.
            size, field = read_varint(data, field)
            yield base + delta, data[field:field + size]
            place = record_end
        at = end


class Connection:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.correlation = 0

    def close(self):
        self.socket.close()

    def _receive(self, count):
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            if not part:
                raise ConnectionError("the node closed the connection")
            data += part
        return data

    def ask(self, key, version, body):
        self.correlation += 1
        request = struct.pack(">hhih", key, version, self.correlation, -1) + body
        self.socket.sendall(struct.pack(">i", len(request)) + request)
        answer = self._receive(struct.unpack(">i", self._receive(4))[0])
        return answer[4:]

    def produce(self, topic, partition, values):
        """Error code and offset of the first record; acks=all."""
        return self.produce_batch(topic, partition, batch(values))

    def produce_batch(self, topic, partition, records):
        name = topic.encode()
        body = struct.pack(">hhiih", -1, -1, 10000, 1, len(name)) + name
        body += struct.pack(">iii", 1, partition, len(records)) + records
        answer = self.ask(PRODUCE, 7, body)
        return struct.unpack_from(">hq", answer, 4 + 2 + len(name) + 4 + 4)

    def fetch(self, topic, partition, offset, size=1 << 20):
        """Error code, high watermark, and the records there are."""
        name = topic.encode()
        body = struct.pack(">iiiibih", -1, 0, 0, 1 << 24, 0, 1, len(name)) + name
        body += struct.pack(">iiqi", 1, partition, offset, size)
        answer = self.ask(FETCH, 4, body)
        at = 4 + 4 + 2 + len(name) + 4 + 4
        error, high_watermark, _, aborted = struct.unpack_from(">hqqi", answer, at)
        at += 22 + max(aborted, 0) * 16
        (length,) = struct.unpack_from(">i", answer, at)
        return error, high_watermark, list(batches(answer[at + 4:at + 4 + max(length, 0)]))
