"""Disks that are full or read-only, as real file systems in a mount namespace of the test's own."""
import hashlib
import json
import subprocess
import unittest

from site_and_repository import BIN, POLICY, World

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
ROWS = 200_000


def can_mount():
    return subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode == 0


@unittest.skipUnless(can_mount(), "this machine lets nobody mount a file system in a namespace")
class DiskTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.start_repository()
        self.data = self.world.site / "data"
        self.data.mkdir(exist_ok=True)

    def script(self, text):
        """Runs shell lines in a namespace; $agent runs the agent once, $data and $incoming are its folders."""
        result = subprocess.run(
            [*NAMESPACE, "sh", "-c", text], capture_output=True, text=True, timeout=300, check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "data": str(self.data), "incoming": str(self.world.site / "incoming"),
                 "agent": f"{BIN / 'tributary'} run --once --config {self.world.site / 'tributary.yaml'}"})
        return result.stdout + result.stderr

    def drop_rows(self):
        # Spell numbers that do not compress, so that the queue grows.
        lines = (f"{hashlib.sha256(str(i).encode()).hexdigest()},9434765919,Thornesworth\n" for i in range(ROWS))
        self.world.drop("admissions.csv", "spell,nhs_number,surname\n" + "".join(lines))

    def assert_landed_once(self, rows):
        spells = [json.loads(line)["spell"] for line in self.world.landed()]
        self.assertEqual(len(spells), rows)
        self.assertEqual(len(set(spells)), rows)

    def test_a_full_disk_stops_the_run_and_the_rest_is_taken_when_there_is_room(self):
        self.world.policy(POLICY)
        self.drop_rows()
        output = self.script('mount -t tmpfs -o size=4m tmpfs "$data"; $agent --no-upload; echo "first: $?"; '
                             'mount -o remount,size=256m "$data"; $agent; echo "second: $?"')
        self.assertIn("first: 1", output)
        self.assertRegex(output, "is full|are to be kept free")  # whichever the run comes to first
        self.assertIn("second: 0", output)
        self.assertNotIn("Thornesworth", output + self.world.log())
        self.assert_landed_once(ROWS)
        self.assertFalse((self.world.site / "incoming" / "admissions.csv").exists())

    def test_a_data_folder_that_is_read_only_is_said_and_nothing_is_taken(self):
        self.drop_rows()
        output = self.script('mount -t tmpfs -o ro tmpfs "$data"; $agent; echo "status: $?"')
        self.assertRegex(output, "status: [13]")
        self.assertIn(str(self.data), output)
        self.assertIn("read-only", output.lower())
        self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())

    def test_a_source_folder_that_is_read_only_is_read_once_and_said(self):
        self.world.drop("admissions.csv", "spell,nhs_number,surname\nS1,9434765919,Thornesworth\n")
        output = self.script('mount --bind "$incoming" "$incoming"; mount -o remount,ro,bind "$incoming"; '
                             '$agent; echo "first: $?"; $agent; echo "second: $?"')
        self.assertIn("first: 0", output)
        self.assertIn("second: 0", output)
        self.assertEqual(len(self.world.landed()), 1)
        self.assertIn("read-only", self.world.log().lower())
        self.assertTrue((self.world.site / "incoming" / "admissions.csv").exists())
        # Writable again: it is moved, and not taken a second time.
        self.assertEqual(self.world.agent("run", "--once").returncode, 0)
        self.assertFalse((self.world.site / "incoming" / "admissions.csv").exists())
        self.assertEqual(len(self.world.landed()), 1)


if __name__ == "__main__":
    unittest.main()
