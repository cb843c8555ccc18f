"""bench/idle_partitions.py with two thousand partitions: many more segments than the node may open files, and little
memory for each (it is less with more of them: what the node needs for working at all weighs on so few)."""
import subprocess
import sys
import unittest

from node import ROOT


class ManyPartitions(unittest.TestCase):
    def test_an_idle_partition_costs_little(self):
        done = subprocess.run([sys.executable, "-B", ROOT / "bench/idle_partitions.py", "--partitions", "2000", "--open-files", "300",
                               "--descriptors", "1000", "--kib", "5", "--untimed"], capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
