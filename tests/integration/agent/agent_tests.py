"""What an administrator meets: the programs as they are, with good and with bad input."""
import csv
import io
import json
import os
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import unittest

from site_and_repository import BIN, POLICY, World, wait_until

CONFIG = pathlib.Path(os.environ["TRIBUTARY_PACKAGING"]).parent / "config"

HEADER = "spell,nhs_number,surname\n"
# Valid by the check digit: 943 476 5919 and 943 476 5870 are the NHS's own examples.
ROWS = "S1,9434765919,Thornesworth\nS2,9434765870,Ackroydbottom\n"


class AgentTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)

    def run_once(self):
        return self.world.agent("run", "--once")

    def assert_nothing_leaked(self, result):
        everything = result.stdout + result.stderr + self.world.log()
        for secret in ("9434765919", "9434765870", "Thornesworth", "Ackroydbottom"):
            self.assertNotIn(secret, everything)

    def test_rows_are_extracted_deidentified_delivered_and_landed_once(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in self.world.landed()]
        self.assertEqual([row["spell"] for row in rows], ["S1", "S2"])
        self.assertEqual(sorted(rows[0]), ["person", "spell"])
        self.assertRegex(rows[0]["person"], "^[a-z2-7]{26}$")
        self.assert_nothing_leaked(result)
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(len(self.world.landed()), 2)

    def test_the_same_content_under_another_name_is_not_taken_again(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.run_once()
        self.world.drop("admissions-again.csv", HEADER + ROWS)
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(len(self.world.landed()), 2)

    def test_a_repository_that_is_down_loses_nothing_and_doubles_nothing(self):
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.run_once()
        self.assertEqual(result.returncode, 4, result.stdout + result.stderr)
        self.assertIn("wait", result.stdout)
        self.world.start_repository()
        service = self.world.service()
        self.assertTrue(wait_until(lambda: len(self.world.landed()) == 2))
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(30), 0)
        service.stdout.close()
        self.assertEqual(len(self.world.landed()), 2)

    def test_the_service_takes_what_arrives_and_stops_on_sigterm(self):
        self.world.start_repository()
        service = self.world.service()
        self.assertTrue(wait_until(lambda: "source starts" in self.world.log()))
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.assertTrue(wait_until(lambda: len(self.world.landed()) == 2), self.world.log())
        service.send_signal(signal.SIGTERM)
        self.assertEqual(service.wait(30), 0)
        service.stdout.close()
        self.assertIn("agent stopped", self.world.log())

    def test_two_agents_do_not_share_a_data_folder(self):
        service = self.world.service()
        self.assertTrue(wait_until(lambda: "source starts" in self.world.log()))
        second = self.run_once()
        service.send_signal(signal.SIGTERM)
        service.wait(30)
        service.stdout.close()
        self.assertNotEqual(second.returncode, 0)
        self.assertIn(str(service.pid), second.stderr)
        self.assertIn("data", second.stderr)

    def test_unlisted_drop_lets_a_new_column_stay_at_home(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", "spell,nhs_number,surname,new\nS1,9434765919,Thornesworth,secret\n")
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(sorted(json.loads(self.world.landed()[0])), ["person", "spell"])

    def test_unlisted_reject_stops_the_stream_before_the_first_record(self):
        self.world.start_repository()
        self.world.policy(POLICY.replace("unlisted: drop", "unlisted: reject"))
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.run_once()
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stdout + self.world.log(), r"admissions\.yaml:3:\d+: error: .*no rule names \(column 3\)")
        self.assertEqual(self.world.landed(), [])
        self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())
        self.world.policy(POLICY)
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(len(self.world.landed()), 2)

    def test_an_extract_without_a_header_shows_none_of_its_values(self):
        for unlisted in ("drop", "reject"):
            self.world.policy(POLICY.replace("unlisted: drop", "unlisted: " + unlisted))
            self.world.drop("admissions.csv", ROWS)
            check = self.world.agent("check")
            self.assertEqual(check.returncode, 3)
            self.assertIn("is its first line a header", check.stderr)
            run = self.run_once()
            self.assertEqual(run.returncode, 1)
            self.assert_nothing_leaked(check)
            self.assert_nothing_leaked(run)
            queue = b"".join(file.read_bytes() for file in (self.world.site / "data").glob("queue.db*"))
            self.assertNotIn(b"9434765919", queue)
            self.assertNotIn(b"Thornesworth", queue)
            self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())

    def test_a_policy_that_names_a_missing_field_stops_the_stream_with_its_place(self):
        self.world.policy(POLICY.replace("  spell: keep", "  spel: keep"))
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"admissions\.yaml:5:3: error: .*'spel'; the name of its column 1 is nearly the same")

    def test_a_wrong_key_id_is_told_with_its_place_and_what_to_do(self):
        self.world.policy(POLICY.replace("region-2026", "region-2062"))
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"admissions\.yaml:6:\d+: error: .*region-2062.*key import")

    def test_a_passphrase_is_no_key(self):
        key = self.world.site / "passphrase.key"
        key.write_text("correct horse battery staple")
        key.chmod(0o600)
        result = self.world.agent("key", "import", str(key))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("passphrase.key", result.stderr)
        self.assertNotIn("correct horse", result.stderr)

    def test_a_wrong_configuration_is_told_with_line_and_column(self):
        configuration = self.world.site / "tributary.yaml"
        text = configuration.read_text()
        for broken, expected in (
            (text.replace("plugin: csv", "plugn: csv"), r"tributary\.yaml:\d+:\d+: error: .*plugn.*did you mean 'plugin'"),
            (text + "site: RXX\n", r"tributary\.yaml:\d+:\d+: error: .*site"),
            (text.replace("    plugin: csv", "\tplugin: csv"), r"tributary\.yaml:\d+:\d+: error: .*tab"),
            (text.replace("site: RVW", "site: &a RVW"), r"tributary\.yaml:\d+:\d+: error: .*anchor"),
            (text.replace("folder: incoming", "foldr: incoming"), r"tributary\.yaml:\d+:\d+: error: .*foldr.*folder"),
            (text.replace("watch: 1s", "wach: 1s"), r"tributary\.yaml:\d+:\d+: error: .*wach.*watch"),
        ):
            configuration.write_text(broken)
            result = self.world.agent("check")
            self.assertEqual(result.returncode, 3, expected)
            self.assertRegex(result.stderr, expected)

    def test_two_policies_for_one_stream_and_one_policy_for_two_are_refused_with_their_place(self):
        configuration = self.world.site / "tributary.yaml"
        text = configuration.read_text()
        stream = re.search(r"^ +admissions: .*\n", text, re.M).group(0)
        policy = re.search(r"policy: \S+", stream).group(0)
        for broken, expected in (
            (text.replace(stream, stream + stream), r"tributary\.yaml:\d+:7: error: .*'admissions'"),
            (text.replace(stream, stream + stream.replace("admissions:", "transfers:", 1)),
             r"tributary\.yaml:\d+:\d+: error: the policy is for stream 'admissions'"),
            (text.replace(policy, policy + " " + policy), r"tributary\.yaml:\d+:\d+: error: .*'policy'"),
        ):
            self.assertNotEqual(broken, text)
            configuration.write_text(broken)
            self.world.drop("admissions.csv", HEADER + ROWS)
            check = self.world.agent("check")
            self.assertEqual(check.returncode, 3, check.stdout + check.stderr)
            self.assertRegex(check.stderr, expected)
            result = self.run_once()
            self.assertEqual(result.returncode, 3, result.stdout + result.stderr)
            self.assert_nothing_leaked(result)

    def test_a_certificate_of_another_site_is_refused_before_anything_starts(self):
        (self.world.site / "tributary.yaml").write_text((self.world.site / "tributary.yaml").read_text().replace("site: RVW", "site: RXX"))
        result = self.run_once()
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"certificate.*RVW.*RXX")

    def test_what_is_not_csv_is_refused_and_kept(self):
        for name, content in (("admissions-binary.csv", bytes(range(256)) * 64), ("admissions-quote.csv", b'spell,nhs_number,surname\nS1,"94347')):
            self.world.drop(name, content)
        result = self.run_once()
        self.assertNotIn(result.returncode, (2, 3))
        self.assertIn("admissions-binary.csv", self.world.log())
        self.assertTrue((self.world.site / "incoming" / "admissions-binary.csv").exists())
        self.assert_nothing_leaked(result)

    def test_rows_that_cannot_be_read_are_rejected_counted_and_reported(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", HEADER.encode() + b"S1,9434765919,Thornesworth\nS2,short\nS3,\xff\xfe,x\nS4,9434765870,Ackroydbottom\n")
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual([json.loads(line)["spell"] for line in self.world.landed()], ["S1", "S4"])
        self.assertRegex(result.stdout, r"2 records could not be read")
        self.assert_nothing_leaked(result)

    def test_the_queue_is_sealed_and_private(self):
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.run_once()
        queue = self.world.site / "data" / "queue.db"
        self.assertEqual(queue.stat().st_mode & 0o077, 0)
        for file in (file for file in queue.parent.rglob("*") if file.is_file()):
            content = file.read_bytes()
            for secret in (b"9434765919", b"Thornesworth", b'"spell":"S1'):
                self.assertNotIn(secret, content)
        self.assertEqual(sqlite3.connect(queue).execute("pragma journal_mode").fetchone()[0], "wal")

    def test_status_and_queue_list_tell_what_waits_and_why(self):
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.run_once()
        status = self.world.agent("status").stdout
        self.assertRegex(status, r"Queue: 1 chunks? wait")
        self.assertIn("Next delivery attempt", status)
        self.assertRegex(self.world.agent("queue", "list").stdout, r"admissions\s+1\s+2\s")
        self.assertIsNone(re.search("9434765919", status))

    def test_a_row_with_an_identifier_in_it_does_not_leave(self):
        self.world.start_repository()
        self.world.policy(POLICY.replace("  spell: keep", "  spell: keep\n  note: keep"))
        self.world.drop("admissions.csv", "spell,nhs_number,surname,note\nS1,9434765919,Thornesworth,well\n"
                        "S2,9434765919,Thornesworth,Mrs Thornesworth is well\nS3,9434765919,Ackroydbottom,NHS 943 476 5919\n")
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 rows queued, 2 held back by the egress guard (known_value 1, nhs_number 1", result.stdout)
        self.assertEqual([json.loads(line)["spell"] for line in self.world.landed()], ["S1"])
        self.assertIn("known_value 1, nhs_number 1", self.world.agent("held", "list").stdout)
        shown = self.world.agent("held", "show", "1")
        self.assertIn("admissions.csv, row 2, column note: known_value", shown.stdout)
        self.assertIn("admissions.csv, row 3, column note: nhs_number", shown.stdout)
        self.assert_nothing_leaked(shown)
        self.assertEqual(self.world.agent("held", "show", "1", "--records").returncode, 1)
        self.assertEqual(self.world.agent("held", "show", "x").returncode, 2)
        self.assertEqual(self.world.agent("held", "show", "2").returncode, 1)
        self.assertIn("Held back by the egress guard: 2 rows", self.world.agent("status").stdout)
        self.assert_nothing_leaked(result)
        for file in (file for file in (self.world.site / "data").rglob("*") if file.is_file()):
            for secret in (b"943 476 5919", b"Thornesworth"):
                self.assertNotIn(secret, file.read_bytes())

    def test_people_who_opted_out_stay_and_without_the_list_nothing_leaves(self):
        self.world.start_repository()
        self.world.policy(POLICY + "opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 7d}\n")
        self.world.drop("admissions.csv", HEADER + ROWS)
        listed = self.world.site / "policies" / "opt-outs.txt"
        for content, part in ((None, "opt-outs.txt"), ("", "names nobody"), ("94347659", "ends in the middle")):
            if content is not None:
                listed.write_text(content)
            result = self.run_once()
            self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
            self.assertIn(part, result.stdout + result.stderr + self.world.log())
            check = self.world.agent("check")
            self.assertEqual(check.returncode, 3)
            self.assertRegex(check.stderr, r"admissions.yaml:7:10: error: .*opt-outs.txt")
            self.assert_nothing_leaked(result)
        self.assertEqual(self.world.landed(), [])
        listed.write_text("9434765919,\n")
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("1 left out for an opt-out", result.stdout)
        self.assertEqual([json.loads(line)["spell"] for line in self.world.landed()], ["S2"])
        self.assert_nothing_leaked(result)

    def test_who_opts_out_later_is_removed_from_what_has_left(self):
        self.world.start_repository()
        self.world.policy(POLICY + "opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 7d, empty_lists: true}\n")
        listed = self.world.site / "policies" / "opt-outs.txt"
        listed.write_text("")
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.assertEqual(self.run_once().returncode, 0)
        spells = lambda: sorted(json.loads(line)["spell"] for file in self.world.repository_folder.glob("landing/site=*/stream=*/**/*.ndjson")
                                for line in file.read_text().splitlines())
        self.assertTrue(wait_until(lambda: spells() == ["S1", "S2"]))
        listed.write_text("9434765919,\n")
        result = self.run_once()  # there is nothing new to send
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(wait_until(lambda: spells() == ["S2"]), self.world.log())
        self.assertEqual(len(list(self.world.repository_folder.glob("landing/site=*/retractions=admissions/**/*.ndjson"))), 1)
        verify = [BIN / "tributary-repository", "verify", "--config", self.world.repository_folder / "repository.yaml"]
        self.assertTrue(wait_until(lambda: subprocess.run(verify, capture_output=True, check=False).returncode == 0))
        audit = self.world.agent("audit", "show").stdout
        self.assertRegex(audit, r"opt_out_list_changed.*listed.?1.*retracted.?1")
        self.assert_nothing_leaked(result)
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(self.world.agent("audit", "show").stdout.count("opt_out_list_changed"), 2)

    @unittest.skipUnless("TRIBUTARY_CORPORA" in os.environ, "TRIBUTARY_CORPORA names no folder")
    def test_a_councils_return_leaves_as_its_example_policy_says(self):
        self.world.start_repository()
        example = CONFIG / "policies" / "looked_after_children.yaml"
        self.world.policy(example.read_text().replace("stream: looked_after_children", "stream: admissions"))
        source = (pathlib.Path(os.environ["TRIBUTARY_CORPORA"]) / "ssda903_csv" / "header.csv").read_text(encoding="utf-8-sig")
        self.world.drop("admissions.csv", source)
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        given = list(csv.DictReader(io.StringIO(source)))
        rows = [json.loads(line) for line in self.world.landed()]
        self.assertEqual(len(rows), len(given))
        for before, after in zip(given, rows):
            self.assertEqual(list(after), ["child_pseudonym", "pupil_pseudonym", "SEX", "birth_year", "age_band", "ETHNIC", "MOTHER"])
            self.assertEqual(after["birth_year"], before["DOB"][-4:])
            self.assertRegex(after["child_pseudonym"], "^[a-z2-7]{26}$")
            self.assertRegex(after["age_band"], r"^(\d+-\d+|18\+)$")
            self.assertNotIn(before["UPN"] or "no pupil", json.dumps(after))

    def test_the_report_is_a_page_for_a_governance_officer(self):
        self.world.policy(POLICY.replace("  spell: keep", "  spell: keep\n  sex: {action: keep, allow: [M, F]}\n  surname: drop")
                          + "disclosure: {quasi_identifiers: sex, k: 2}\n")
        self.world.drop("admissions.csv", "spell,nhs_number,surname,sex\nS1,9434765919,Thornesworth,F\nS2,9434765870,Ackroydbottom,X\n"
                        "S3,9434765918,Thornesworth,F\n")
        page = self.world.folder / "statement.html"
        result = self.world.agent("report", "--output", str(page))
        self.assertEqual(result.returncode, 0, result.stderr)
        markdown = self.world.agent("report", "--format", "markdown").stdout
        for part in ("Stream admissions", "replaced by a keyed pseudonym", "region-2026", "does not leave", "check_digit 1",
                     "rows that are alone in their class"):
            self.assertIn(part, page.read_text())
            self.assertIn(part.replace("_", r"\_"), markdown)
        for secret in ("9434765919", "Thornesworth"):
            self.assertNotIn(secret, page.read_text() + markdown)
        self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())
        self.assertFalse((self.world.site / "data" / "queue.db").exists())
        browser = shutil.which("chromium")
        self.assertIsNotNone(browser, "packaging/dependencies.sh --test installs chromium")
        options = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr", f"--user-data-dir={self.world.folder}/browser"]
        shown = subprocess.run([*options, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
        self.assertIn("<td>replaced by a keyed pseudonym (nhs_number)</td>", shown.stdout)
        self.assertNotIn("CONSOLE", shown.stderr)
        printed = self.world.folder / "statement.pdf"
        subprocess.run([*options, f"--print-to-pdf={printed}", page.as_uri()], capture_output=True, timeout=120, check=True)
        self.assertGreater(printed.stat().st_size, 10_000)
        self.world.policy(POLICY.replace("planning", "plan ning"))
        self.assertEqual(self.world.agent("report").returncode, 3)

    def test_the_preview_goes_to_a_terminal_only(self):
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.world.agent("preview", "admissions")
        self.assertEqual(result.returncode, 1)
        self.assertIn("terminal", result.stderr)
        self.assert_nothing_leaked(result)

    def test_the_preview_marks_what_each_rule_did_and_why_a_value_became_null(self):
        self.world.policy(POLICY.replace("  spell: keep", "  spell: keep\n  note: keep\n  surname: drop\n  sex: {action: keep, allow: [M, F]}"))
        self.world.drop("admissions.csv", "spell,nhs_number,surname,sex,note,ward\nS1,9434765918,Thornesworth,X,Mrs Thornesworth,A1\n")
        command = f"'{BIN / 'tributary'}' preview admissions --config '{self.world.site / 'tributary.yaml'}'"
        shown = subprocess.run(["script", "-qec", command, "/dev/null"], capture_output=True, text=True, timeout=120, check=False,
                               stdin=subprocess.DEVNULL).stdout
        for line in (r"nhs_number +9434765918 +person +\(null\) +pseudonym: emptied, check_digit", r"spell +S1 +spell +S1 +keep",
                     r"sex +X +sex +\(null\) +keep: emptied, not_allowed", r"surname +Thornesworth +- +\(does not leave\) +drop",
                     r"ward +A1 +- +\(does not leave\) +no rule names it", "Held back by the egress guard: known_value in note"):
            self.assertRegex(shown, line)
        self.assertNotIn("Thornesworth", self.world.log())

    def test_init_overwrites_nothing(self):
        result = self.world.tributary("init", str(self.world.site))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("overwrites nothing", result.stderr)

    def test_verify_finds_a_changed_chunk(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", HEADER + ROWS)
        self.run_once()
        self.world.landed()
        verify = [BIN / "tributary-repository", "verify", "--config", self.world.repository_folder / "repository.yaml"]
        self.assertEqual(subprocess.run(verify, capture_output=True, check=False).returncode, 0)
        chunk = next(self.world.repository_folder.glob("store/**/*.cms"))
        content = bytearray(chunk.read_bytes())
        content[-20] ^= 1
        chunk.chmod(0o600)
        chunk.write_bytes(content)
        self.assertNotEqual(subprocess.run(verify, capture_output=True, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
