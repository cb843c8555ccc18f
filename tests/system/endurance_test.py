"""bench/endurance.py for less than a minute: the node does not grow under a mixed load."""
import subprocess
import sys
import unittest

from node import ROOT


class Endurance(unittest.TestCase):
    def test_the_node_does_not_grow(self):
        done = subprocess.run([sys.executable, "-B", ROOT / "bench/endurance.py", "--minutes", "0.75", "--round", "3", "--pause", "1"],
                              capture_output=True, text=True, timeout=240, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
