"""kill -9 at random points of a write load: nothing that was acknowledged is lost, nothing is served that was not
written. SLUICE_KILLS says how often, SLUICE_KILL_SECONDS for how long at most, SLUICE_KILL_SEED with which random
numbers."""
import os
import random
import time
import unittest

from kill_load import PARTITIONS, KillLoad
from node import Node, tool

KILLS = int(os.environ.get("SLUICE_KILLS", "200"))
BOUND_SECONDS = float(os.environ.get("SLUICE_KILL_SECONDS", "120"))


class KillTest(unittest.TestCase):
    def setUp(self):
        self.node = Node()
        self.addCleanup(self.node.close)
        self.node.start()

    def test_what_was_acknowledged_survives_any_kill(self):
        load = KillLoad(self.node)
        seed = int(os.environ.get("SLUICE_KILL_SEED", "1"))
        chance = random.Random(seed)
        checked, kills, begun = [0] * PARTITIONS, 0, time.monotonic()
        while kills < KILLS and time.monotonic() - begun < BOUND_SECONDS:
            wrong = load.write_and_kill(chance.uniform(0, 0.15))
            kills += 1
            self.assertIsNone(wrong, f"seed {seed}, kill {kills}")
            self.node.start()
            with self.subTest(seed=seed, kill=kills):
                load.check(self, checked)
        load.check(self, [0] * PARTITIONS)
        self.assertGreater(load.count, 10 * kills, "hardly anything was written")
        self.assertGreaterEqual(kills, min(KILLS, 20), "the node takes long to start")
        print(f"{kills} kills, {load.count} records acknowledged")

    def test_room_that_was_reserved_is_given_back(self):
        """A file that grows gets its blocks in advance; after a kill they are no longer needed."""
        sizes = {"grown-a": 20, "grown-b": 30, "grown-c": 40, "grown-d": 50}  # In half megabytes; how much is reserved differs.
        for topic, requests in sizes.items():
            tool("sluice", "bench", "produce", "--bootstrap-server", self.node.address, "--topic", topic, "--batch-bytes", "500000",
                 "--requests-max", str(requests), "--warm-up", "0", "--seconds", "60")
        self.node.kill()
        logs = [self.node.directory / f"data/{topic}-0/00000000000000000000.log" for topic in sizes]
        if self.reserved(logs) < 1 << 20:
            self.skipTest("this file system reserves nothing")
        self.node.start()
        for topic in sizes:
            ends = tool("kafka-get-offsets.sh", "--bootstrap-server", self.node.address, "--topic", topic).stdout
            self.assertGreater(int(ends.rsplit(":", 1)[1]), 0, "it is recovered before it answers")
        self.assertLess(self.reserved(logs), 1 << 19)

    @staticmethod
    def reserved(logs):
        return sum(log.stat().st_blocks * 512 - log.stat().st_size for log in logs)


if __name__ == "__main__":
    unittest.main()
