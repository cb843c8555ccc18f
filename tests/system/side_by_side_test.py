"""bench/compare: what it makes of measurements. The measuring itself needs Apache Kafka and a quiet machine."""
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from node import ROOT

sys.path.insert(0, str(ROOT / "bench"))
from side_by_side import flame, plot, probe, process, summary  # noqa: E402
from side_by_side.loads import LOADS, Load, Metric  # noqa: E402

RATE = Metric("MB/s", 2, True)
COST = Metric("CPU s/GB", 1 / 6)
LOAD = Load("produce", "what it does", (RATE, COST), None)
MEASURED = {"sluice": [{"MB/s": 300, "CPU s/GB": 1}, {"MB/s": 100, "CPU s/GB": 2}, {"MB/s": 200, "CPU s/GB": 1}],
            "kafka": [{"MB/s": 100, "CPU s/GB": 10}, {"MB/s": 100, "CPU s/GB": 8}, {"MB/s": 100, "CPU s/GB": 5}]}


class SideBySide(unittest.TestCase):
    def test_ratios_are_of_neighbouring_rounds(self):
        rate, cost = summary.rows(LOAD, MEASURED)
        self.assertEqual((rate.ratio, rate.ratio_least, rate.ratio_most, rate.met), (2, 1, 3, True))
        self.assertEqual((cost.ratio, cost.ratio_least, cost.ratio_most, cost.met), (0.2, 0.1, 0.25, False))
        self.assertEqual((cost.ours, cost.theirs), (1, 8))

    def test_what_was_measured_on_one_side_only_is_no_ratio(self):
        self.assertEqual(summary.rows(LOAD, {"sluice": MEASURED["sluice"]}), [])

    def test_the_table_tells_what_is_missed(self):
        lines = summary.table(summary.rows(LOAD, MEASURED), {"produce": "what it does", "other": "not measured"}).splitlines()
        self.assertEqual(lines[2], "| produce | MB/s | 200 | 100 | 2 (1 to 3) | ≥ 2 | met |")
        self.assertEqual(lines[3], "| produce | CPU s/GB | 1 | 8 | 0.2 (0.1 to 0.25) | ≤ 1/6 | missed |")
        self.assertEqual(lines[-1], "- `produce`: what it does")

    def test_the_picture_has_every_row(self):
        picture = xml.etree.ElementTree.fromstring(plot.ratios(summary.rows(LOAD, MEASURED), "a < b"))
        self.assertEqual(len(picture.findall("{*}circle")), 2)

    def test_samples_are_folded_into_stacks(self):
        lines = ["shard-0  7 1.0:  1 cpu-clock:", "\t 1a crc+0x10 (/usr/bin/sluice)", "\t 1b run (/usr/bin/sluice)", "",
                 "shard-0  7 1.1:  1 cpu-clock:", "\t 1b run+0x1 (/usr/bin/sluice)", "",
                 "shard-0  7 1.2:  1 cpu-clock:", "\t 1c [unknown] (/usr/lib/libc.so.6)", "\t 1b run+0x1 (/usr/bin/sluice)", ""]
        stacks = flame.fold(lines)
        self.assertEqual(stacks, {"shard-0;run;crc": 1, "shard-0;run": 1, "shard-0;run;[libc.so.6]": 1})
        alone, under = flame.hottest(stacks)
        self.assertEqual(under[0], (1.0, "run"))
        self.assertEqual(len(alone), 3)
        picture = xml.etree.ElementTree.fromstring(flame.draw(stacks, "t"))
        self.assertEqual(len(picture.findall("{*}g")), 5)

    def test_every_load_is_listed_once(self):
        said = subprocess.run([ROOT / "bench/compare", "--list"], capture_output=True, text=True, check=True, timeout=60).stdout
        self.assertEqual([line.split()[0] for line in said.splitlines()], [load.name for load in LOADS])
        self.assertEqual(len({load.name for load in LOADS}), len(LOADS))

    def test_a_port_without_a_broker_answers_nothing(self):
        self.assertEqual(probe.brokers_known(*probe.free_ports(1)), 0)

    def test_processor_time_is_counted(self):
        with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as busy:
            try:
                self.assertGreater(process.busy_share(busy.pid, 1), 0.05)
            finally:
                busy.kill()


if __name__ == "__main__":
    unittest.main()
