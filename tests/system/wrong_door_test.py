"""Peers that do not speak the protocol, or break it, get told and do no harm."""
import struct
import unittest

from node import NodeTest


class WrongDoorTest(NodeTest):
    def answer_to(self, sent):
        with self.node.connect() as connection:
            connection.sendall(sent)
            received = b""
            while chunk := connection.recv(4096):
                received += chunk
            return received

    def assert_still_serving(self):
        self.produce("alive", ["yes"])
        self.assertEqual(self.consume("alive")[-1], "yes")

    def test_http_gets_an_http_answer(self):
        answer = self.answer_to(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertTrue(answer.startswith(b"HTTP/1.1 400 "), answer)
        self.assertIn(b"Kafka protocol", answer)

    def test_tls_gets_an_alert(self):
        client_hello = bytes.fromhex("160301020001000001fc0303") + bytes(64)
        self.assertEqual(self.answer_to(client_hello), bytes.fromhex("15030100020246"))
        self.assertIn("TLS", self.node.said())

    def test_a_frame_beyond_the_limit_ends_the_connection_only(self):
        self.assertEqual(self.answer_to(struct.pack(">i", 2**31 - 1) + b"x" * 100), b"")
        self.assertEqual(self.answer_to(struct.pack(">i", -1)), b"")
        self.assert_still_serving()

    def test_an_unknown_api_ends_the_connection_only(self):
        body = struct.pack(">hhih", 9999, 0, 1, -1)
        self.assertEqual(self.answer_to(struct.pack(">i", len(body)) + body), b"")
        self.assert_still_serving()

    def test_a_version_of_api_versions_from_the_future_is_answered_in_version_0(self):
        body = struct.pack(">hhih", 18, 99, 42, -1) + b"\0"
        with self.node.connect() as connection:
            connection.sendall(struct.pack(">i", len(body)) + body)
            size, correlation, error = struct.unpack(">iih", connection.recv(10))
        self.assertEqual((correlation, error), (42, 35))
        self.assertGreater(size, 6)


if __name__ == "__main__":
    unittest.main()
