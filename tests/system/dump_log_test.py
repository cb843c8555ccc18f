"""kafka-dump-log.sh: the same text as Kafka's own, on what Kafka wrote and on what is torn."""
import pathlib
import shutil
import struct
import tempfile
import unittest

import transcripts
from node import Node, tool

SEGMENT = "00000000000000000000.log"
# A batch of five records as Kafka's own classes encode them: a segment begun, the same done, two updates, a deletion.
REMOTE_LOG_METADATA = bytes.fromhex(
    "0000000000000000000001fbffffffff02451570210000000000040000018bcfe568000000018bcfe56800ffffffffffffffffffffffffff"
    "ff00000005fa0100000001ec01010000076f72646572732445d8e9aab3418fb7d8fe534adcda16000000030032f0f1cd599c46c693cf7ddb"
    "52e454e800000000000000000a0000000000000063000000010000018bcfe568000000018bcfe569f40300000000000000000000000a0000"
    "0000020000000000000037000000303900000000860200000201f801010000076f72646572732445d8e9aab3418fb7d8fe534adcda160000"
    "00030032f0f1cd599c46c693cf7ddb52e454e800000000000000000a0000000000000063000000010000018bcfe568000000018bcfe569f4"
    "0300000000000000000000000a000000000200000000000000370000003039040102fd0101000101009201000004018401010100076f7264"
    "6572732445d8e9aab3418fb7d8fe534adcda16000000030032f0f1cd599c46c693cf7ddb52e454e800000000010000018bcfe56a58040102"
    "fd0100008a01000006017e010100076f72646572732445d8e9aab3418fb7d8fe534adcda16000000030032f0f1cd599c46c693cf7ddb52e4"
    "54e800000000010000018bcfe56a580002000066000008015a010200076f72646572732445d8e9aab3418fb7d8fe534adcda160000000300"
    "000000010000018bcfe56abc000000")
SEGMENT_ID = "RemoteLogSegmentId{topicIdPartition=JEXY6aqzQY-32P5TStzaFg:orders-3, id=MvDxzVmcRsaTz33bUuRU6A}"


class DumpLogTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = pathlib.Path(tempfile.mkdtemp(prefix="sluice-system-"))
        cls.data = transcripts.extract_fixture("data", cls.root)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root, ignore_errors=True)

    def setUp(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="sluice-system-"))
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def dump(self, *arguments, check=True):
        return tool("kafka-dump-log.sh", *arguments, check=check)

    def file(self, name, content):
        path = self.directory / name
        path.write_bytes(content)
        return path

    def read(self, name):
        return (self.data / name).read_bytes()

    def test_prints_what_kafka_prints(self):
        names = ["data.txt", "transaction-log-decoder.txt", "offsets-decoder.head.txt", "share-group-state-decoder.head.txt",
                 "cluster-metadata-decoder.head.txt"]
        runs = [(name, one) for name in names for one in transcripts.read(name) if one.words[0] == "kafka-dump-log.sh"]
        self.assertGreater(len(runs), 12)
        for name, one in runs:
            with self.subTest(one.words):
                said = self.dump(*[word.replace("<DATA>", str(self.data)) for word in one.words[1:]], check=False)
                text = said.stdout.replace(str(self.data), "<DATA>")
                if ".head." in name:
                    text = text[:len(one.stdout)]
                self.assertEqual(text, one.stdout)
                self.assertEqual((said.returncode, said.stderr), (one.code, one.stderr))

    def test_every_file_of_kafkas_directory_can_be_dumped(self):
        files = sorted(path for path in self.data.rglob("*")
                       if path.suffix in (".log", ".index", ".timeindex", ".txnindex", ".snapshot", ".checkpoint"))
        said = self.dump("--deep-iteration", "--files", ",".join(map(str, files)))
        self.assertEqual(said.stdout.count("Dumping "), len(files))
        self.assertNotIn("isvalid: false", said.stdout)
        self.assertNotIn("invalid bytes", said.stdout)
        self.assertNotIn("Mismatches", said.stderr)

    def test_a_node_of_ours_leaves_files_that_fit(self):
        node = Node("log.index.interval.bytes=500")
        self.addCleanup(node.close)
        node.start()
        tool("kafka-console-producer.sh", "--bootstrap-server", node.address, "--topic", "made",
             text="".join(f"line {i}\n" for i in range(500)))
        node.stop()
        log = node.directory / "data/made-0"
        said = self.dump("--print-data-log", "--files", log / SEGMENT).stdout
        self.assertIn(" headerKeys: [] payload: line 499\n", said)
        indexes = self.dump("--files", f"{log}/00000000000000000000.index,{log}/00000000000000000000.timeindex")
        self.assertEqual(indexes.stderr, "")

    def test_torn_and_bent_bytes_are_shown(self):
        whole = self.read(f"small-0/{SEGMENT}")
        bent = bytearray(whole)
        bent[70] ^= 1
        path = self.file(SEGMENT, bytes(bent[:-5]))
        said = self.dump("--files", path).stdout.splitlines()
        self.assertTrue(said[2].endswith("isvalid: false"))
        self.assertTrue(said[3].endswith("isvalid: true"))
        self.assertEqual(said[-1], f"Found 80 invalid bytes at the end of {SEGMENT}")
        self.assertEqual(len(self.dump("--max-bytes", "200", "--files", path).stdout.splitlines()), 4)
        short = self.file("00000000000000000007.log", b"\0" * 8 + struct.pack(">i", 3) + b"\0" * 40)
        refused = self.dump("--files", short, check=False)
        self.assertEqual((refused.returncode, refused.stderr),
                         (1, f"Found record size 3 smaller than minimum record overhead (14) in file {short}.\n"))

    def test_gaps_are_told(self):
        path = self.file("00000000000000000002.log", self.read(f"small-0/{SEGMENT}")[87:])
        said = self.dump("--deep-iteration", "--files", path)
        self.assertEqual(said.stderr, f"Non-consecutive offsets in {path}\n  -1 is followed by 2\n")

    def test_indexes_that_do_not_fit_are_told(self):
        base = "00000000000000005000"
        self.file(f"{base}.log", self.read(f"orders-0/{base}.log"))
        index = bytearray(self.read(f"orders-0/{base}.index")[:24])
        index[3] += 1  # The first entry's offset.
        said = self.dump("--verify-index-only", "--files", self.file(f"{base}.index", bytes(index)))
        self.assertEqual(said.stderr, f"Mismatches in :{self.directory}/{base}.index\n  Index offset: 5156, log offset: 5155\n")
        self.assertEqual(said.stdout, f"Dumping {self.directory}/{base}.index\n")
        times = bytearray(self.read(f"orders-0/{base}.timeindex")[:36])
        times[19] = 0  # Of the second entry's time.
        said = self.dump("--files", self.file(f"{base}.timeindex", bytes(times)))
        self.assertIn("Found timestamp mismatch in :", said.stderr)
        self.assertIn("Found out of order timestamp in :", said.stderr)
        cut = self.file(f"{base}.timeindex", bytes(times[:30]))
        said = self.dump("--index-sanity-check", "--files", cut, check=False)
        self.assertEqual(said.returncode, 1)
        self.assertEqual(len(said.stderr.splitlines()), 1)
        (self.directory / f"{base}.log").unlink()
        said = self.dump("--files", cut, check=False)
        self.assertEqual((said.returncode, said.stderr), (1, f"{self.directory}/{base}.log cannot be read\n"))

    def test_remote_log_metadata(self):
        path = self.file(SEGMENT, REMOTE_LOG_METADATA)
        said = self.dump("--remote-log-metadata-decoder", "--skip-record-metadata", "--files", path).stdout.splitlines()[3:]
        start = (f"| payload: RemoteLogSegmentMetadata{{remoteLogSegmentId={SEGMENT_ID}, startOffset=10, endOffset=99, brokerId=1, "
                 "maxTimestampMs=1700000000000, eventTimestampMs=1700000000500, segmentLeaderEpochs={0=10, 2=55}, "
                 "segmentSizeInBytes=12345, ")
        update = f"| payload: RemoteLogSegmentMetadataUpdate{{remoteLogSegmentId={SEGMENT_ID}, "
        self.assertEqual(said, [
            start + "customMetadata=Optional.empty, state=COPY_SEGMENT_STARTED, txnIdxEmpty=false}",
            start + "customMetadata=Optional[CustomMetadata{3 bytes}], state=COPY_SEGMENT_FINISHED, txnIdxEmpty=true}",
            update + "customMetadata=Optional[CustomMetadata{3 bytes}], state=COPY_SEGMENT_FINISHED, "
            "eventTimestampMs=1700000000600, brokerId=1}",
            update + "customMetadata=Optional.empty, state=DELETE_SEGMENT_STARTED, eventTimestampMs=1700000000600, brokerId=1}",
            "| payload: RemotePartitionDeleteMetadata{topicPartition=JEXY6aqzQY-32P5TStzaFg:orders-3, "
            "state=DELETE_PARTITION_MARKED, eventTimestampMs=1700000000700, brokerId=1}"])

    def test_records_that_a_decoder_cannot_read_are_told(self):
        small = self.data / "small-0" / SEGMENT
        said = self.dump("--cluster-metadata-decoder", "--max-bytes", "100", "--files", small).stdout
        self.assertIn("payload: Error at 0, skipping. Could not deserialize metadata record due to unknown frame version 110", said)
        said = self.dump("--offsets-decoder", "--files", small, check=False)
        self.assertEqual((said.returncode, said.stderr),
                         (1, "Failed to decode message at offset 0 using the specified decoder (message had a missing key)\n"))

    def test_decoder_classes(self):
        small = self.data / "small-0" / SEGMENT
        said = self.dump("--value-decoder-class", "--max-bytes", "100", "--files", small).stdout
        self.assertIn("payload: none-1\n", said)
        said = self.dump("--value-decoder-class", "org.apache.kafka.tools.api.IntegerDecoder", "--max-bytes", "100", "--files",
                         small).stdout
        self.assertIn(f"payload: {struct.unpack('>i', b'none')[0]}\n", said)
        said = self.dump("--value-decoder-class", "com.example.Mine", "--files", small, check=False)
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stderr, r"^Failed to load decoder class com\.example\.Mine: .*\n$")

    def test_bad_arguments_fail(self):
        said = self.dump(check=False)
        self.assertEqual((said.returncode, said.stderr.splitlines()[0]), (1, 'Missing required argument "[files]"'))
        said = self.dump("--nonsense", check=False)
        self.assertEqual((said.returncode, said.stderr.splitlines()[0]), (1, "nonsense is not a recognized option"))
        said = self.dump("--files", self.directory / "xx.log", check=False)
        self.assertEqual((said.returncode, said.stderr), (1, 'For input string: "xx"\n'))
        said = self.dump("--files", self.directory / SEGMENT, check=False)
        self.assertEqual((said.returncode, said.stderr), (1, f"{self.directory}/{SEGMENT} cannot be read\n"))
        said = self.dump("--files", self.file("foo.txt", b""))
        self.assertEqual(said.stderr, f"Ignoring unknown file {self.directory}/foo.txt\n")


if __name__ == "__main__":
    unittest.main()
