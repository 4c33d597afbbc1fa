import contextlib
import json
import pathlib
import sqlite3
import unittest

from site_and_repository import World, wait_until

POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""
REASON = "sent again by hand, ticket 4711"


class QueueTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.policy(POLICY)

    def audit(self):
        return self.world.agent("audit", "show").stdout

    def refused_chunk(self):
        """A chunk that opens to more than the repository takes is refused for good."""
        configuration = self.world.repository_folder / "repository.yaml"
        configuration.write_text(configuration.read_text() + "limits: {plain_mib: 1}\n")
        self.world.start_repository()
        self.world.drop("admissions-2.csv", "spell,note\n" + "S2,well\n" * 100_000)
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, 4, result.stdout + result.stderr)
        listed = self.world.agent("queue", "list").stdout
        self.assertIn("quarantined", listed)
        return listed.splitlines()[1].split()[0]

    def test_what_the_repository_refused_is_shown_exported_tried_again_and_discarded(self):
        chunk = self.refused_chunk()
        shown = self.world.agent("queue", "show", chunk).stdout
        self.assertIn("in quarantine", shown)
        self.assertIn("chunks may have", shown)
        manifest = json.loads(shown.partition("signs:\n")[2])
        self.assertEqual((manifest["id"], manifest["sequence"], manifest["rows"]), (chunk, 1, 100_000))
        self.assertEqual(self.world.agent("queue", "verify").returncode, 0)

        folder = self.world.folder / "for the operator"
        exported = self.world.agent("queue", "export", chunk, "--output", str(folder))
        self.assertEqual(exported.returncode, 0, exported.stderr)
        self.assertEqual(json.loads((folder / f"{chunk}.json").read_text()), manifest)
        self.assertEqual((folder / f"{chunk}.cms").stat().st_size, manifest["sealed_bytes"])
        self.assertNotIn(b"spell", (folder / f"{chunk}.cms").read_bytes())

        self.assertEqual(self.world.agent("queue", "retry", "--quarantined").returncode, 0)
        self.assertNotIn("quarantined", self.world.agent("queue", "list").stdout)
        self.assertEqual(self.world.agent("run", "--once").returncode, 4)  # refused once more
        self.assertIn("quarantined", self.world.agent("queue", "list").stdout)

        self.assertEqual(self.world.agent("queue", "discard", chunk).returncode, 2)  # no reason
        self.assertIn("quarantined", self.world.agent("queue", "list").stdout)
        discarded = self.world.agent("queue", "discard", chunk, "--reason", REASON)
        self.assertEqual(discarded.returncode, 0, discarded.stderr)
        self.assertIn("Discarded 100,000 rows for good: number 1 of stream admissions", discarded.stdout)
        self.assertIn("The queue is empty.", self.world.agent("queue", "list").stdout)
        self.assertRegex(self.audit(), rf"chunk_discarded .*{chunk}.*{REASON}")
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)
        for words in (("show", chunk), ("discard", chunk, "--reason", REASON), ("retry", chunk), ("export", chunk)):
            again = self.world.agent("queue", *words)
            self.assertEqual(again.returncode, 1)
            self.assertIn(f"there is no chunk {chunk} in the queue", again.stderr)

    def test_what_waits_for_delivery_cannot_be_discarded(self):
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.assertEqual(self.world.agent("run", "--once").returncode, 4)
        chunk = self.world.agent("queue", "list").stdout.splitlines()[1].split()[0]
        result = self.world.agent("queue", "discard", chunk, "--reason", REASON)
        self.assertEqual(result.returncode, 1)
        self.assertIn("waits for delivery", result.stderr)
        self.assertNotIn("chunk_discarded", self.audit())
        self.world.start_repository()
        self.assertEqual(self.world.agent("queue", "retry", chunk).returncode, 0)
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertEqual([json.loads(line)["spell"] for line in self.world.landed()], ["S1"])

    def test_the_repository_knows_when_a_run_is_whole(self):
        """A run that two files make is over when both are there; until it is reached, its manifest waits with them."""
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.assertEqual(self.world.agent("run", "--once").returncode, 4)
        self.assertIn("the manifests of 1 runs that are over wait", self.world.agent("status").stdout)
        listed = self.world.agent("queue", "list").stdout
        run = listed.partition("Manifests of runs that are over")[2].splitlines()[2].split()[0]
        shown = self.world.agent("queue", "show", run).stdout
        manifest = json.loads(shown.partition("signs:\n")[2])
        self.assertEqual((manifest["id"], manifest["state"], manifest["streams"][0]["rows"]), (run, "complete", 1))
        discarded = self.world.agent("queue", "discard", run, "--reason", REASON)
        self.assertEqual(discarded.returncode, 1)
        self.assertIn("waits for delivery", discarded.stderr)

        self.world.start_repository()
        self.assertEqual(self.world.agent("queue", "retry", "--waiting").returncode, 0)
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertNotIn("runs that are over", self.world.agent("status").stdout)
        self.assertEqual(self.world.tributary_repository("runs").stdout, "every run that has arrived is whole\n")
        self.assertRegex(self.world.tributary_repository("runs", "--all").stdout, rf"admissions +{run} +1/1 +1/1 .* whole\n")
        self.assertIn("1 run manifests", self.world.tributary_repository("verify").stdout)

        self.assertEqual(self.world.agent("queue", "verify").returncode, 0)
        with contextlib.closing(sqlite3.connect(self.world.site / "data" / "queue.db")) as queue, queue:
            queue.execute("UPDATE run_manifests SET receipt = (SELECT jws FROM receipts)")
        verified = self.world.agent("queue", "verify")
        self.assertEqual(verified.returncode, 1)
        self.assertIn(f"the receipt of run {run}", verified.stdout)

    def test_a_damaged_payload_is_found(self):
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.world.agent("run", "--once")
        queue = pathlib.Path(self.world.site / "data" / "queue.db")
        sealed = self.world.folder / "out"
        chunk = self.world.agent("queue", "list").stdout.splitlines()[1].split()[0]
        self.world.agent("queue", "export", chunk, "--output", str(sealed))
        payload = (sealed / f"{chunk}.cms").read_bytes()
        content = queue.read_bytes()
        self.assertIn(payload[100:200], content)
        queue.write_bytes(content.replace(payload[100:200], bytes(byte ^ 1 for byte in payload[100:200])))
        result = self.world.agent("queue", "verify")
        self.assertEqual(result.returncode, 1)
        self.assertIn("does not match its digest", result.stdout)
        self.assertEqual(self.world.agent("queue", "export", chunk, "--output", str(sealed)).returncode, 1)

    def test_held_rows_are_discarded_with_a_reason(self):
        self.world.start_repository()
        self.world.drop("admissions-1.csv", "spell,note\nS1,call 943 476 5919\nS2,well\n")
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertIn("nhs_number 1", self.world.agent("held", "list").stdout)
        self.assertEqual(self.world.agent("held", "discard", "1").returncode, 2)
        self.assertEqual(self.world.agent("held", "discard", "7", "--reason", REASON).returncode, 1)
        self.assertNotIn("held_rows_discarded", self.audit())
        result = self.world.agent("held", "discard", "1", "--reason", REASON)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("has held no row back", self.world.agent("held", "list").stdout)
        self.assertRegex(self.audit(), rf"held_rows_discarded .*{REASON} rows=1")


class LostQueueTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.policy(POLICY)
        self.world.configure(options="{folder: incoming, settle: 0s, afterwards: leave}")
        self.queue = self.world.site / "data" / "queue.db"

    def spells(self):
        return sorted(json.loads(line)["spell"] for line in self.world.landed())

    def run_once(self, code):
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result.stdout + result.stderr

    def resume(self):
        self.assertEqual(self.world.agent("queue", "resume").returncode, 2)  # no reason
        result = self.world.agent("queue", "resume", "--reason", REASON)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("Sources run again", result.stdout)
        self.assertIn("not held", self.world.agent("queue", "resume", "--reason", REASON).stdout)

    def test_after_a_lost_queue_no_source_runs_before_somebody_has_decided(self):
        self.world.start_repository()
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.run_once(0)
        for file in self.world.site.glob("data/queue.db*"):
            file.unlink()
        self.world.drop("admissions-2.csv", "spell,note\nS2,well\n")
        self.assertIn("it is not known where the sources stood", self.run_once(1))
        self.assertEqual(self.spells(), ["S1"])
        self.assertIn("Sources are held: since", self.world.agent("status").stdout)
        (self.world.site / "incoming" / "admissions-1.csv").unlink()  # what was delivered, says the administrator
        self.resume()
        self.run_once(0)
        self.assertEqual(self.spells(), ["S1", "S2"])
        gaps = self.world.tributary_repository("gaps").stdout
        self.assertIn("numbering 2, the site has begun to number the stream anew", gaps)
        self.assertEqual(self.world.tributary_repository("settle", "RVW", "admissions").returncode, 1)  # no reason
        self.assertEqual(self.world.tributary_repository("gaps").stdout, gaps)
        settled = self.world.tributary_repository("settle", "RVW", "admissions", "--reason", REASON)
        self.assertIn("1 gaps and 0 runs are settled", settled.stdout, settled.stderr)
        self.assertIn("no gaps", self.world.tributary_repository("gaps").stdout)
        self.assertRegex(self.world.tributary_repository("gaps", "--all").stdout, rf"settled 20\S+: {REASON}")
        self.assertIn("nothing to settle", self.world.tributary_repository("settle", "RVW", "admissions", "--reason", REASON).stderr)
        self.assertEqual(self.world.tributary_repository("verify").returncode, 0)
        audit = self.world.agent("audit", "show").stdout
        self.assertIn("queue_lost", audit)
        self.assertRegex(audit, rf"positions_accepted .*{REASON}")
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)

    def test_a_damaged_queue_is_moved_aside_and_what_is_whole_of_it_is_delivered(self):
        for number in range(1, 6):
            self.world.drop(f"admissions-{number}.csv", f"spell,note\nS{number},well\n")
            self.run_once(4)
        queued = self.world.agent("queue", "list").stdout
        content = bytearray(self.queue.read_bytes())
        page = next(at for at in range(16384, len(content), 16384) if b"admissions-" not in content[at : at + 16384] and b"interrupted" not in content[at : at + 16384] and content[at] == 10)
        content[page : page + 16384] = bytes(byte ^ 0x5A for byte in content[page : page + 16384])  # an index
        self.queue.write_bytes(content)
        self.world.start_repository()
        self.run_once(0)
        self.assertEqual(self.spells(), ["S1", "S2", "S3", "S4", "S5"], queued)
        aside = [file.name for file in self.queue.parent.glob("queue.db.damaged-*")]
        self.assertTrue(aside)
        self.assertRegex(self.world.agent("audit", "show").stdout, r"queue_damaged .*chunks_saved=5 .*lost=0 positions_lost=0")
        self.assertIn("moved aside", self.world.log())
        # Old and new numbers of one stream, each in order.
        self.world.drop("admissions-6.csv", "spell,note\nS6,well\n")
        self.run_once(0)
        self.assertEqual(self.spells(), ["S1", "S2", "S3", "S4", "S5", "S6"])
        self.assertEqual(self.world.tributary_repository("verify").returncode, 0)

    def test_an_agent_at_work_replaces_a_queue_that_turns_out_to_be_damaged(self):
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.run_once(4)
        agent = self.world.service()
        try:
            self.assertTrue(wait_until(lambda: "agent starts" in self.world.log()))
            content = self.queue.read_bytes()
            with self.queue.open("r+b") as file:  # under its feet
                for at in range(16384, len(content), 16384):
                    if b'"tributary_manifest"' not in content[at : at + 16384] and at > 3 * 16384:
                        file.seek(at)
                        file.write(b"\x55" * 16384)
            self.world.drop("admissions-2.csv", "spell,note\nS2,well\n")
            self.world.start_repository()
            self.assertTrue(wait_until(lambda: "moved aside" in self.world.log(), 60), self.world.log())
            self.assertTrue(wait_until(lambda: self.spells()[:1] == ["S1"], 60), self.world.log())
        finally:
            agent.terminate()
            self.assertEqual(agent.wait(30), 0)
            agent.stdout.close()


if __name__ == "__main__":
    unittest.main()
