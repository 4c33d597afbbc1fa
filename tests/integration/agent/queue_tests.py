import json
import pathlib
import unittest

from site_and_repository import World

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
        """A queue that was lost numbers its stream from 1 again, which the repository refuses for good."""
        self.world.start_repository()
        self.world.drop("admissions-1.csv", "spell,note\nS1,well\n")
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        for file in self.world.site.glob("data/queue.db*"):
            file.unlink()
        self.world.drop("admissions-2.csv", "spell,note\nS2,well\n")
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, 4, result.stdout + result.stderr)
        listed = self.world.agent("queue", "list").stdout
        self.assertIn("quarantined", listed)
        return listed.splitlines()[1].split()[0]

    def test_what_the_repository_refused_is_shown_exported_tried_again_and_discarded(self):
        chunk = self.refused_chunk()
        shown = self.world.agent("queue", "show", chunk).stdout
        self.assertIn("in quarantine", shown)
        self.assertIn("sequence already used", shown)
        manifest = json.loads(shown.partition("signs:\n")[2])
        self.assertEqual((manifest["id"], manifest["sequence"], manifest["rows"]), (chunk, 1, 1))
        self.assertEqual(self.world.agent("queue", "verify").returncode, 0)

        folder = self.world.folder / "for the operator"
        exported = self.world.agent("queue", "export", chunk, "--output", str(folder))
        self.assertEqual(exported.returncode, 0, exported.stderr)
        self.assertEqual(json.loads((folder / f"{chunk}.json").read_text()), manifest)
        self.assertEqual((folder / f"{chunk}.cms").stat().st_size, manifest["sealed_bytes"])
        self.assertNotIn(b"S2", (folder / f"{chunk}.cms").read_bytes())

        self.assertEqual(self.world.agent("queue", "retry", "--quarantined").returncode, 0)
        self.assertNotIn("quarantined", self.world.agent("queue", "list").stdout)
        self.assertEqual(self.world.agent("run", "--once").returncode, 4)  # refused once more
        self.assertIn("quarantined", self.world.agent("queue", "list").stdout)

        self.assertEqual(self.world.agent("queue", "discard", chunk).returncode, 2)  # no reason
        self.assertIn("quarantined", self.world.agent("queue", "list").stdout)
        discarded = self.world.agent("queue", "discard", chunk, "--reason", REASON)
        self.assertEqual(discarded.returncode, 0, discarded.stderr)
        self.assertIn("Discarded 1 rows for good: number 1 of stream admissions", discarded.stdout)
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


if __name__ == "__main__":
    unittest.main()
