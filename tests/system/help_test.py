"""Every command says what it can do, at once."""
import os
import re
import subprocess
import unittest

from node import ROOT, tool

# The processor's time that a command may take to print its help. It takes a third of that; the least of a few runs
# counts, since what else the machine does can only add to it.
CPU_SECONDS_MAX = 0.020
RUNS = 5


def cpu_seconds(words):
    """User and system time of a command that must succeed."""
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise AssertionError(f"{words} ended with {process.returncode}")
    return usage.ru_utime + usage.ru_stime


class HelpTest(unittest.TestCase):
    def commands(self):
        return re.findall(r"^  (\S+) ", tool("sluice", "--help").stdout, re.MULTILINE)

    def test_every_command_of_kafkas_has_its_script(self):
        scripts = {path.name.removeprefix("kafka-").removesuffix(".sh") for path in (ROOT / "bin").glob("*.sh")}
        self.assertEqual(set(self.commands()) - {"bench", "dev"}, scripts)

    def test_every_command_answers_help_and_version(self):
        for command in self.commands():
            with self.subTest(command):
                said = tool("sluice", command, "--help")
                self.assertIn("usage" if command in ("cluster", "storage", "transactions") else "", said.stdout.lower())
                self.assertNotEqual(said.stdout, "")
                self.assertEqual(said.stderr, "")
                version = tool("sluice", command, "--version")
                self.assertRegex(version.stdout, r"^sluice \d+\.\d+\.\d+ \(Kafka protocol \d+\.\d+\)\n$")

    def test_help_takes_next_to_no_time(self):
        binary = os.environ["SLUICE_BINARY"]
        with open(binary, "rb") as program:
            if re.search(rb"__[at]san_init", program.read()):
                self.skipTest("a sanitizer takes longer than that to begin")
        for command in self.commands():
            with self.subTest(command):
                least = min(cpu_seconds([binary, command, "--help"]) for _ in range(RUNS))
                self.assertLess(least, CPU_SECONDS_MAX)


if __name__ == "__main__":
    unittest.main()
