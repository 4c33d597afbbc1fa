"""The key custodian and two sites of a region: the programs as they are."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import unittest

from site_and_repository import BIN, PACKAGING, World

HEADER = "spell,nhs_number,surname\n"
# Valid by the check digit: the NHS's own example.
ROW = "S1,943 476 5919,Thornesworth\n"


class KeyTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        shutil.rmtree(self.world.site / "keys")
        self.custodian = self.world.folder / "custodian"
        self.custodian.mkdir()
        self.other = self.world.folder / "other"
        subprocess.run([PACKAGING / "throwaway-authority.sh", "--site", self.world.certificates, "RXX", self.other], check=True, capture_output=True)

    def key(self, *words):
        return self.world.tributary("key", *map(str, words))

    def create(self, key="region-2026", *words):
        return self.key("create", key, "--region", "north", "--output", self.custodian, *words)

    def certificate(self, site="RVW"):
        return self.world.site / "certificates" / "site.pem" if site == "RVW" else self.other / "site.pem"

    def sealed(self, key="region-2026", site="RVW"):
        return self.custodian / f"{key}.{site}.sealed"

    def plain(self, key="region-2026"):
        return self.custodian / f"{key}.key"

    def import_(self, file, *words):
        return self.world.agent("key", "import", str(file), *words)

    def be(self, site):
        """Makes RVW's folder that of another site, on another computer."""
        self.assertEqual(site, "RXX")
        for name in ("site.pem", "site.key"):
            shutil.copy(self.other / name, self.world.site / "certificates" / name)
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace("site: RVW", "site: RXX"))
        for folder in ("keys", "data"):
            shutil.rmtree(self.world.site / folder, ignore_errors=True)

    def assert_failed(self, result, *words):
        self.assertEqual(result.returncode, 1, result.stdout + result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)
        self.assert_no_key_in(result)

    def assert_no_key_in(self, result):
        for file in self.custodian.glob("*.key"):
            self.assertNotIn(json.loads(file.read_text())["key"][:12], result.stdout + result.stderr)

    def fingerprint(self, key="region-2026"):
        return json.loads(self.plain(key).read_text())["fingerprint"]

    def pseudonym(self):
        self.world.drop("admissions.csv", HEADER + ROW)
        preview = self.world.agent("run", "--once")
        self.assertEqual(preview.returncode, 0, preview.stdout + preview.stderr)
        return json.loads(self.world.landed()[-1])["person"]

    def test_two_sites_of_a_region_give_one_person_one_pseudonym(self):
        made = self.create("region-2026", "--domain", "planning", "--for", self.certificate("RVW"), self.certificate("RXX"))
        self.assertEqual(made.returncode, 0, made.stderr)
        self.assert_no_key_in(made)
        self.assertEqual(self.plain().stat().st_mode & 0o777, 0o600)
        self.world.start_repository()
        imported = self.import_(self.sealed(site="RVW"), "--fingerprint", self.fingerprint())
        self.assertEqual(imported.returncode, 0, imported.stderr)
        self.assertEqual((self.world.site / "keys" / "region-2026.key").stat().st_mode & 0o777, 0o600)
        first = self.pseudonym()
        self.be("RXX")
        self.assertEqual(self.import_(self.sealed(site="RXX")).returncode, 0)
        self.assertEqual(self.pseudonym(), first)
        self.assertEqual(len(self.world.landed()), 2)

    def test_a_file_for_another_site_is_refused_with_a_clear_word(self):
        self.create("region-2026", "--for", self.certificate("RXX"))
        self.assert_failed(self.import_(self.sealed(site="RXX")), "sealed to another certificate", "another site's")
        self.assertFalse((self.world.site / "keys").exists())

    def test_a_file_that_is_cut_off_is_refused(self):
        self.create("region-2026", "--for", self.certificate())
        text = self.sealed().read_bytes()
        for size in (len(text) // 3, len(text) - 30):
            self.sealed().write_bytes(text[:size])
            self.assert_failed(self.import_(self.sealed()), "cut off or damaged", self.sealed().name)
        cut = self.world.folder / "cut.key"
        cut.write_bytes(self.plain().read_bytes()[:-20])
        cut.chmod(0o600)
        self.assert_failed(self.import_(cut), "not the whole JSON object")

    def test_importing_twice_is_no_fault_and_changes_nothing(self):
        self.create("region-2026", "--for", self.certificate())
        self.import_(self.sealed())
        stored = (self.world.site / "keys" / "region-2026.key").read_bytes()
        again = self.import_(self.sealed())
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("Already imported", again.stdout)
        self.assertEqual((self.world.site / "keys" / "region-2026.key").read_bytes(), stored)

    def test_another_key_of_the_same_id_is_refused(self):
        self.create("region-2026", "--for", self.certificate())
        self.import_(self.sealed())
        first = self.fingerprint()
        self.plain().unlink()
        self.sealed().unlink()
        self.create("region-2026", "--for", self.certificate())
        self.assert_failed(self.import_(self.sealed()), "another linkage key with this id", first, self.fingerprint())

    def test_a_rotation_raises_the_epoch_and_an_old_file_is_refused_unless_wanted(self):
        self.create("region-2026", "--for", self.certificate())
        self.assert_failed(self.create("region-2027", "--for", self.certificate()), "one key an epoch")
        self.assertFalse(self.plain("region-2027").exists())
        self.assertEqual(self.create("region-2027", "--epoch", "2", "--for", self.certificate()).returncode, 0)
        self.assertEqual(self.import_(self.sealed("region-2027")).returncode, 0)
        self.assert_failed(self.import_(self.sealed("region-2026")), "--earlier-epoch")
        self.assertEqual(self.import_(self.sealed("region-2026"), "--earlier-epoch").returncode, 0)
        self.assertRegex(self.world.agent("key", "list").stdout, r"region-2026 +1 +north[\s\S]*region-2027 +2 +north")

    def test_a_fingerprint_that_the_custodian_did_not_tell_is_refused(self):
        self.create("region-2026", "--for", self.certificate())
        self.assert_failed(self.import_(self.sealed(), "--fingerprint", "0000000000000000"), "nothing was stored")
        self.assertFalse((self.world.site / "keys").exists())

    def test_a_key_in_the_clear_is_taken_with_a_warning_to_delete_it(self):
        self.create()
        result = self.import_(self.plain())
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("delete it", result.stderr)
        self.assert_no_key_in(result)

    def test_list_and_show_tell_all_but_the_key(self):
        self.create("region-2026", "--domain", "planning", "--domain", "research", "--for", self.certificate())
        self.import_(self.sealed())
        for words in (("list",), ("show", "region-2026")):
            result = self.world.agent("key", *words)
            self.assertEqual(result.returncode, 0, result.stderr)
            for told in ("region-2026", "north", "planning, research", self.fingerprint(), str(self.world.site / "keys" / "region-2026.key"), "created"):
                self.assertIn(told, result.stdout)
            self.assertRegex(result.stdout, r"\d{4}-\d\d-\d\dT")
            self.assert_no_key_in(result)
        self.assert_failed(self.world.agent("key", "show", "region-2099"), "no linkage key with this id")

    def test_a_credential_of_systemd_is_a_key_of_the_site(self):
        self.create()
        credentials = self.world.folder / "credentials"
        credentials.mkdir()
        shutil.copy(self.plain(), credentials / "region-2026.key")
        result = subprocess.run([BIN / "tributary", "key", "list", "--config", self.world.site / "tributary.yaml"], capture_output=True, text=True,
                                timeout=60, check=False, env={**os.environ, "CREDENTIALS_DIRECTORY": str(credentials)})
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(str(credentials / "region-2026.key"), result.stdout)

    def test_openssl_opens_a_sealed_key(self):
        self.create("region-2026", "--for", self.certificate())
        certificates = self.world.site / "certificates"
        opened = subprocess.run(["openssl", "cms", "-decrypt", "-binary", "-inform", "PEM", "-in", self.sealed(), "-recip", certificates / "site.pem",
                                 "-inkey", certificates / "site.key"], capture_output=True, check=True).stdout
        inner = json.loads(opened)
        self.assertEqual(inner.pop("site"), "RVW")
        self.assertEqual(inner, json.loads(self.plain().read_text()))
        theirs = subprocess.run(["openssl", "cms", "-decrypt", "-binary", "-inform", "PEM", "-in", self.sealed(), "-recip", self.other / "site.pem",
                                 "-inkey", self.other / "site.key"], capture_output=True, check=False)
        self.assertNotEqual(theirs.returncode, 0)
        self.assertNotIn(inner["key"].encode(), theirs.stdout)

    def test_a_site_that_joins_later_gets_the_same_key(self):
        self.create("region-2026", "--for", self.certificate("RXX"))
        sealed = self.key("seal", self.plain(), "--for", self.certificate("RVW"))
        self.assertEqual(sealed.returncode, 0, sealed.stderr)
        imported = self.import_(self.sealed(site="RVW"))
        self.assertIn(self.fingerprint(), imported.stdout)

    def test_nothing_is_made_if_one_certificate_is_of_no_use(self):
        encryption = self.world.certificates / "encryption.pem"
        self.assert_failed(self.create("region-2026", "--for", self.certificate(), encryption), "encryption.pem", "ODS code")
        self.assert_failed(self.create("region-2026", "--for", self.certificate(), "--for", self.certificate()), "two certificates of site RVW")
        self.assertEqual(list(self.custodian.iterdir()), [])

    def test_sealed_only_leaves_the_custodian_no_key(self):
        self.create("region-2026", "--sealed-only", "--for", self.certificate())
        self.assertEqual([file.name for file in self.custodian.iterdir()], ["region-2026.RVW.sealed"])
        self.assertEqual(self.import_(self.sealed()).returncode, 0)

    def test_what_the_command_line_lacks_is_told(self):
        cases = ((("create", "region-2026", "--output", self.custodian, "--for", self.certificate()), "--region"),
                 (("create", "--output", self.custodian, "--region", "north", "--for", self.certificate("RXX"), "a.pem", "region-2026"), "ID comes first"),
                 (("create", "region-2026", "--output", self.custodian, "--sealed-only"), "nobody has"),
                 (("create", "region-2026", "extra", "--output", self.custodian), "unexpected argument"))
        for words, told in cases:
            result = self.key(*words)
            self.assertEqual(result.returncode, 2, result.stderr)
            self.assertIn(told, result.stderr)
        self.assertEqual(list(self.custodian.iterdir()), [])

    @unittest.skipUnless(pathlib.Path("/proc/self/status").exists(), "Linux alone has /proc")
    def test_check_says_when_keys_may_reach_the_swap_file(self):
        program = (BIN / "tributary").read_bytes()
        if b"__asan_init" in program or b"__tsan_init" in program:
            self.skipTest("sanitizers answer mlock themselves")
        self.create("region-2026", "--for", self.certificate())
        self.import_(self.sealed())
        command = f"ulimit -l 0; exec {BIN / 'tributary'} check --config {self.world.site / 'tributary.yaml'}"
        drop = ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"] if os.geteuid() == 0 else []
        result = subprocess.run([*drop, "bash", "-c", command], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(re.sub(r"\s+", " ", result.stderr), "warning: linkage keys: memory cannot be locked .*LimitMEMLOCK")
