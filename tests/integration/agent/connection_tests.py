"""The way to the repository: through a real proxy (tinyproxy), and no faster than it may be."""
import os
import shutil
import socket
import subprocess
import threading
import time
import unittest

from site_and_repository import World, wait_until

POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class ProxyTests(unittest.TestCase):
    def setUp(self):
        self.world = World()
        self.addCleanup(self.world.close)
        self.world.policy(POLICY)
        self.world.start_repository()
        self.port = free_port()
        secret = self.world.site / "secrets"
        secret.mkdir(mode=0o700)
        (secret / "proxy").write_text("correct-horse\n")
        (secret / "proxy").chmod(0o600)

    def start_proxy(self, user=True):
        program = shutil.which("tinyproxy") or "/usr/sbin/tinyproxy"
        self.proxy_log = self.world.folder / "proxy.log"
        configuration = self.world.folder / "tinyproxy.conf"
        configuration.write_text(f"Port {self.port}\nListen 127.0.0.1\nTimeout 30\nLogFile \"{self.proxy_log}\"\nLogLevel Connect\nMaxClients 20\n"
                                 f"ConnectPort {self.world.port}\n" + ("BasicAuth rvw correct-horse\n" if user else ""))
        proxy = subprocess.Popen([program, "-d", "-c", configuration], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)

        def listens():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.port)) == 0
        self.assertTrue(wait_until(listens))

    def use_proxy(self, more=""):
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace("  connect_timeout", f"  proxy: {{url: \"http://127.0.0.1:{self.port}\"{more}}}\n  connect_timeout"))

    def connects(self):
        return self.proxy_log.read_text().count("CONNECT localhost")

    def deliver(self):
        self.world.drop("admissions-1.csv", "spell,note\n" + "S2,well\n" * 1000)
        result = self.world.agent("run", "--once")
        return result.returncode, result.stdout + result.stderr + self.world.log()

    def test_everything_goes_through_the_proxy_and_no_secret_is_told(self):
        self.start_proxy()
        self.use_proxy(", user: rvw, password: \"file:secrets/proxy\"")
        code, output = self.deliver()
        self.assertEqual(code, 0, output)
        self.assertEqual(len(self.world.landed()), 1000)
        self.assertGreater(self.connects(), 0)
        self.assertNotIn("correct-horse", output)
        self.assertNotIn("well", self.proxy_log.read_text())

    def test_a_wrong_password_is_said_and_the_chunk_waits(self):
        self.start_proxy()
        (self.world.site / "secrets" / "proxy").write_text("battery staple")
        self.use_proxy(", user: rvw, password: \"file:secrets/proxy\"")
        code, output = self.deliver()
        self.assertEqual(code, 4, output)
        self.assertIn(f"the proxy 127.0.0.1:{self.port} does not connect us", output)
        self.assertRegex(output, "Unauthorized|Authentication")
        self.assertNotIn("battery", output)
        self.assertIn("1 wait", output)

    def test_a_password_that_is_not_there_stops_the_agent_before_it_starts(self):
        self.use_proxy(", user: rvw, password: \"env:NOT_SET_ANYWHERE\"")
        code, output = self.deliver()
        self.assertEqual(code, 3, output)
        self.assertIn("repository.proxy: the password is not where", output)
        self.assertIn("tributary.yaml:", output)

    def test_a_proxy_that_is_down_is_named(self):
        self.use_proxy()
        code, output = self.deliver()
        self.assertEqual(code, 4, output)
        self.assertIn(f"the proxy 127.0.0.1:{self.port}: connection refused", output)

    def test_a_host_of_no_proxy_is_reached_without_it(self):
        self.start_proxy()
        self.use_proxy(", no_proxy: [localhost]")
        code, output = self.deliver()
        self.assertEqual(code, 0, output)
        self.assertEqual(self.connects(), 0)


class Meter:
    """Passes connections on to a port and counts what goes there, by tenths of a second."""

    def __init__(self, port):
        self.port = port
        self.lock = threading.Lock()
        self.seen = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.port))
            threading.Thread(target=self.pump, args=(client, server, True), daemon=True).start()
            threading.Thread(target=self.pump, args=(server, client, False), daemon=True).start()

    def pump(self, source, target, counts):
        try:
            while data := source.recv(1 << 16):
                if counts:
                    with self.lock:
                        self.seen.append((time.monotonic(), len(data)))
                target.sendall(data)
        except OSError:
            pass
        finally:
            source.close()
            target.close()

    def most_in_a_second(self):
        most = first = total = 0
        for when, size in self.seen:
            total += size
            while self.seen[first][0] <= when - 1:
                total -= self.seen[first][1]
                first += 1
            most = max(most, total)
        return most


class BandwidthTests(unittest.TestCase):
    def test_all_connections_together_stay_below_the_limit_in_every_second(self):
        world = World()
        self.addCleanup(world.close)
        world.policy(POLICY)
        world.start_repository()
        meter = Meter(world.port)
        self.addCleanup(meter.listener.close)
        configuration = world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace(f"localhost:{world.port}", f"localhost:{meter.address}")
                                 .replace("sources:", "upload: {bandwidth: 16 Mbit/s, connections: 3}\nsources:"))
        letters = bytes(ord("a") + i % 26 for i in range(256))
        for number in range(4):
            rows = (f"S{number}{i:07d},{os.urandom(400).translate(letters).decode()}" for i in range(5_500))
            world.drop(f"admissions-{number}.csv", "spell,note\n" + "\n".join(rows) + "\n")
        result = world.agent("run", "--once")
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertEqual(len(world.landed()), 22_000)
        self.assertGreater(sum(size for _, size in meter.seen), 4_000_000)
        self.assertGreaterEqual(meter.connections, 2)
        self.assertLessEqual(meter.most_in_a_second(), 2_000_000)


if __name__ == "__main__":
    unittest.main()
