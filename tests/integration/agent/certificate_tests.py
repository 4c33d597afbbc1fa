"""The repository's signing and encryption certificates change, and the agent learns of it, from who may tell it."""
import http.server
import json
import shutil
import sqlite3
import ssl
import subprocess
import threading
import unittest
import urllib.request

from site_and_repository import BIN, World, wait_until


class CertificateTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.configuration = self.world.repository_folder / "repository.yaml"
        self.world.start_repository()

    def openssl(self, *words):
        subprocess.run(["openssl", *map(str, words)], cwd=self.world.certificates, check=True, capture_output=True)

    def make(self, name, usage, authority="authority", extra=""):
        """A key and a certificate from the authority."""
        folder = self.world.certificates
        self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                     "-subj", f"/CN=The repository's {name}")
        (folder / f"{name}.key").chmod(0o600)
        (folder / f"{name}.ext").write_text(f"basicConstraints=critical,CA:FALSE\nkeyUsage=critical,{usage}\n{extra}")
        self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key", "-days", "60", "-extfile", f"{name}.ext",
                     "-out", f"{name}.pem")

    def use(self, **files):
        """Another certificate and key at the repository, which is started again; `earlier_...`: the lines of those of before."""
        text = self.configuration.read_text()
        for kind, key in (("signing", "signing_key"), ("encryption", "decryption_key")):
            if kind in files:
                text = text.replace(f"certificates/{kind}.pem", f"certificates/{files[kind]}.pem").replace(f"certificates/{kind}.key",
                                                                                                          f"certificates/{files[kind]}.key")
                self.assertIn(f"{key}: certificates/{files[kind]}.key", text)
        self.configuration.write_text(text + files.get("more", ""))
        self.world.stop_repository()
        self.world.start_repository()

    def earlier(self, kind, name):
        return f"earlier_{kind}_keys:\n  - {{certificate: certificates/{name}.pem, private_key: certificates/{name}.key}}\n"

    def drop(self, name):
        self.world.drop(f"admissions-{name}.csv", f"spell,nhs_number\nS{name},9434765919\n")

    def run_once(self, *words):
        return self.world.agent("run", "--once", *words)

    def landed(self):
        return sorted(row["spell"] for row in map(json.loads, self.world.landed()))

    def all_landed(self):
        return "no gaps" in self.world.tributary_repository("gaps").stdout and " 0 wait to be landed" in self.world.tributary_repository("verify").stdout

    def site_has(self, which, name):
        mine = self.world.site / "certificates" / f"repository-{which}.pem"
        return mine.read_text().strip() == (self.world.certificates / f"{name}.pem").read_text().strip()

    def assert_all_is_well(self, expected):
        self.assertTrue(wait_until(self.all_landed))
        self.assertEqual(self.landed(), expected)
        for result in (self.world.tributary_repository("verify"), self.world.agent("queue", "verify"), self.world.agent("audit", "verify")):
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_other_certificates_are_learned_and_nothing_is_lost(self):
        self.drop("1")
        self.assertEqual(self.run_once().returncode, 0)
        self.drop("2")
        self.run_once("--no-upload")  # sealed to the certificate of before, and still here when the repository has others
        self.make("signing-2", "digitalSignature")
        self.make("encryption-2", "keyAgreement")
        self.use(signing="signing-2", encryption="encryption-2", more=self.earlier("signing", "signing") + self.earlier("decryption", "encryption"))
        self.drop("3")
        result = self.run_once()
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertTrue(self.site_has("signing", "signing-2"))
        self.assertTrue(self.site_has("encryption", "encryption-2"))
        self.assertIn("the repository has another certificate", self.world.log())
        audit = self.world.agent("audit", "show").stdout
        self.assertEqual(audit.count("repository_certificate_changed"), 2, audit)
        self.assert_all_is_well(["S1", "S2", "S3"])
        # What comes from now on is sealed to the new one: without its key of before the repository opens it all the same.
        self.configuration.write_text(self.configuration.read_text().replace(self.earlier("decryption", "encryption"), ""))
        self.world.stop_repository()
        self.world.start_repository()
        self.drop("4")
        self.assertEqual(self.run_once().returncode, 0)
        self.assert_all_is_well(["S1", "S2", "S3", "S4"])

    def test_an_agent_at_work_learns_of_them_when_receipts_are_signed_with_another_key(self):
        with subprocess.Popen([BIN / "tributary", "run", "--config", self.world.site / "tributary.yaml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agent:
            self.drop("1")
            self.assertTrue(wait_until(lambda: len(self.world.landed()) == 1))
            self.make("signing-2", "digitalSignature")
            self.use(signing="signing-2", more=self.earlier("signing", "signing"))
            self.drop("2")
            learned = wait_until(lambda: self.site_has("signing", "signing-2"), 120)
            delivered = wait_until(lambda: self.world.agent("queue", "list").stdout.startswith("The queue is empty."), 120)
            agent.terminate()
            self.assertEqual(agent.wait(60), 0)
        self.assertTrue(learned, self.world.log()[-3000:])
        self.assertTrue(delivered, self.world.log()[-3000:])
        self.assert_all_is_well(["S1", "S2"])

    def assert_refused(self, why):
        self.drop("1")
        before = {file: file.read_bytes() for file in (self.world.site / "certificates").iterdir()}
        self.run_once()
        self.assertIn(why, self.world.log())
        self.assertEqual({file: file.read_bytes() for file in (self.world.site / "certificates").iterdir()}, before)

    def test_a_new_key_for_which_the_old_one_does_not_vouch_is_not_believed(self):
        self.make("signing-2", "digitalSignature")
        self.make("encryption-2", "keyAgreement")
        self.use(signing="signing-2", encryption="encryption-2")
        self.assert_refused("is not signed with the key that is known here")
        self.assertEqual(self.run_once().returncode, 4)
        self.assertIn("wrong receipt", self.world.agent("queue", "list").stdout)  # nothing is lost
        # The way that the message names.
        shutil.copy(self.world.certificates / "signing-2.pem", self.world.site / "certificates" / "repository-signing.pem")
        self.world.agent("queue", "retry", "--waiting")
        self.assertEqual(self.run_once().returncode, 0)

    def test_a_word_of_before_said_again_is_not_believed(self):
        """By somebody who has the key of the repository's TLS and what it once told this site."""
        self.make("encryption-2", "keyAgreement")
        self.use(encryption="encryption-2")
        mine = self.world.site / "certificates"
        asking = ssl.create_default_context(cafile=mine / "authority.pem")
        asking.load_cert_chain(mine / "site.pem", mine / "site.key")
        with urllib.request.urlopen(f"https://localhost:{self.world.port}/v1/certificates/{'0' * 32}", context=asking) as answer:
            recorded = answer.read()
        self.world.stop_repository()

        class Again(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(recorded)))
                self.end_headers()
                self.wfile.write(recorded)

            def log_message(self, *_):
                pass
        posing = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        posing.load_cert_chain(self.world.certificates / "server.pem", self.world.certificates / "server.key")
        with http.server.ThreadingHTTPServer(("127.0.0.1", self.world.port), Again) as server:
            server.socket = posing.wrap_socket(server.socket, server_side=True)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            self.assert_refused("is not to this question")
            server.shutdown()
        self.assertTrue(self.site_has("encryption", "encryption"))

    def test_what_the_authority_has_not_issued_is_not_believed(self):
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "stranger.key", "-out", "stranger.pem", "-days",
                     "60", "-subj", "/CN=Tributary throwaway authority")
        self.make("encryption-2", "keyAgreement", authority="stranger")
        self.use(encryption="encryption-2")
        self.assert_refused("new encryption certificate is of no use: the authority has not issued it")

    def test_a_certificate_of_a_site_or_of_a_server_is_not_believed(self):
        for name, usage in (("client", "clientAuth"), ("server", "serverAuth")):
            self.make(f"encryption-{name}", "digitalSignature,keyAgreement", extra=f"extendedKeyUsage={usage}\n")
        self.use(encryption="encryption-client")
        self.assert_refused("new encryption certificate is of no use: it is one for TLS")
        text = self.configuration.read_text()
        self.configuration.write_text(text.replace("encryption-client", "encryption-server"))
        self.world.stop_repository()
        self.world.start_repository()
        self.assert_refused("new encryption certificate is of no use: it is one for TLS")

    def test_a_repository_that_has_no_certificate_to_seal_to_leaves_that_of_the_site(self):
        text = self.configuration.read_text()
        self.configuration.write_text(text.replace("encryption_certificate: certificates/encryption.pem\ndecryption_key: certificates/encryption.key\n", ""))
        self.world.stop_repository()
        self.world.start_repository()
        self.drop("1")
        self.assertEqual(self.run_once().returncode, 0)
        self.assertTrue(self.site_has("encryption", "encryption"))

    def test_an_earlier_signing_key_may_go_when_every_site_has_heard_of_the_new_one(self):
        self.drop("1")
        self.assertEqual(self.run_once().returncode, 0)
        self.make("signing-2", "digitalSignature")
        self.use(signing="signing-2", more=self.earlier("signing", "signing"))
        self.assertEqual(self.run_once().returncode, 0)
        text = self.configuration.read_text()
        self.configuration.write_text(text.replace(", private_key: certificates/signing.key}", "}"))
        (self.world.certificates / "signing.key").unlink()
        self.world.stop_repository()
        self.world.start_repository()
        self.drop("2")
        self.assertEqual(self.run_once().returncode, 0)
        self.assert_all_is_well(["S1", "S2"])
        with sqlite3.connect(self.world.repository_folder / "ledger.db") as ledger:
            self.assertEqual(ledger.execute("SELECT count(*) FROM chunks").fetchone(), (2,))


if __name__ == "__main__":
    unittest.main()
