import json
import shutil
import unittest

from site_and_repository import World

SITE_POLICY = """policy: 1
stream: admissions
fields:
  spell:
    - {action: encrypt, key: site-2026, domain: planning, as: sealed_spell}
"""
REASON = ("--reason", "trial recall, ref 123")


class ReidentifyTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.assertEqual(self.world.agent("key", "create", "site-2026").returncode, 0)
        self.world.policy(SITE_POLICY)
        self.world.drop("admissions.csv", "spell\nS1\n\"O'Neil, \u00c9lodie\"\n")
        self.world.start_repository()
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.sealed = [json.loads(line)["sealed_spell"] for line in self.world.landed()]
        self.values = self.world.folder / "values.txt"

    def open(self, *words, values=None, column="sealed_spell"):
        self.values.write_text("".join(value + "\n" for value in (self.sealed if values is None else values)))
        return self.world.agent("reidentify", "admissions", column, "--input", str(self.values), *words)

    def audit(self):
        return self.world.agent("audit", "show").stdout

    def test_what_was_encrypted_comes_back_with_a_reason_into_the_audit_log(self):
        self.assertEqual(len(self.sealed), 2)
        result = self.open(*REASON)
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual(rows, [{"line": 1, "value": "S1"}, {"line": 2, "value": "O'Neil, \u00c9lodie"}])
        self.assertRegex(self.audit(), r"reidentified .*field=sealed_spell reason=trial recall, ref 123 stream=admissions values=2")
        self.assertNotIn("lodie", self.audit() + self.world.log())
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)

    def test_without_a_reason_nothing_is_opened(self):
        for words in ((), ("--reason", "x"), ("--reason", "two lines\nof reason")):
            result = self.open(*words)
            self.assertNotEqual(result.returncode, 0)
            self.assertEqual(result.stdout, "")
        self.assertNotIn("reidentified", self.audit())

    def test_what_cannot_be_opened_is_told_by_its_line(self):
        changed = self.sealed[0][:-1] + ("a" if self.sealed[0][-1] != "a" else "q")
        result = self.open(*REASON, values=[changed, self.sealed[1], "no value!"])
        self.assertEqual(result.returncode, 1)
        self.assertEqual([json.loads(line)["line"] for line in result.stdout.splitlines()], [2])
        self.assertIn("line 1: ", result.stderr)
        self.assertIn("line 3: it is no encrypted value", result.stderr)
        self.assertNotIn(changed, result.stderr)
        self.assertIn("values=1", self.audit())
        result = self.open(*REASON, column="spell")
        self.assertEqual(result.returncode, 1)
        self.assertIn("it encrypts: sealed_spell", result.stderr)

    def test_where_it_cannot_be_audited_nothing_is_shown(self):
        head = self.world.site / "data" / "audit" / "audit.head"
        head.unlink()
        head.mkdir()
        result = self.open(*REASON)
        self.assertNotEqual(result.returncode, 0)
        self.assertEqual(result.stdout, "")
        shutil.rmtree(head)
        (self.world.site / "certificates" / "site.key").unlink()
        result = self.open(*REASON)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, "")

    def test_a_key_that_replaced_another_leaves_older_values_to_be_opened(self):
        self.assertEqual(self.world.agent("key", "create", "site-2027").returncode, 0)
        self.world.policy(SITE_POLICY.replace("site-2026", "site-2027"))
        result = self.open(*REASON)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout.splitlines()[0])["value"], "S1")


if __name__ == "__main__":
    unittest.main()
