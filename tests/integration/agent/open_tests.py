"""A repository that receives without the key, and another process that opens."""
import subprocess
import unittest

from site_and_repository import BIN, World, wait_until

POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""


class OpenElsewhereTests(unittest.TestCase):
    def test_a_receiver_without_the_key_stores_and_another_process_opens(self):
        world = World()
        self.addCleanup(world.close)
        world.policy(POLICY)
        whole = (world.repository_folder / "repository.yaml").read_text()
        receiving = "".join(line + "\n" for line in whole.splitlines() if not line.startswith(("encryption_", "decryption_")))
        (world.repository_folder / "repository.yaml").write_text(receiving)
        opening = world.repository_folder / "opening.yaml"
        opening.write_text(whole)
        (world.certificates / "encryption.key").rename(world.folder / "encryption.key")
        world.start_repository()
        world.drop("admissions-1.csv", "spell,note\n" + "S2,well\n" * 1000)
        self.assertEqual(world.agent("run", "--once").returncode, 0)
        self.assertEqual(list(world.repository_folder.glob("landing/**/*.ndjson")), [])
        refused = world.tributary_repository("open", "--once")
        self.assertEqual(refused.returncode, 3, refused.stderr)
        self.assertIn("names no decryption_key", refused.stderr)

        def open_once():
            return subprocess.run([BIN / "tributary-repository", "open", "--once", "--config", opening], capture_output=True, text=True, timeout=120, check=False)
        no_key = open_once()
        self.assertEqual(no_key.returncode, 1, no_key.stderr)
        (world.folder / "encryption.key").rename(world.certificates / "encryption.key")
        opened = open_once()
        self.assertEqual(opened.returncode, 0, opened.stderr)
        self.assertEqual(len(world.landed()), 1000)
        self.assertEqual(world.tributary_repository("verify").returncode, 0)

    def test_what_comes_later_is_opened_too_and_only_one_process_opens(self):
        world = World()
        self.addCleanup(world.close)
        world.policy(POLICY)
        file = world.repository_folder / "repository.yaml"
        opening = world.repository_folder / "opening.yaml"
        opening.write_text(file.read_text())
        file.write_text("".join(line + "\n" for line in file.read_text().splitlines() if not line.startswith(("encryption_", "decryption_"))))
        world.start_repository()
        command = [BIN / "tributary-repository", "open", "--config", opening]
        opener = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(opener.wait)
        self.addCleanup(opener.kill)
        for number in range(2):
            world.drop(f"admissions-{number}.csv", "spell,note\n" + f"S{number},well\n" * 1000)
            self.assertEqual(world.agent("run", "--once").returncode, 0)
            self.assertTrue(wait_until(lambda: sum(f.read_bytes().count(b"\n") for f in world.repository_folder.glob("landing/**/*.ndjson")) == (number + 1) * 1000))
        second = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertNotEqual(second.returncode, 0)
        self.assertIn("in use by process", second.stderr)
        opener.terminate()
        self.assertEqual(opener.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
