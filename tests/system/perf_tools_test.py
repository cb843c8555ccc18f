"""kafka-producer-perf-test.sh and kafka-consumer-perf-test.sh against a node, with the lines of Apache Kafka's
commands."""
import re
import signal
import subprocess
import unittest

from node import ROOT, NodeTest, tool

TOTAL = (r"{} records sent, (\d+\.\d{{6}}|Infinity) records/sec \((\d+\.\d\d|Infinity) MB/sec\), \d+\.\d\d ms avg latency, \d+\.\d\d ms max latency, "
         r"\d+ ms 50th, \d+ ms 95th, \d+ ms 99th, \d+ ms 99\.9th\.\n")
WINDOW = r"\d+ records sent, \d+\.\d records/sec \(\d+\.\d\d MB/sec\), \d+\.\d ms avg latency, \d+\.\d ms max latency\.\n"
COLUMNS = ("data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, "
           "fetch.nMsg.sec\n")
NUMBER = r"(\d+\.\d{4}|Infinity|NaN)"
DATE = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d:\d{3}"


def report(count):
    """The numbers of a line of the consumer's, behind its times."""
    return rf"{NUMBER}, {NUMBER}, {count}, {NUMBER}, \d+, \d+, {NUMBER}, {NUMBER}\n"


class PerfTools(NodeTest):
    def produce(self, *arguments, servers=True, check=True):
        found = ["--bootstrap-server", self.node.address] if servers else []
        return tool("kafka-producer-perf-test.sh", *found, *arguments, check=check)

    def consume(self, *arguments, check=True):
        return tool("kafka-consumer-perf-test.sh", "--bootstrap-server", self.node.address, *arguments, check=check)

    def values(self, topic, count):
        return tool("kafka-console-consumer.sh", "--bootstrap-server", self.node.address, "--topic", topic,
                    "--from-beginning", "--max-messages", count).stdout.splitlines()

    def test_sends_records_of_a_size(self):
        done = self.produce("--topic", "sized", "--num-records", "1000", "--record-size", "100", "--throughput", "-1")
        self.assertRegex(done.stdout, "^" + TOTAL.format(1000) + "$")
        values = self.values("sized", 1000)
        self.assertEqual({len(value) for value in values}, {100})
        self.assertGreater(len(set(values)), 990)
        self.assertTrue(all(re.fullmatch("[A-Z]+", value) for value in values))

    def test_reports_progress_and_the_steady_state(self):
        done = self.produce("--topic", "t", "--num-records", "40", "--record-size", "10", "--throughput", "100",
                            "--reporting-interval", "100")
        self.assertRegex(done.stdout, f"^({WINDOW})+" + TOTAL.format(40) + "$")
        done = self.produce("--topic", "t", "--num-records", "40", "--record-size", "10", "--throughput", "-1",
                            "--warmup-records", "30")
        self.assertRegex(done.stdout, "^Warmup first 30 records. Steady state results will print after the complete test "
                         "summary.\n" + TOTAL.format(40) + TOTAL.format("10 steady state") + "$")

    def test_the_rate_is_kept(self):
        done = self.produce("--topic", "t", "--num-records", "50", "--record-size", "10", "--throughput", "100")
        rate = float(re.search(r"sent, ([\d.]+) records/sec", done.stdout).group(1))
        self.assertLess(rate, 110)

    def test_other_payloads(self):
        self.produce("--topic", "counted", "--num-records", "3", "--payload-monotonic", "--throughput", "-1")
        self.assertEqual(self.values("counted", 3), ["0", "1", "2"])
        file = self.node.directory / "payloads"
        file.write_text("one|two", encoding="utf-8")
        done = self.produce("--topic", "filed", "--num-records", "50", "--payload-file", file, "--payload-delimiter", "|",
                            "--throughput", "-1")
        self.assertTrue(done.stdout.startswith(f"Reading payloads from: {file}\nNumber of records read: 2\n"))
        self.assertEqual(set(self.values("filed", 50)), {"one", "two"})

    def test_properties_of_older_versions_name_the_servers(self):
        done = self.produce("--topic", "t", "--num-records", "5", "--record-size", "5", "--throughput", "-1", "--print-metrics",
                            "--producer-props", f"bootstrap.servers={self.node.address}", "acks=1", servers=False)
        self.assertRegex(done.stdout, "^Option --producer-props has been deprecated and will be removed in a future version. "
                         "Use --command-property instead.\n" + TOTAL.format(5) + "\nMetric Name +Value\n")
        self.assertRegex(done.stdout, r"producer-metrics:record-send-total:\{client-id=perf-producer-client\} +: 5\.000\n")

    def test_wrong_arguments_of_the_producer(self):
        fine = ["--topic", "t", "--num-records", "5", "--record-size", "5", "--throughput", "-1"]
        cases = [
            (fine[2:], "argument --topic is required"),
            (fine[:4] + fine[6:], "one of the arguments --record-size --payload-file --payload-monotonic is required"),
            (fine + ["word"], "unrecognized arguments: 'word'"),
            (fine + ["--payload-monotonic"], "argument --payload-monotonic: not allowed with argument --record-size"),
            (fine + ["--num-records", "0"], "--num-records should be greater than zero."),
            (fine + ["--warmup-records", "5"], "The value for --warmup-records must be strictly fewer than the number of "
             "records in the test, --num-records."),
            (fine + ["--transaction-duration-ms", "0"], "--transaction-duration-ms should be greater than zero."),
            (fine + ["--command-property", "acks=1", "--producer-props", "acks=1"],
             "--command-property and --producer-props cannot be specified together."),
        ]
        for words, sentence in cases:
            with self.subTest(words=words):
                done = self.produce(*words, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertEqual(done.stderr, f"kafka-producer-perf-test: error: {sentence}\n")
        self.assertIn("At least one of --bootstrap-server", self.produce(*fine, servers=False, check=False).stderr)

    def test_reads_records(self):
        self.produce("--topic", "t", "--num-records", "2000", "--record-size", "100", "--throughput", "-1")
        done = self.consume("--topic", "t", "--num-records", "2000")
        self.assertRegex(done.stdout, "^start.time, end.time, " + COLUMNS + f"{DATE}, {DATE}, " + report(2000) + "$")
        self.assertRegex(done.stdout, f"{DATE}, {DATE}, 0.1907, ")
        done = self.consume("--include", "t.*", "--num-records", "2000", "--hide-header", "--date-format", "yyyy/MM/dd")
        self.assertRegex(done.stdout, r"^\d{4}/\d\d/\d\d, \d{4}/\d\d/\d\d, " + report(2000) + "$")

    def test_reports_details_and_ends_where_no_record_comes(self):
        self.produce("--topic", "t", "--num-records", "50", "--record-size", "10", "--throughput", "-1")
        done = self.consume("--topic", "t", "--messages", "60", "--show-detailed-stats", "--reporting-interval", "1",
                            "--timeout", "500")
        self.assertRegex(done.stdout, "^Warning: --messages is deprecated. Use --num-records instead.\ntime, threadId, " +
                         COLUMNS + rf"({DATE}, 0, " + report(r"\d+") + ")*"
                         r"WARNING: Exiting before consuming the expected number of records: timeout \(500 ms\) exceeded. You "
                         r"can use the --timeout option to increase the timeout.\n$")
        done = self.consume("--topic", "t", "--num-records", "10", "--from-latest", "--timeout", "300", "--print-metrics")
        self.assertRegex(done.stdout, r"consumer-fetch-manager-metrics:records-consumed-total:\{client-id=perf-consumer-client\} "
                         r"+: 0\.000\n")

    def test_wrong_arguments_of_the_consumer(self):
        cases = [(["--topic", "t"], "Exactly one of the following arguments is required: [messages], [num-records]"),
                 (["--num-records", "5"], "Exactly one of the following arguments is required: [topic], [include]"),
                 (["--num-records", "5", "--topic", "t", "--reporting-interval", "0"],
                  "Reporting interval must be greater than 0."),
                 (["--num-records", "5", "--include", "("], "( is not a pattern: ")]
        for words, sentence in cases:
            with self.subTest(words=words):
                done = self.consume(*words, check=False)
                self.assertEqual(done.returncode, 1)
                self.assertTrue(done.stderr.startswith(sentence), done.stderr)

    # It is stopped in the middle of what it was told to do, and still says what it has done.
    def test_ctrl_c_ends_the_producer_with_its_results(self):
        process = subprocess.Popen(
            [ROOT / "bin/kafka-producer-perf-test.sh", "--bootstrap-server", self.node.address, "--topic", "t",
             "--num-records", "1000000", "--record-size", "10", "--throughput", "100", "--reporting-interval", "100"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        first = process.stdout.readline()
        self.assertRegex(first, "^" + WINDOW)
        process.send_signal(signal.SIGINT)
        out, error = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 0, error)
        self.assertRegex(out, TOTAL.format(r"\d+") + "$")

    def test_a_broker_that_is_down_is_one_line_on_standard_error(self):
        self.node.stop()
        for done in (self.produce("--topic", "t", "--num-records", "5", "--record-size", "5", "--throughput", "-1", check=False),
                     self.consume("--topic", "t", "--num-records", "5", check=False)):
            self.assertEqual(done.returncode, 1)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)


if __name__ == "__main__":
    unittest.main()
