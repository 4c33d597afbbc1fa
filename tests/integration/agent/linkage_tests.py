import json
import shutil
import subprocess
import unittest

from site_and_repository import BIN, PACKAGING, World, wait_until

EXAMPLE = PACKAGING.parent / "config" / "policies" / "admissions_with_linkage.yaml"
POLICY = """policy: 1
stream: admissions
unlisted: drop
fields:
  spell: keep
  note: keep
linkage:
  stream: admissions_linkage
  fields:
    surname: {action: clk, schema: person.json, key: linkage-2026, features: {first_name: forename, date_of_birth: dob}, as: clk}
"""
OPT_OUT = """  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}
opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 7d, empty_lists: true}
"""
NHS_NUMBERS = ["9434765919", "9434765870", "9434765889", "9434765897", "9434765900"]


def rows(numbers, notes):
    return "spell,nhs_number,forename,surname,dob,sex,postcode,note\n" + "".join(
        f"S{i},{number},anna{chr(97 + i)},smith{chr(97 + i)},1950-01-{i + 1:02d},1,LS1 4A{chr(65 + i)},{note}\n"
        for i, (number, note) in enumerate(zip(numbers, notes)))


class LinkageTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        created = self.world.tributary("key", "create", "linkage-2026", "--domain", "linkage", "--output", str(self.world.site / "keys"))
        assert created.returncode == 0, created.stderr
        shutil.copy(PACKAGING.parent / "config" / "linkage" / "person.json", self.world.site / "policies" / "person.json")

    def landed(self, stream):
        return [json.loads(line) for file in sorted(self.world.repository_folder.glob(f"landing/site=*/stream={stream}/**/*.ndjson"))
                for line in file.read_text().splitlines()]

    def keys(self, stream):
        return {row["row_key"] for row in self.landed(stream)}

    def run_once(self):
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result

    def test_records_and_encodings_land_apart_and_join_by_the_row_key(self):
        self.world.start_repository()
        self.world.policy(POLICY)
        self.world.drop("admissions.csv", rows(NHS_NUMBERS, ["well", "well", "her surname is smithc", "well", "call 943 476 5919"]))
        result = self.run_once()
        self.world.landed()
        records, encodings = self.landed("admissions"), self.landed("admissions_linkage")
        # Two rows are held back by the guard: a surname and an NHS number in a note. Their encodings stay too.
        self.assertEqual(sorted(row["spell"] for row in records), ["S0", "S1", "S3"])
        self.assertEqual(self.keys("admissions"), self.keys("admissions_linkage"))
        self.assertEqual(len(encodings), 3)
        for row in encodings:
            self.assertEqual(set(row), {"clk", "row_key"})
        self.assertEqual(len({row["clk"] for row in encodings}), 3)
        self.assertRegex(result.stdout, r"Stream admissions_linkage: 3 rows queued, 2 held back .*record_held 2")

    def test_the_same_row_has_another_key_in_each_run(self):
        self.world.start_repository()
        self.world.policy(POLICY)
        for name in ("admissions-1.csv", "admissions-2.csv"):
            self.world.drop(name, rows(NHS_NUMBERS, ["well", name, "well", "well", "well"]))
            self.run_once()
        self.assertTrue(wait_until(lambda: len(self.landed("admissions_linkage")) == 10 and len(self.landed("admissions")) == 10))
        self.assertEqual(len(self.keys("admissions")), 10)
        self.assertEqual(self.keys("admissions"), self.keys("admissions_linkage"))
        self.assertEqual(len({row["clk"] for row in self.landed("admissions_linkage")}), 5)

    def test_who_opted_out_has_no_encoding_and_loses_it_on_a_retraction(self):
        self.world.start_repository()
        self.world.policy(POLICY.replace("  note: keep\n", "  note: keep\n" + OPT_OUT.partition("\n")[0] + "\n") + OPT_OUT.partition("\n")[2])
        listed = self.world.site / "policies" / "opt-outs.txt"
        listed.write_text(NHS_NUMBERS[0] + "\n")
        self.world.drop("admissions.csv", rows(NHS_NUMBERS, ["well"] * 5))
        self.run_once()
        self.assertTrue(wait_until(lambda: len(self.landed("admissions_linkage")) == 4 and len(self.landed("admissions")) == 4))
        self.assertEqual(self.keys("admissions"), self.keys("admissions_linkage"))
        key_of = {row["spell"]: row["row_key"] for row in self.landed("admissions")}
        listed.write_text(f"{NHS_NUMBERS[0]}\n{NHS_NUMBERS[2]}\n")
        self.run_once()
        self.assertTrue(wait_until(lambda: len(self.landed("admissions_linkage")) == 3), self.world.log())
        self.assertEqual(self.keys("admissions"), set(key_of.values()) - {key_of["S2"]})
        self.assertEqual(self.keys("admissions"), self.keys("admissions_linkage"))
        verify = [BIN / "tributary-repository", "verify", "--config", self.world.repository_folder / "repository.yaml"]
        self.assertTrue(wait_until(lambda: subprocess.run(verify, capture_output=True, check=False).returncode == 0))

    def test_encodings_need_a_stream_name_of_their_own(self):
        self.world.policy(POLICY)
        self.world.configure()
        file = self.world.site / "tributary.yaml"
        file.write_text(file.read_text() + '      admissions_linkage: {policy: policies/other.yaml, options: {files: "other*.csv"}}\n')
        (self.world.site / "policies" / "other.yaml").write_text("policy: 1\nstream: admissions_linkage\nfields: {a: keep}\n")
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"admissions.yaml:8:\d+: error: there is a stream 'admissions_linkage' already")

    def test_a_key_of_encodings_makes_nothing_else_on_the_site(self):
        self.world.policy(POLICY.replace("linkage-2026", "region-2026"))
        file = self.world.site / "tributary.yaml"
        file.write_text(file.read_text() + '      patients: {policy: policies/patients.yaml, options: {files: "patients*.csv"}}\n')
        (self.world.site / "policies" / "patients.yaml").write_text(
            "policy: 1\nstream: patients\nfields:\n  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning}\n")
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"admissions.yaml:10:\d+: error: encodings need a linkage key of their own.*stream 'patients'")

    def test_report_and_preview_show_both_streams(self):
        self.world.policy(POLICY)
        self.world.drop("admissions.csv", rows(NHS_NUMBERS, ["well"] * 5))
        check = self.world.agent("check").stdout
        self.assertRegex(check, r"hospital +admissions +3 ")
        self.assertRegex(check, r"hospital +admissions_linkage +2 +linkage-2026")
        report = self.world.agent("report", "--format", "markdown")
        self.assertEqual(report.returncode, 0, report.stderr)
        for part in ("## Stream admissions\n", "## Stream admissions\\_linkage\n", "| surname (with forename, dob, sex, postcode) | clk | a linkage encoding", "a random key of the row",
                     "| surname | 5 | 0 | 0 |"):
            self.assertIn(part, report.stdout)
        command = f"'{BIN / 'tributary'}' preview admissions --config '{self.world.site / 'tributary.yaml'}'"
        shown = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=120, check=False,
                               stdin=subprocess.DEVNULL).stdout
        self.assertRegex(shown, r"surname +smitha +admissions_linkage: clk +[A-Za-z0-9+/]{20}")
        self.assertRegex(shown, r"\(not of the source\) +row_key +[a-z2-7]{26} +random: joins the row")

    def test_the_example_policy_runs(self):
        self.world.start_repository()
        (self.world.site / "linkage").mkdir()
        shutil.copy(PACKAGING.parent / "config" / "linkage" / "person.json", self.world.site / "linkage" / "person.json")
        self.world.policy(EXAMPLE.read_text())
        self.world.drop("admissions.csv", "spell_id,admitted,specialty,forename,surname,dob,sex,postcode\n"
                        "1,02/03/2026,100,anna,smith,1950-01-02,2,LS1 4AA\n2,03/03/2026,101,bert,jones,1951-01-02,1,LS1 4AB\n")
        self.run_once()
        self.assertTrue(wait_until(lambda: len(self.landed("admissions_linkage")) == 2 and len(self.landed("admissions")) == 2))
        self.assertTrue(all(row["clk"] for row in self.landed("admissions_linkage")))
        self.assertEqual({tuple(row) for row in self.landed("admissions")}, {("spell_id", "admitted", "specialty", "row_key")})


if __name__ == "__main__":
    unittest.main()
