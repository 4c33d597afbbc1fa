"""A site gets its certificate with a token, renews it by itself, and is shut out."""
import os
import shutil
import subprocess
import unittest

from site_and_repository import BIN, World, free_port, wait_until

DAY = 86400


class EnrolmentTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.port = free_port()
        file = self.world.repository_folder / "repository.yaml"
        file.write_text(file.read_text() + f"""enrolment:
  listen: 127.0.0.1:{self.port}
  certificate: certificates/authority.pem
  private_key: certificates/authority.key
  lifetime_days: 30
""")
        file = self.world.site / "tributary.yaml"
        file.write_text(file.read_text().replace("  authority:", f"  enrolment: https://localhost:{self.port}\n  authority:"))
        self.certificates = self.world.site / "certificates"
        self.world.start_repository()

    def token(self, site="RVW"):
        made = self.world.tributary_repository("token", site)
        self.assertEqual(made.returncode, 0, made.stderr)
        file = self.world.folder / "token.txt"
        file.write_text(made.stdout)
        return file

    def enrol(self, token):
        return self.world.agent("enrol", str(token))

    def begin_without_certificate(self):
        (self.certificates / "site.pem").unlink()
        (self.certificates / "authority.pem").unlink()

    def deliver(self, name):
        self.world.drop(f"admissions-{name}.csv", f"spell,nhs_number\nS{name},9434765919\n")
        return self.world.agent("run", "--once")

    def common_names(self, file):
        return subprocess.run(["openssl", "x509", "-in", file, "-noout", "-subject"], capture_output=True, text=True, check=True).stdout

    def test_a_site_enrols_with_nothing_but_its_token_and_delivers(self):
        self.begin_without_certificate()
        result = self.enrol(self.token())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("Site RVW is enrolled", result.stdout)
        self.assertIn("CN = RVW", self.common_names(self.certificates / "site.pem"))
        self.assertEqual((self.certificates / "authority.pem").read_text().strip().splitlines()[-1], "-----END CERTIFICATE-----")
        self.assertEqual((self.certificates / "site.key").stat().st_mode & 0o77, 0)
        self.assertFalse(list(self.certificates.glob("*.new")))
        self.assertEqual(self.deliver("1").returncode, 0)
        self.assertRegex(self.world.agent("status").stdout, r"Certificate: valid until 20\S+, renewed by the agent from 20\S+ on")
        listed = self.world.tributary_repository("certificates").stdout
        self.assertIn("RVW", listed)
        self.assertIn("valid", listed)

    def test_the_repositorys_own_certificates_are_fetched_where_they_are_missing(self):
        self.begin_without_certificate()
        for name in ("encryption", "signing"):
            (self.certificates / f"repository-{name}.pem").unlink()
        result = self.enrol(self.token())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        for name in ("encryption", "signing"):
            self.assertEqual((self.certificates / f"repository-{name}.pem").read_text().strip(), (self.world.certificates / f"{name}.pem").read_text().strip())
        self.assertNotIn("Still needed", result.stdout)
        self.assertEqual(self.deliver("1").returncode, 0)

    def test_those_that_are_there_are_left_and_vouch_for_what_is_fetched(self):
        (self.certificates / "repository-encryption.pem").unlink()
        shutil.copy(self.world.certificates / "encryption.pem", self.certificates / "repository-signing.pem")  # not the key that signs
        before = (self.certificates / "repository-signing.pem").read_bytes()
        result = self.enrol(self.token())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("is not signed with the key that is known here", result.stderr)
        self.assertIn("Still needed, from the repository's operator: ", result.stdout)
        self.assertFalse((self.certificates / "repository-encryption.pem").exists())
        self.assertEqual((self.certificates / "repository-signing.pem").read_bytes(), before)

    def put_a_root_above_the_authority(self):
        """The authority's key gets a certificate from a new root: what it issued is issued by one below a root from now on."""
        folder = self.world.certificates

        def openssl(*words):
            subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)
        subject = subprocess.run(["openssl", "x509", "-in", "authority.pem", "-noout", "-subject", "-nameopt", "compat"], cwd=folder, check=True, capture_output=True,
                                 text=True).stdout.strip().removeprefix("subject=")
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "root.key", "-out", "root.pem", "-days", "60",
                "-subj", "/CN=A root", "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")
        openssl("req", "-new", "-key", "authority.key", "-subj", subject, "-out", "authority.csr")
        (folder / "below.ext").write_text("basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=critical,keyCertSign\nsubjectKeyIdentifier=hash\n")
        openssl("x509", "-req", "-in", "authority.csr", "-CA", "root.pem", "-CAkey", "root.key", "-days", "60", "-extfile", "below.ext", "-set_serial", "7",
                "-out", "issuing.pem")
        (folder / "authority.pem").write_text((folder / "issuing.pem").read_text() + (folder / "root.pem").read_text())
        file = self.world.repository_folder / "repository.yaml"
        file.write_text(file.read_text().replace("  certificate: certificates/authority.pem", "  certificate: certificates/issuing.pem"))

    def test_the_authority_may_be_one_below_a_root(self):
        self.world.stop_repository()
        self.put_a_root_above_the_authority()
        self.world.start_repository()
        self.begin_without_certificate()
        result = self.enrol(self.token())
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual((self.certificates / "authority.pem").read_text().count("BEGIN"), 2)
        self.assertEqual(self.deliver("1").returncode, 0, self.world.log())
        self.assertEqual(len(self.world.landed()), 1)

    def test_what_is_wrong_is_told_and_changes_nothing(self):
        before = {file.name: file.read_bytes() for file in self.certificates.iterdir()}
        token = self.token()
        text = token.read_text()
        for wrong, told in (("nonsense\n", "no enrolment token"), (text.replace("RVW", "RXF"), "another site"), (text[:-4] + "000\n", "another authority")):
            token.write_text(wrong)
            result = self.enrol(token)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(told, result.stderr)
            self.assertNotIn(text.split(".")[1], result.stderr)
        self.assertEqual({file.name: file.read_bytes() for file in self.certificates.iterdir()}, before)
        (self.certificates / "authority.pem").unlink()
        token.write_text(text.strip()[:-3] + "000\n")
        result = self.enrol(token)
        self.assertIn("not the authority that the token names", result.stderr)
        self.assertFalse((self.certificates / "authority.pem").exists())
        (self.certificates / "authority.pem").write_bytes(before["authority.pem"])
        self.world.stop_repository()
        token.write_text(text)
        result = self.enrol(token)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("refused", result.stderr)
        self.world.start_repository()
        self.assertEqual(self.enrol(token).returncode, 0)
        again = self.enrol(token)  # used: the key is another one by now
        self.assertNotEqual(again.returncode, 0)
        self.assertIn("not valid for this site", again.stderr)
        self.assertEqual(self.deliver("1").returncode, 0)

    def test_a_site_that_is_shut_out_waits_and_comes_back_with_a_new_token(self):
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        self.assertEqual(self.deliver("1").returncode, 0)
        self.assertEqual(self.world.tributary_repository("revoke", "RVW").returncode, 1)
        revoked = self.world.tributary_repository("revoke", "RVW", "--reason", "a laptop was lost")
        self.assertNotIn("is the code right?", revoked.stdout)
        unknown = self.world.tributary_repository("revoke", "RWV", "--reason", "a laptop was lost")
        self.assertIn("is the code right?", unknown.stdout)
        self.assertEqual(revoked.returncode, 0, revoked.stderr)
        self.assertEqual(self.deliver("2").returncode, 4)
        self.assertIn("revoked", self.world.agent("queue", "list").stdout + self.world.agent("status").stdout + self.world.log())
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        self.world.agent("queue", "retry", "--waiting")
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertEqual(len(self.world.landed()), 2)
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)
        self.assertEqual(self.world.agent("queue", "verify").returncode, 0)

    def faketime(self, seconds):
        library = next(iter(__import__("pathlib").Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
        if library is None:
            self.skipTest("libfaketime is missing")
        clock = self.world.folder / "clock"
        clock.write_text(f"{seconds:+d}\n")
        return clock, os.environ | {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(clock), "FAKETIME_NO_CACHE": "1", "NO_FAKE_STAT": "1",
                                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}

    def test_a_certificate_is_renewed_and_used_without_a_restart(self):
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        first = (self.certificates / "site.pem").read_text()
        first_key = (self.certificates / "site.key").read_text()
        clock, environment = self.faketime(0)
        service = subprocess.Popen([BIN / "tributary", "run", "--config", self.world.site / "tributary.yaml"], env=environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.addCleanup(service.wait)
        self.addCleanup(service.kill)
        self.assertTrue(wait_until(lambda: "agent starts" in self.world.log()))
        clock.write_text(f"{19 * DAY:+d}\n")
        self.world.drop("admissions-1.csv", "spell,nhs_number\nS1,9434765919\n")
        self.assertTrue(wait_until(lambda: len(list(self.world.repository_folder.glob("landing/**/*.ndjson"))) == 1))
        self.assertEqual((self.certificates / "site.pem").read_text(), first)
        clock.write_text(f"{20 * DAY + 600:+d}\n")
        self.assertTrue(wait_until(lambda: (self.certificates / "site.pem").read_text() != first, 40), self.world.log())
        self.assertTrue(wait_until(lambda: self.world.log().count("agent starts") == 2))
        self.assertIsNone(service.poll())
        self.world.drop("admissions-2.csv", "spell,nhs_number\nS2,9434765919\n")
        self.assertTrue(wait_until(lambda: len(list(self.world.repository_folder.glob("landing/**/*.ndjson"))) == 2), self.world.log())
        self.assertNotEqual((self.certificates / "site.key").read_text(), first_key)
        self.assertIn(first_key, (self.certificates / "site.key.earlier").read_text())
        service.terminate()
        self.assertEqual(service.wait(30), 0)
        self.assertEqual(self.world.agent("audit", "verify").returncode, 0)
        self.assertIn("the site's certificate is renewed", self.world.log())

    def test_a_crash_in_between_leaves_the_old_pair_or_the_new_one(self):
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        old = {name: (self.certificates / name).read_bytes() for name in ("site.pem", "site.key")}
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        new = {name: (self.certificates / name).read_bytes() for name in ("site.pem", "site.key")}
        (self.certificates / "site.key.earlier").unlink()
        for present, waiting in ((old, ("site.pem", "site.key")), ({**old, "site.pem": new["site.pem"]}, ("site.key",))):
            for name, content in present.items():
                (self.certificates / name).write_bytes(content)
            for name in waiting:
                (self.certificates / f"{name}.new").write_bytes(new[name])
                (self.certificates / f"{name}.new").chmod(0o600)
            self.assertEqual(self.deliver(str(len(waiting))).returncode, 0)
            self.assertEqual({name: (self.certificates / name).read_bytes() for name in new}, new)
            self.assertFalse(list(self.certificates.glob("*.new")))
        self.assertIn(old["site.key"], (self.certificates / "site.key.earlier").read_bytes())

    def test_a_key_that_is_only_asked_for_is_left_alone(self):
        self.assertEqual(self.enrol(self.token()).returncode, 0)
        shutil.copy(self.certificates / "site.key", self.world.folder / "kept.key")
        subprocess.run(["openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", self.certificates / "site.key.new"], check=True,
                       capture_output=True)
        (self.certificates / "site.key.new").chmod(0o600)
        self.assertEqual(self.deliver("1").returncode, 0)
        self.assertEqual((self.certificates / "site.key").read_bytes(), (self.world.folder / "kept.key").read_bytes())
        self.assertTrue((self.certificates / "site.key.new").exists())


if __name__ == "__main__":
    unittest.main()
