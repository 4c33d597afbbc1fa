#!/usr/bin/env python3
"""Bits flipped at random in what lies on the disks: the queue and its write-ahead log, configuration, policies, keys and certificates of a site; store, ledger and landing
of the repository. It is found (by the check that is there for it), told, and contained: no row lands twice, changed or under another pseudonym, and none is missing
without a word.

    damage.py [--seeds N] [--seed S] [--only TARGET]"""
import argparse
import concurrent.futures
import json
import os
import random
import re
import sqlite3
import subprocess
import sys

from proof import BIN, FEED, KILLED, STREAMS, Failure, Proof, World, wait_until
from audit_tests import make_approver  # noqa: E402, found where proof.py has looked

STORED = (
    "SELECT chunk, manifest, sealed, manifest_sha256 FROM payloads ORDER BY chunk",
    "SELECT id, queue, stream, sequence, rows, sealed_bytes, sealed_sha256 FROM chunks ORDER BY number",
    "SELECT source, checkpoint FROM checkpoints ORDER BY source",
    "SELECT source, mark FROM marks ORDER BY source, mark",
    "SELECT stream, next_sequence, last_manifest_sha256 FROM streams ORDER BY stream",
    "SELECT chunk_id, stream, sequence, sealed_sha256, jws FROM receipts ORDER BY number",
    "SELECT run, manifest, manifest_sha256, receipt FROM run_manifests ORDER BY number",
    "SELECT run, stream, queue, first, last, rows, last_manifest_sha256 FROM run_streams ORDER BY run, stream, queue",
)
ACKNOWLEDGED = (
    "SELECT site, id, stream, queue, sequence, previous, manifest, manifest_sha256, rows, sealed_bytes, sealed_sha256, certificate, received, receipt, landed_file, "
    "removed_rows, landed_sha256, run FROM chunks ORDER BY number",
    "SELECT site, id, manifest, jws, certificate, received, receipt FROM runs ORDER BY number",
    "SELECT site, run, stream, queue, began, chunks, rows, first, last, all_rows FROM run_streams WHERE last IS NOT NULL ORDER BY 1, 2, 3, 4",
)


def dump(file, queries):
    """Nothing if it cannot be read."""
    try:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        connection.text_factory = bytes
        return [connection.execute(query).fetchall() for query in queries]
    except (sqlite3.Error, UnicodeDecodeError):  # some of SQLite's errors quote the file
        return None


class DamageProof(Proof):
    """One round against one target."""

    def __init__(self, target, seed):
        super().__init__(target, seed)
        self.pseudonyms = {}
        self.reported = False
        if target == "policies":
            self.require_approval()  # or a bit can make another policy, which is as good as the first

    def require_approval(self):
        site = self.world.site
        make_approver(self.world.folder, "Caldicott Guardian")
        (site / "certificates" / "approver.pem").write_bytes((self.world.folder / "approver.pem").read_bytes())
        configuration = site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace("sources:\n", "require_approval: true\napprovers: [certificates/approver.pem]\nsources:\n"))
        for stream in STREAMS:
            result = self.world.agent("policy", "approve", stream, "--key", str(self.world.folder / "approver.key"), "--certificate",
                                      str(self.world.folder / "approver.pem"))
            if result.returncode != 0:
                raise Failure(f"policy approve: {result.stderr}")

    def files_of(self, target):
        site, repository = self.world.site, self.world.repository_folder
        return {
            "queue": [site / "data" / "queue.db"],
            "log": [site / "data" / "queue.db-wal"],
            "configuration": [site / "tributary.yaml"],
            "policies": sorted((site / "policies").glob("*.yaml")),
            "keys": sorted((site / "keys").iterdir()),
            "certificates": sorted((site / "certificates").iterdir()),
            "audit": sorted(site.glob("data/**/audit*")),
            "store": sorted(repository.glob("store/**/*.*s")),
            "landing": sorted(repository.glob("landing/**/*.ndjson")),
            "ledger": [repository / "ledger.db"],
        }[target]

    def flip(self, target):
        file = self.random.choice([file for file in self.files_of(target) if file.is_file() and file.stat().st_size > 0])
        content = bytearray(file.read_bytes())
        before = bytes(content)
        for _ in range(self.random.choice([1, 1, 3, 20])):
            content[self.random.randrange(len(content))] ^= 1 << self.random.randrange(8)
        file.write_bytes(content)
        return file, before

    def pin_pseudonyms(self):
        """By whom, as they are before any damage."""
        persons = {spell: person for rows in self.expected.values() for spell, person in rows}
        for row in self.landed_rows():
            self.pseudonyms.setdefault(persons[row["spell"]], row["person"])

    def landed_rows(self):
        for file in sorted(self.world.repository_folder.glob("landing/site=*/stream=*/**/*.ndjson")):
            for line in file.read_text().splitlines():
                yield json.loads(line)

    def begin(self):
        self.drop_extracts()
        self.settle()
        self.pin_pseudonyms()

    def queue_more(self, kill=False):
        self.world.stop_repository()
        for _ in range(2):
            self.drop_extracts()
            self.run_agent("courier.before_announce:kill:1" if kill else "")

    def run_damaged(self):
        """Whatever the exit code, no crash."""
        for _ in range(4):
            self.make_due()
            result = subprocess.run([BIN / "tributary", "run", "--once", "--config", self.world.site / "tributary.yaml"],
                                    capture_output=True, text=True, timeout=120, check=False)
            if result.returncode not in (0, 1, 3, 4):
                raise Failure(f"the agent ended with {result.returncode}: {result.stderr[-2000:]}")
            self.reported = self.reported or result.returncode != 0
            status = self.world.agent("status").stdout
            if "Sources are held" in status:
                self.reported = True
                self.take_out_what_has_landed()
                if self.world.agent("queue", "resume", "--reason", "looked at what lies in the folder").returncode != 0:
                    raise Failure("the sources cannot be let run again")
        self.reported = self.reported or re.search(r"damaged|could not be saved|quarantine", self.world.log()) is not None

    def take_out_what_has_landed(self):
        """Of the feed, as its place in it is lost: what an administrator does who is told that rows could come twice."""
        wait_until(self.all_landed, 10)
        landed = {row["spell"] for row in self.landed_rows()}
        feed = self.world.site / FEED
        lines = [" " * len(line) if line.partition(",")[0] in landed else line for line in feed.read_text().splitlines()]
        feed.write_text("".join(line + "\n" for line in lines))

    def check(self, what):
        rows = list(self.landed_rows())
        spells = [row["spell"] for row in rows]
        if len(spells) != len(set(spells)):
            raise Failure(f"{what}: {len(spells) - len(set(spells))} rows landed twice")
        persons = {spell: person for of_stream in self.expected.values() for spell, person in of_stream}
        for row in rows:
            if row["spell"] not in persons:
                raise Failure(f"{what}: a row landed that is in no extract")
            person = persons[row["spell"]]
            if self.pseudonyms.setdefault(person, row["person"]) != row["person"]:
                raise Failure(f"{what}: a person has two pseudonyms")
        waiting = "".join(file.read_text() for file in (self.world.site / "incoming").glob("*.csv"))
        lost = [spell for spell in persons if spell not in set(spells) and spell not in waiting]
        if lost and not self.reported:
            raise Failure(f"{what}: {len(lost)} rows are missing, and nobody was told")
        return len(lost)

    # ---- One round of each kind

    def damage_to_the_queue(self, target):
        self.begin()
        self.queue_more(kill=target == "log")
        queue = self.world.site / "data" / "queue.db"
        before = dump(queue, STORED) if target == "queue" else None
        self.flip(target)
        if target == "queue" and self.world.agent("queue", "verify").returncode == 0 and dump(queue, STORED) != before:
            raise Failure("queue verify finds nothing, and yet something is another")
        self.start_repository()
        self.run_damaged()
        self.drop_extracts()
        self.run_damaged()  # it goes on
        self.landed_in_the_end()
        return self.check(target)

    def damage_to_the_site(self, target):
        self.begin()
        self.queue_more()
        file, before = self.flip(target)
        self.drop_extracts()
        self.start_repository()
        self.run_damaged()
        self.landed_in_the_end()
        self.check(target)
        file.write_bytes(before)  # the administrator puts right what is told
        self.reported = False
        self.settle()
        if target == "audit":
            return 0
        if self.check(target) > 0:
            raise Failure(f"{target}: rows are missing although the file is as it was")
        return 0

    def damage_to_the_audit_log(self, target):
        self.begin()
        file, before = self.flip(target)
        if self.world.agent("audit", "verify").returncode == 0 and file.read_bytes() != before:
            raise Failure(f"audit verify finds nothing in {file.name}")
        file.write_bytes(before)
        return 0

    def damage_to_the_repository(self, target):
        self.begin()
        self.world.stop_repository()
        ledger = self.world.repository_folder / "ledger.db"
        before = dump(ledger, ACKNOWLEDGED)
        file, content = self.flip(target)
        result = self.world.tributary_repository("verify")
        if result.returncode not in (0, 1, 3):
            raise Failure(f"verify ended with {result.returncode}: {result.stderr[-2000:]}")
        changed = dump(ledger, ACKNOWLEDGED) != before if target == "ledger" else True
        if result.returncode == 0 and changed:
            raise Failure(f"verify finds nothing in {file}")
        file.write_bytes(content)
        self.settle()
        self.account()
        return 0

    def landed_in_the_end(self):
        wait_until(self.all_landed, 20)

    def round(self, target):
        kinds = {"queue": self.damage_to_the_queue, "log": self.damage_to_the_queue, "store": self.damage_to_the_repository,
                 "landing": self.damage_to_the_repository, "ledger": self.damage_to_the_repository, "audit": self.damage_to_the_audit_log}
        return kinds.get(target, self.damage_to_the_site)(target)


TARGETS = ("queue", "log", "configuration", "policies", "keys", "certificates", "audit", "store", "landing", "ledger")


def prove(target, seed, number):
    proof = DamageProof(target, f"{seed} {number}")
    try:
        return True, proof.round(target)
    except (Failure, subprocess.TimeoutExpired, AssertionError, UnicodeDecodeError) as failure:
        return False, f"FAILED {target}, round {number} (repeat with: damage.py --only {target} --seed {seed}, TRIBUTARY_KEEP=1): {failure} {proof.world.folder}"
    finally:
        if os.environ.get("TRIBUTARY_KEEP"):
            proof.world.stop_repository()
        else:
            proof.world.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--only", default="")
    parser.add_argument("--first", type=int, default=0)
    arguments = parser.parse_args()
    World.prepare()
    sound = True
    with concurrent.futures.ProcessPoolExecutor(max_workers=os.cpu_count()) as pool:
        for target in [target for target in TARGETS if re.fullmatch(arguments.only or ".*", target)]:
            rounds = [pool.submit(prove, target, arguments.seed, arguments.first + number) for number in range(arguments.seeds)]
            results = [future.result() for future in rounds]
            for good, text in results:
                if not good:
                    print(text, flush=True)
                    sound = False
            lost = sum(text for good, text in results if good)
            print(f"{target}: {arguments.seeds} times damaged; {lost} rows lost, all of which was told, 0 doubled, 0 changed", flush=True)
    World.forget()
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
