"""Several processes of the repository behind one address, with one ledger in PostgreSQL (tests/support/with_postgres.sh gives it), one store and one landing folder."""
import os
import random
import signal
import socket
import subprocess
import threading
import time
import unittest

from site_and_repository import BIN, World, free_port, wait_until

POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""


class Balancer:
    """Gives each connection to one of several addresses in turn, to the next one where that does not answer."""

    def __init__(self, port, backends):
        self.backends = backends
        self.turn = 0
        self.taken = {backend: 0 for backend in backends}
        self.listener = socket.create_server(("127.0.0.1", port))
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        for _ in self.backends:
            backend = self.backends[self.turn % len(self.backends)]
            self.turn += 1
            try:
                server = socket.create_connection(("127.0.0.1", backend), timeout=2)
            except OSError:
                continue
            self.taken[backend] += 1
            back = threading.Thread(target=self._pump, args=(server, client), daemon=True)
            back.start()
            self._pump(client, server)
            back.join()
            server.close()
            break
        client.close()

    @staticmethod
    def _pump(source, sink):
        try:
            source.settimeout(None)
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


class Group(World):
    """A site, and two processes of its repository."""

    def __init__(self):
        super().__init__()
        self.policy(POLICY)
        self.members = {}
        for number in (1, 2):
            port = free_port()
            self.write_repository(f"repository-{number}.yaml", port)
            self.members[number] = (port, None)
        self.balancer = Balancer(self.port, [port for port, _ in self.members.values()])

    def start_member(self, number):
        port, _ = self.members[number]
        log = open(self.folder / f"repository-{number}.log", "ab")
        process = subprocess.Popen([BIN / "tributary-repository", "serve", "--config", self.repository_folder / f"repository-{number}.yaml"], stdout=log, stderr=log)
        log.close()
        self.members[number] = (port, process)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", port)) == 0
        assert wait_until(listens), self.member_log(number)

    def kill_member(self, number, how=signal.SIGKILL):
        port, process = self.members[number]
        if process is not None:
            process.send_signal(how)
            process.wait(30)
        self.members[number] = (port, None)

    def member_log(self, number):
        file = self.folder / f"repository-{number}.log"
        return file.read_text() if file.exists() else ""

    def landed_rows(self):
        return sum(f.read_bytes().count(b"\n") for f in self.repository_folder.glob("landing/**/[!.]*.ndjson"))

    def close(self):
        self.balancer.close()
        for number in self.members:
            self.kill_member(number)
        super().close()


class RepositoryGroupTests(unittest.TestCase):
    def setUp(self):
        self.group = Group()
        self.addCleanup(self.group.close)

    def verified(self):
        result = self.group.tributary_repository("verify")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout

    def test_both_receive_one_lands_and_when_it_dies_the_other_goes_on(self):
        group = self.group
        group.start_member(1)
        group.start_member(2)
        self.assertTrue(wait_until(lambda: "another process opens and lands" in group.member_log(2)))
        for number in range(4):
            group.drop(f"admissions-{number}.csv", "spell,note\n" + f"S{number},well\n" * 1000)
            self.assertEqual(group.agent("run", "--once").returncode, 0, group.log())
        self.assertTrue(all(group.balancer.taken.values()), group.balancer.taken)
        self.assertTrue(wait_until(lambda: group.landed_rows() == 4000))
        group.kill_member(1)
        for number in range(4, 6):
            group.drop(f"admissions-{number}.csv", "spell,note\n" + f"S{number},well\n" * 1000)
            self.assertEqual(group.agent("run", "--once").returncode, 0, group.log())
        self.assertTrue(wait_until(lambda: group.landed_rows() == 6000), group.member_log(2))
        self.assertIn("6 landed, 0 wait to be landed", self.verified())

    def test_a_process_that_has_another_store_does_not_start(self):
        group = self.group
        group.start_member(1)
        file = group.repository_folder / "repository-2.yaml"
        file.write_text(file.read_text().replace("store: store", "store: unmounted"))
        result = subprocess.run([BIN / "tributary-repository", "serve", "--config", file], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 3, result.stderr)
        self.assertIn("is not the store of this ledger", result.stderr)
        self.assertFalse((group.repository_folder / "unmounted").exists())

    def test_kills_of_either_lose_and_double_nothing(self):
        group = self.group
        seed = random.randrange(1 << 32)
        chance = random.Random(seed)
        files = 60
        rows = 500
        for number in range(files):
            group.drop(f"admissions-{number:03}.csv", "spell,note\n" + "".join(f"S{number}-{row},well\n" for row in range(rows)))
        group.start_member(1)
        group.start_member(2)
        agent = group.service()
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        kills = 0
        until = time.monotonic() + 25
        while time.monotonic() < until and group.landed_rows() < files * rows or kills < 6:
            time.sleep(chance.uniform(0.05, 0.6))
            victim = chance.choice((1, 2))
            group.kill_member(victim)
            kills += 1
            time.sleep(chance.uniform(0, 0.4))
            group.start_member(victim)
        told = f"seed {seed}, {kills} kills\n{group.member_log(1)}\n{group.member_log(2)}"
        self.assertTrue(wait_until(lambda: group.landed_rows() >= files * rows, 90), told)
        agent.send_signal(signal.SIGTERM)
        self.assertEqual(agent.wait(30), 0)
        lines = sorted(line for file in group.repository_folder.glob("landing/**/[!.]*.ndjson") for line in file.read_text().splitlines())
        expected = sorted(f'{{"spell":"S{number}-{row}","note":"well"}}' for number in range(files) for row in range(rows))
        self.assertEqual(lines, expected, told)
        self.verified()
        self.assertTrue(all(group.balancer.taken.values()), group.balancer.taken)

    def test_a_server_that_is_away_keeps_nothing_from_arriving_later(self):
        group = self.group
        group.start_member(1)
        group.start_member(2)
        control = os.environ["TRIBUTARY_POSTGRES_CTL"]
        group.drop("admissions-1.csv", "spell,note\n" + "S1,well\n" * 1000)
        self.assertEqual(group.agent("run", "--once").returncode, 0, group.log())
        subprocess.run([control, "stop"], check=True)
        try:
            group.drop("admissions-2.csv", "spell,note\n" + "S2,well\n" * 1000)
            self.assertEqual(group.agent("run", "--once").returncode, 4, group.log())
            self.assertNotEqual(group.tributary_repository("status").returncode, 0)
        finally:
            subprocess.run([control, "start"], check=True)
        agent = group.service()
        self.addCleanup(agent.wait)
        self.addCleanup(agent.kill)
        self.assertTrue(wait_until(lambda: group.landed_rows() == 2000, 90), group.log() + group.member_log(1))
        self.assertIn("2 landed, 0 wait to be landed", self.verified())


if __name__ == "__main__":
    unittest.main()
