"""A site and a repository on loopback for the tests of the programs: real processes, real TLS, real SQLite, in a folder of their own."""
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time

BIN = pathlib.Path(os.environ["TRIBUTARY_BIN"])
PACKAGING = pathlib.Path(os.environ["TRIBUTARY_PACKAGING"])

POLICY = """policy: 1
stream: admissions
unlisted: drop
fields:
  spell: keep
  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}
"""


def wait_until(condition, seconds=30.0):
    """Waits on a condition, and says whether it came true."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.02)
    return condition()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fresh_ledger():
    """A file, or a schema of its own where tests/support/with_postgres.sh has a server."""
    server = os.environ.get("TRIBUTARY_POSTGRES")
    if not server:
        return "ledger.db"
    schema = "of_test_" + secrets.token_hex(8)
    subprocess.run(["psql", "-q", server, "-c", f"CREATE SCHEMA {schema}"], check=True)
    return f"{server}&options=-csearch_path%3D{schema}"


class World:
    """One repository and one site RVW beside it."""

    keep_free = "1 MiB"
    _certificates = None  # made once: a throwaway authority takes a moment

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.repository_folder = self.folder / "repository"
        self.site = self.folder / "site"
        self.repository_folder.mkdir()
        self.port = free_port()
        self.ledger = fresh_ledger()
        self.repository = None
        self._make_certificates()
        self._write_repository()
        self.tributary("init", str(self.site), "--site", "RVW")
        self.sign("RVW")
        certificates = self.site / "certificates"
        for name, source in (("authority", "authority"), ("repository-encryption", "encryption"), ("repository-signing", "signing")):
            shutil.copy(self.certificates / f"{source}.pem", certificates / f"{name}.pem")
        self.tributary("key", "create", "region-2026", "--output", str(self.site / "keys"))
        self.configure()
        self.policy(POLICY)

    @staticmethod
    def prepare():
        """Certificates for all worlds of this process and of those that it forks."""
        if World._certificates is None:
            World._certificates = pathlib.Path(tempfile.mkdtemp()) / "certificates"
            subprocess.run([PACKAGING / "throwaway-authority.sh", World._certificates, "RVW"], check=True, capture_output=True)

    @staticmethod
    def forget():
        shutil.rmtree(World._certificates.parent)
        World._certificates = None

    def _make_certificates(self):
        World.prepare()
        self.certificates = self.repository_folder / "certificates"
        shutil.copytree(World._certificates, self.certificates)

    def _write_repository(self):
        self.write_repository("repository.yaml", self.port)

    def write_repository(self, name, port):
        (self.repository_folder / name).write_text(f"""listen: 127.0.0.1:{port}
folders: {{store: store, landing: landing}}
ledger: "{self.ledger}"
authority: certificates/authority.pem
certificate: certificates/server.pem
private_key: certificates/server.key
signing_certificate: certificates/signing.pem
signing_key: certificates/signing.key
encryption_certificate: certificates/encryption.pem
decryption_key: certificates/encryption.key
""")

    def sign(self, site):
        certificates = self.site / "certificates"
        subprocess.run([PACKAGING / "throwaway-authority.sh", "--sign", self.certificates, site, certificates / "site.csr", certificates / "site.pem"],
                       check=True, capture_output=True)

    def configure(self, options="{folder: incoming, settle: 0s, afterwards: move}", extra=""):
        (self.site / "tributary.yaml").write_text(f"""tributary: 1
site: RVW
repository:
  url: https://localhost:{self.port}
  authority: certificates/authority.pem
  certificate: certificates/site.pem
  private_key: certificates/site.key
  encryption_certificate: certificates/repository-encryption.pem
  signing_certificate: certificates/repository-signing.pem
  connect_timeout: 2s
  answer_timeout: 5s
log: {{to: file, file: logs/tributary.log}}
queue: {{quota: 64 GiB, keep_free: {self.keep_free}, reserve: 1 MiB}}
{extra}sources:
  hospital:
    plugin: csv
    schedule: {{watch: 1s}}
    options: {options}
    streams:
      admissions: {{policy: policies/admissions.yaml, options: {{files: "admissions*.csv"}}}}
""")

    def policy(self, text):
        (self.site / "policies" / "admissions.yaml").write_text(text)

    def drop(self, name, content):
        (self.site / "incoming" / name).write_bytes(content if isinstance(content, bytes) else content.encode())

    def start_repository(self):
        self.repository = subprocess.Popen([BIN / "tributary-repository", "serve", "--config", self.repository_folder / "repository.yaml"],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        assert wait_until(self.listens), "the repository did not start"

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop_repository(self):
        if self.repository is not None:
            self.repository.send_signal(signal.SIGTERM)
            self.repository.wait(30)
            self.repository = None

    def tributary(self, *words):
        return subprocess.run([BIN / "tributary", *words], capture_output=True, text=True, timeout=120, cwd=self.folder, check=False)

    def agent(self, *words):
        return self.tributary(*words, "--config", str(self.site / "tributary.yaml"))

    def tributary_repository(self, *words):
        return subprocess.run([BIN / "tributary-repository", *words, "--config", self.repository_folder / "repository.yaml"],
                              capture_output=True, text=True, timeout=120, check=False)

    def service(self):
        """The agent at work; it has started when this returns."""
        started = self.log().count("agent starts")
        service = subprocess.Popen([BIN / "tributary", "run", "--config", self.site / "tributary.yaml"], stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT, text=True)
        assert wait_until(lambda: self.log().count("agent starts") > started or service.poll() is not None), self.log()
        return service

    def log(self):
        file = self.site / "logs" / "tributary.log"
        return file.read_text() if file.exists() else ""

    def landed(self):
        """The landed lines, once the repository has opened all that it stored."""
        stored = len(list(self.repository_folder.glob("store/**/*.cms")))
        wait_until(lambda: len(list(self.repository_folder.glob("landing/**/*.ndjson"))) >= stored)
        return [line for file in sorted(self.repository_folder.glob("landing/**/*.ndjson")) for line in file.read_text().splitlines()]

    def close(self):
        self.stop_repository()
        shutil.rmtree(self.folder)
