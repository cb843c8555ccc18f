"""`sluice dev`: checks against files that Kafka made."""
import pathlib
import tempfile
import unittest

from node import ROOT, tool

GOLDEN = ROOT / "tests/golden"


class DevToolTest(unittest.TestCase):
    def dev(self, *arguments, check=True):
        return tool("sluice", "dev", *arguments, check=check)

    def test_the_golden_vectors_agree(self):
        wire = self.dev("check-wire", *sorted(GOLDEN.glob("wire/*.jsonl")))
        self.assertRegex(wire.stdout, r"^[1-9]\d{3,} vectors agree, 0 differ\n$")
        records = self.dev("check-records", GOLDEN / "vectors/record_batches.jsonl", GOLDEN / "vectors/control_batches.jsonl")
        self.assertRegex(records.stdout, r"^[1-9]\d+ passed, 0 differ\n$")

    def test_a_difference_is_shown_and_fails(self):
        for command, file in {"check-wire": "wire/data.jsonl", "check-records": "vectors/control_batches.jsonl"}.items():
            with self.subTest(command), tempfile.NamedTemporaryFile("w", suffix=".jsonl") as changed:
                lines = (GOLDEN / file).read_text(encoding="utf-8").splitlines()[:3]
                lines[1] = lines[1].replace('"hex":"', '"hex":"ff').replace('"hex": "', '"hex": "ff')
                changed.write("\n".join(lines) + "\n")
                changed.flush()
                said = self.dev(command, changed.name, check=False)
                self.assertEqual(said.returncode, 1)
                self.assertRegex(said.stdout, r"2 (vectors agree|passed), 1 differ\n$")
                self.assertIn(pathlib.Path(changed.name).name, said.stdout)

    def test_bad_arguments_fail(self):
        self.assertEqual(self.dev("check-wire", "/nowhere.jsonl", check=False).stderr, "/nowhere.jsonl cannot be read\n")
        for arguments in ([], ["check-wire"], ["nope", "file"]):
            said = self.dev(*arguments, check=False)
            self.assertEqual(said.returncode, 1)
            self.assertIn("USAGE: sluice dev", said.stderr)


if __name__ == "__main__":
    unittest.main()
