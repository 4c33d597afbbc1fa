"""The audit log and approved policies, as an administrator and an approver meet them."""
import json
import re
import subprocess
import unittest

from site_and_repository import POLICY, World

ROWS = "spell,nhs_number,surname\nS1,9434765919,Thornesworth\n"


def make_approver(folder, name, days="30"):
    """A key and a certificate of its own, with plain openssl."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", days,
                    "-subj", f"/CN={name}", "-keyout", folder / "approver.key", "-out", folder / "approver.pem"],
                   check=True, capture_output=True)
    (folder / "approver.key").chmod(0o600)


class AuditTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.audit = self.world.site / "data" / "audit"

    def lines(self):
        return [json.loads(line) for file in sorted(self.audit.glob("audit-*.log")) for line in file.read_text().splitlines()]

    def events(self):
        return [line["event"] for line in self.lines()]

    def deliver_something(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", ROWS)
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)

    def test_keys_policies_runs_and_deliveries_are_told_of(self):
        self.assertEqual(self.world.agent("key", "create", "region-2027").returncode, 0)
        self.deliver_something()
        self.assertEqual(self.events(), ["log_begun", "key_created", "policy_changed", "run_ended", "delivery"])
        run = self.lines()[3]["details"]
        self.assertEqual((run["source"], run["state"], run["rows"], run["chunks"]), ("hospital", "complete", 1, 1))
        policy = self.world.agent("policy", "hash", "admissions").stdout.strip()
        self.assertEqual(self.lines()[2]["details"], {"stream": "admissions", "policy_sha256": policy, "before": "", "approver": ""})
        # Once more with the same policy, then with another.
        self.world.agent("run", "--once")
        self.assertEqual(self.events().count("policy_changed"), 1)
        self.world.policy(POLICY.replace("  spell: keep\n", "  spell: drop\n"))
        self.world.agent("run", "--once")
        changes = [line["details"] for line in self.lines() if line["event"] == "policy_changed"]
        self.assertEqual(len(changes), 2)
        self.assertEqual(changes[1]["before"], policy)
        text = "".join(file.read_text() for file in self.audit.glob("audit*"))
        for secret in ("9434765919", "Thornesworth", "S1,"):
            self.assertNotIn(secret, text)

    def test_verify_finds_what_was_changed_and_proves_that_no_older_state_was_put_back(self):
        self.deliver_something()
        result = self.world.agent("audit", "verify")
        self.assertEqual(result.returncode, 0, result.stderr)
        head = re.search(r"^Head (\d+:[0-9a-f]{64})$", result.stdout, re.M).group(1)
        self.assertEqual(self.world.agent("audit", "verify", "--head", head).returncode, 0)
        other = head[:-1] + ("0" if head[-1] != "0" else "1")
        self.assertIn("older state", self.world.agent("audit", "verify", "--head", other).stderr)
        self.assertEqual(self.world.agent("audit", "verify", "--head", "rubbish").returncode, 2)
        log = self.audit / "audit-000001.log"
        whole = log.read_text()
        log.write_text(whole.replace('"rows":1', '"rows":2'))
        result = self.world.agent("audit", "verify")
        self.assertEqual(result.returncode, 1)
        self.assertRegex(result.stderr, r"fault: audit-000001\.log:\d+: ")
        log.write_text("".join(whole.splitlines(keepends=True)[:-2]))
        self.assertEqual(self.world.agent("audit", "verify").returncode, 1)
        log.write_text(whole)
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)

    def test_a_log_that_was_cut_off_does_not_stop_the_agent_and_stays_marked(self):
        self.deliver_something()
        log = self.audit / "audit-000001.log"
        log.write_text("".join(log.read_text().splitlines(keepends=True)[:2]))
        self.world.drop("admissions-2.csv", ROWS.replace("S1", "S2"))
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertIn("audit verify", self.world.log())
        self.assertIn("log_broken", self.events())
        self.assertEqual(self.world.agent("audit", "verify").returncode, 1)

    def test_a_key_is_told_of_while_the_agent_runs(self):
        service = self.world.service()
        self.assertEqual(self.world.agent("key", "create", "region-2027").returncode, 0)
        service.terminate()
        self.assertEqual(service.wait(30), 0)
        service.stdout.close()
        self.assertIn("key_created", self.events())
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)

    def test_show_has_the_last_lines(self):
        self.assertIn("no audit log yet", self.world.agent("audit", "show").stdout)
        self.deliver_something()
        shown = self.world.agent("audit", "show", "--last", "2").stdout
        self.assertIn("run_ended", shown)
        self.assertIn("chunks=1", shown)
        self.assertNotIn("policy_changed", shown)
        self.assertEqual(self.world.agent("audit", "show", "--last", "0").returncode, 2)


class ApprovalTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.configure(extra="require_approval: true\napprovers: [certificates/approver.pem]\n")
        self.certificates = self.world.site / "certificates"
        make_approver(self.world.folder, "Caldicott Guardian")
        (self.certificates / "approver.pem").write_bytes((self.world.folder / "approver.pem").read_bytes())

    def approve(self, folder=None):
        folder = folder or self.world.folder
        return self.world.agent("policy", "approve", "admissions", "--key", str(folder / "approver.key"),
                                "--certificate", str(folder / "approver.pem"))

    def test_only_an_approved_policy_runs(self):
        self.world.start_repository()
        self.world.drop("admissions.csv", ROWS)
        result = self.world.agent("run", "--once")
        self.assertEqual(result.returncode, 3)
        self.assertRegex(result.stderr, r"admissions\.yaml:1:1: error: the policy has no approval .*policy approve admissions")
        self.assertEqual(self.world.landed(), [])
        result = self.approve()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.world.agent("check").returncode, 0)
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertEqual(len(self.world.landed()), 1)
        shown = self.world.agent("audit", "show").stdout
        self.assertIn("policy_approved", shown)
        self.assertIn("approver=Caldicott Guardian", shown)

    def test_any_change_of_what_the_policy_does_needs_a_new_approval(self):
        self.approve()
        self.world.policy("# a remark\n" + POLICY)
        self.assertEqual(self.world.agent("check").returncode, 0)
        self.world.policy(POLICY + "  surname: keep\n")
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertIn("not the one that was approved", result.stderr)
        self.world.drop("admissions.csv", ROWS)
        self.assertEqual(self.world.agent("run", "--once", "--set", "require_approval=false").returncode, 3)
        self.assertEqual(self.world.agent("run", "--once").returncode, 3)
        self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())

    def test_who_is_no_approver_cannot_approve(self):
        stranger = self.world.folder / "stranger"
        stranger.mkdir()
        make_approver(stranger, "Caldicott Guardian")
        self.assertEqual(self.approve(stranger).returncode, 0)  # what that is worth, the site decides
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertIn("signed by none of the approvers", result.stderr)

    def test_an_approver_needs_no_credential_of_the_site(self):
        (self.certificates / "site.key").unlink()
        (self.certificates / "site.pem").unlink()
        result = self.approve()
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("no audit log", result.stderr)
        self.assertTrue((self.world.site / "policies" / "admissions.yaml.approval").exists())
        self.assertNotIn("approval", self.world.agent("check").stderr)

    def test_wrong_commands_are_told_what_to_do(self):
        self.assertEqual(self.world.agent("policy", "approve", "admissions").returncode, 2)
        result = self.world.agent("policy", "hash", "admission")
        self.assertEqual(result.returncode, 1)
        self.assertIn("did you mean 'admissions'?", result.stderr)
        (self.certificates / "approver.pem").unlink()
        result = self.world.agent("check")
        self.assertRegex(result.stderr, r"tributary\.yaml:\d+:\d+: error: approvers: ")


if __name__ == "__main__":
    unittest.main()
