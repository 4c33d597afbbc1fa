"""A site and a repository that reach each other by a folder alone."""
import json
import os
import random
import shutil
import subprocess
import time
import unittest

from site_and_repository import BIN, World, wait_until


class DirectoryTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.share = self.world.folder / "share"
        self.share.mkdir()
        self.mine = self.share / "site=RVW"
        file = self.world.site / "tributary.yaml"
        file.write_text(file.read_text().replace(f"  url: https://localhost:{self.world.port}\n", f"  directory: {self.share}\n"))
        self.repository_file = self.world.repository_folder / "repository.yaml"
        self.repository_file.write_text(self.repository_file.read_text() + f"directories: [{self.share}]\n")

    def drop(self, name, rows=1):
        self.world.drop(f"admissions-{name}.csv", "spell,nhs_number\n" + "".join(f"S{name}-{i},9434765919\n" for i in range(rows)))

    def run_once(self):
        self.world.agent("queue", "retry", "--waiting")
        return self.world.agent("run", "--once")

    def delivered(self):
        return self.run_once().returncode == 0

    def spells(self):
        return sorted(json.loads(line)["spell"] for line in self.world.landed())

    def files(self, folder):
        return sorted(path.name for path in (self.mine / folder).glob("*"))

    def assert_all_is_well(self, expected):
        self.assertTrue(wait_until(lambda: self.spells() == expected), self.spells())
        for result in (self.world.tributary_repository("verify"), self.world.agent("queue", "verify")):
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("no gaps", self.world.tributary_repository("gaps").stdout)
        self.assertIn("every run that has arrived is whole", self.world.tributary_repository("runs").stdout)

    def test_rows_go_by_a_folder_and_receipts_come_back(self):
        self.drop("1")
        result = self.run_once()
        self.assertEqual(result.returncode, 4, result.stdout + result.stderr)  # nobody has taken them yet
        self.assertIn("handed over", self.world.agent("queue", "list").stdout)
        self.assertEqual(len(self.files("chunks")), 2)
        self.assertNotIn(b"S1-0", b"".join(path.read_bytes() for path in self.mine.rglob("*") if path.is_file()))
        self.drop("2")
        self.run_once()
        self.assertEqual(len(self.files("chunks")), 4, "what follows in a stream is handed over too")
        self.world.start_repository()
        self.assertTrue(wait_until(lambda: len(self.files("receipts")) == 4 and not self.files("runs")))
        self.assertEqual(self.files("chunks"), [])
        self.assertEqual(self.run_once().returncode, 0)
        self.assertEqual(self.files("receipts"), [])
        self.assertIn(str(self.share), self.world.agent("status").stdout)
        self.assert_all_is_well(["S1-0", "S2-0"])

    def test_a_share_that_is_not_there_is_waited_for(self):
        self.share.rmdir()
        self.drop("1")
        self.assertEqual(self.run_once().returncode, 4)
        self.assertIn("is the share mounted?", self.world.log())
        self.assertFalse(self.share.exists())
        self.share.mkdir()
        self.world.start_repository()
        self.assertTrue(wait_until(self.delivered, 60))
        self.assert_all_is_well(["S1-0"])

    def test_what_is_lost_or_forged_on_the_way_holds_up_and_no_more(self):
        self.drop("1")
        self.run_once()
        chunk = next((self.mine / "chunks").glob("*.jws")).stem
        for path in (self.mine / "chunks").iterdir():
            path.unlink()
        (self.mine / "receipts").mkdir()
        other = subprocess.run(["openssl", "rand", "-hex", "40"], capture_output=True, text=True, check=True).stdout.strip()
        (self.mine / "receipts" / f"{chunk}.jws").write_text(f"eyJhbGciOiJFUzI1NiJ9.e30.{other}")
        self.assertEqual(self.run_once().returncode, 4)
        self.assertIn("wrong receipt", self.world.log())
        self.assertEqual(self.run_once().returncode, 4)  # handed over again
        self.assertEqual(len(self.files("chunks")), 2)
        # Bytes that are not the signed ones, of something else, and of nobody.
        sealed = self.mine / "chunks" / f"{chunk}.cms"
        sealed.write_bytes(sealed.read_bytes()[:-1] + b"x")
        (self.mine / "chunks" / ("0" * 32 + ".jws")).write_text("a.b.c")
        (self.mine / "chunks" / "notes.txt").write_text("a person was here")
        (self.share / "site=RXF").mkdir()
        (self.share / "site=RXF" / "chunks").mkdir()
        shutil.copy(self.mine / "certificate.pem", self.share / "site=RXF" / "certificate.pem")
        shutil.copy(self.mine / "chunks" / f"{chunk}.jws", self.share / "site=RXF" / "chunks")
        self.world.start_repository()
        self.assertTrue(wait_until(lambda: len(self.files("refused")) == 2), self.files("refused"))
        self.assertTrue(wait_until(self.delivered, 60), self.world.log()[-2000:])
        self.assertIn("the repository did not take it", self.world.log())
        self.assertIn("notes.txt", self.files("chunks"))
        self.assertEqual(len(list((self.share / "site=RXF" / "chunks").iterdir())), 1)
        self.assert_all_is_well(["S1-0"])

    def test_a_chunk_that_cannot_be_read_holds_up_nothing_but_itself(self):
        for number in ("1", "2", "3"):
            self.drop(number)
            self.run_once()
        first, second = sorted((self.mine / "chunks").glob("*.cms"), key=lambda file: file.stat().st_mtime_ns)[:2]
        first.unlink()
        second.unlink()
        second.symlink_to("/etc/hostname")
        self.world.start_repository()
        begun = [self.mine / "chunks" / f".{'1' * 32}.cms.77-{i}.tmp" for i in range(2)]  # a crash left them, a day ago and just now
        for file in begun:
            file.write_bytes(b"half of a ch")
        os.utime(begun[0], (time.time() - 90000,) * 2)
        self.assertTrue(wait_until(lambda: self.spells() == ["S3-0"]), self.spells())
        self.assertEqual(len(self.files("refused")), 2)
        self.assertTrue(wait_until(self.delivered, 60))
        self.assert_all_is_well(["S1-0", "S2-0", "S3-0"])
        self.assertTrue(wait_until(lambda: not begun[0].exists()))
        self.assertTrue(begun[1].exists())

    def test_a_chunk_that_is_handed_over_twice_lands_once(self):
        self.drop("1", 500)
        self.run_once()
        kept = {path: path.read_bytes() for path in self.mine.rglob("*.*") if path.is_file()}
        self.world.start_repository()
        self.assertTrue(wait_until(self.delivered, 60))
        for path, content in kept.items():
            path.write_bytes(content)
        self.assertTrue(wait_until(lambda: not [path for path in self.mine.rglob("*.jws") if path.parent.name != "receipts"]))
        self.drop("2")
        self.assertTrue(wait_until(self.delivered, 60))
        self.assert_all_is_well(sorted([f"S1-{i}" for i in range(500)] + ["S2-0"]))

    def test_killed_at_any_moment_on_either_side_nothing_is_lost_or_doubled(self):
        seed = random.SystemRandom().randrange(1 << 31)
        draw = random.Random(seed)
        expected = []
        for number in range(8):
            self.drop(str(number), 200)
            expected += [f"S{number}-{i}" for i in range(200)]
            self.world.start_repository()
            self.world.agent("queue", "retry", "--waiting")
            with subprocess.Popen([BIN / "tributary", "run", "--config", self.world.site / "tributary.yaml"], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as agent:
                time.sleep(draw.uniform(0.05, 1.5))
                agent.kill()
            self.world.repository.kill()
            self.world.repository.wait()
        self.world.start_repository()
        with self.subTest(seed=seed):
            self.assertTrue(wait_until(self.delivered, 90), self.world.log()[-2000:])
            self.assert_all_is_well(sorted(expected))

    def test_a_site_that_is_shut_out_is_shut_out_here_too(self):
        self.drop("1")
        self.run_once()
        self.world.start_repository()
        self.assertTrue(wait_until(self.delivered, 60))
        self.world.stop_repository()
        self.assertEqual(self.world.tributary_repository("revoke", "RVW", "--reason", "a key was lost").returncode, 0)
        self.drop("2")
        self.run_once()
        self.world.start_repository()
        self.assertEqual(self.run_once().returncode, 4)
        self.assertFalse(wait_until(lambda: not self.files("chunks"), 7))
        self.assertEqual(self.spells(), ["S1-0"])

    def test_url_and_directory_stand_for_each_other(self):
        file = self.world.site / "tributary.yaml"
        text = file.read_text()
        file.write_text(text.replace("  directory:", "  url: https://localhost:1\n  directory:"))
        result = self.world.agent("check")
        self.assertEqual(result.returncode, 3)
        self.assertIn("'directory' takes the place of 'url'", result.stdout + result.stderr)
        file.write_text(text)
        self.assertEqual(self.world.agent("check").returncode, 0)

    def test_an_agent_at_work_delivers_by_a_folder(self):
        self.world.start_repository()
        with subprocess.Popen([BIN / "tributary", "run", "--config", self.world.site / "tributary.yaml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as agent:
            self.drop("1")
            self.assertTrue(wait_until(lambda: self.spells() == ["S1-0"]))
            empty = wait_until(lambda: self.world.agent("queue", "list").stdout.startswith("The queue is empty."), 60)
            agent.terminate()
            self.assertEqual(agent.wait(60), 0)
        self.assertTrue(empty, self.world.log()[-2000:])
        self.assert_all_is_well(["S1-0"])


if __name__ == "__main__":
    unittest.main()
