"""What an administrator meets: the programs as they are, with good and with bad input."""
import json
import re
import signal
import sqlite3
import subprocess
import unittest

from site_and_repository import BIN, POLICY, World, wait_until

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

    def test_the_preview_goes_to_a_terminal_only(self):
        self.world.drop("admissions.csv", HEADER + ROWS)
        result = self.world.agent("preview", "admissions")
        self.assertEqual(result.returncode, 1)
        self.assertIn("terminal", result.stderr)
        self.assert_nothing_leaked(result)

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
