"""What the proofs of this folder share: a site of three sources (one of which trickles) and four streams beside a repository, extracts whose rows are told apart, and the account of what landed."""
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "integration" / "agent"))
from site_and_repository import BIN, World, wait_until  # noqa: E402

KILLED = -9
FAKETIME = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)
STREAMS = {"admissions": "hospital", "visits": "hospital", "services": "council", "messages": "ward"}
FEED = "incoming/messages.feed"  # of the ward
POLICY = """policy: 1
stream: {stream}
fields:
  spell: keep
  nhs_number: {{action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}}
opt_out: {{field: nhs_number, lists: opt-outs.txt, max_age: 7d, empty_lists: true}}
"""


class Failure(Exception):
    """What must not be."""


def later(seconds):
    """The environment of a program whose wall clock is ahead."""
    if FAKETIME is None:
        sys.exit("libfaketime is missing; packaging/dependencies.sh --test installs it")
    return dict(os.environ, LD_PRELOAD=str(FAKETIME), FAKETIME=f"{seconds:+d}s", NO_FAKE_STAT="1", FAKETIME_DONT_FAKE_MONOTONIC="1")


def nhs_number(nine_digits):
    text = f"{nine_digits:09d}"
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(text)) % 11
    return None if check == 10 else text + str(check % 11)


def people(count):
    numbers = (nhs_number(943_476_000 + i) for i in range(2 * count))
    return [number for number in numbers if number is not None][:count]


class Proof:
    """A world, what was put into it, and what has to come out."""

    def __init__(self, name, seed, by_folder=False):
        self.random = random.Random(f"{seed} {name}")
        self.world = World()
        self.people = people(60)
        self.opted_out = set()
        self.expected = {stream: [] for stream in STREAMS}  # (spell, NHS number), in order
        self.next_spell = 0
        self.later = 0  # seconds that the agent's clock is ahead
        self.files = 0
        self.share = self.world.folder / "share" if by_folder else None  # in the place of HTTPS
        self.configure()
        if self.share:
            self.deliver_by_folder()
        self.world.start_repository()

    def configure(self):
        sources = "".join(
            f"""  {source}:
    plugin: csv
    schedule: {{watch: 1s}}
    options: {{folder: incoming, settle: 0s, afterwards: move}}
    streams:
"""
            + "".join(f'      {stream}: {{policy: policies/{stream}.yaml, options: {{files: "{stream}*.csv"}}}}\n' for stream, of in STREAMS.items() if of == source)
            for source in ("hospital", "council"))
        sources += f"""  ward:
    plugin: trickle
    schedule: {{watch: 1s}}
    options: {{file: {FEED}}}
    streams:
      messages: {{policy: policies/messages.yaml}}
"""
        self.world.configure()
        configuration = self.world.site / "tributary.yaml"
        head, _, _ = configuration.read_text().partition("sources:\n")
        configuration.write_text(head + "sources:\n" + sources)
        for stream in STREAMS:
            (self.world.site / "policies" / f"{stream}.yaml").write_text(POLICY.format(stream=stream))
        self.write_opt_outs()
        (self.world.site / FEED).touch()

    def deliver_by_folder(self):
        self.share.mkdir()
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace(f"  url: https://localhost:{self.world.port}\n", f"  directory: {self.share}\n"))
        with (self.world.repository_folder / "repository.yaml").open("a") as file:
            file.write(f"directories: [{self.share}]\n")

    def write_opt_outs(self):
        file = self.world.site / "policies" / "opt-outs.txt"
        file.with_suffix(".new").write_text("".join(f"{number}\n" for number in sorted(self.opted_out)))
        file.with_suffix(".new").rename(file)

    def opt_out_of_somebody(self):
        known = sorted({person for rows in self.expected.values() for _, person in rows if person not in self.opted_out})
        if known:
            self.opted_out.add(self.random.choice(known))
            self.write_opt_outs()

    def drop_extracts(self):
        for stream, source in STREAMS.items():
            for _ in range(self.random.randint(1, 2)):
                rows = []
                for _ in range(self.random.randint(1, 40)):
                    self.next_spell += 1
                    rows.append((f"S{self.next_spell:08d}", self.random.choice(self.people)))
                    if rows[-1][1] not in self.opted_out:
                        self.expected[stream].append(rows[-1])
                lines = "".join(",".join(row) + "\n" for row in rows)
                if source == "ward":
                    with (self.world.site / FEED).open("a") as feed:
                        feed.write(lines)
                else:
                    self.files += 1
                    self.world.drop(f"{stream}-{self.files:06d}.csv", "spell,nhs_number\n" + lines)

    # ---- What runs

    def run_agent(self, fault="", *words):
        environment = dict(later(self.later) if self.later else os.environ, TRIBUTARY_FAULT=fault)
        result = subprocess.run([BIN / "tributary", "run", "--once", *words, "--config", self.world.site / "tributary.yaml"], env=environment,
                                capture_output=True, text=True, timeout=120, check=False)
        if result.returncode not in (0, 1, 4, KILLED):
            raise Failure(f"the agent ended with {result.returncode}: {result.stdout}{result.stderr}")
        return result.returncode

    def start_repository(self, fault=""):
        self.world.stop_repository()
        process = subprocess.Popen([BIN / "tributary-repository", "serve", "--config", self.world.repository_folder / "repository.yaml"],
                                   env=dict(os.environ, TRIBUTARY_FAULT=fault), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.world.repository = process
        wait_until(lambda: process.poll() is not None or self.world.listens())

    def all_landed(self):
        return " 0 wait to be landed" in self.world.tributary_repository("verify").stdout

    def looked_through(self):
        """The repository has taken all that lies in the shared folder."""
        return not self.share or not any(file for kind in ("chunks", "runs") for file in self.share.glob(f"site=*/{kind}/*.jws"))

    def let_repository_look(self):
        process = self.world.repository
        if process is not None:
            wait_until(lambda: self.looked_through() or process.poll() is not None)

    def make_due(self):
        self.world.agent("queue", "retry", "--waiting")

    def settle(self):
        """Without faults, until all is delivered and landed."""
        self.start_repository()
        for _ in range(20):
            self.make_due()
            if self.run_agent() == 0:
                break
            self.let_repository_look()
        else:
            raise Failure("the queue is not delivered: " + self.world.agent("queue", "list").stdout + self.world.log()[-2000:])
        if not wait_until(self.all_landed):
            raise Failure("not all is landed: " + self.world.tributary_repository("verify").stdout)

    # ---- The account

    def landed(self):
        """The spells of each stream in the order of its chunks."""
        in_order = "SELECT stream, landed_file FROM chunks WHERE kind = 'records' ORDER BY stream, generation, sequence"
        if self.world.ledger.startswith("postgresql:"):
            answer = subprocess.run(["psql", "-A", "-t", self.world.ledger, "-c", in_order], capture_output=True, text=True, check=True)
            files = [line.split("|") for line in answer.stdout.splitlines()]
        else:
            ledger = sqlite3.connect(f"file:{self.world.repository_folder / 'ledger.db'}?mode=ro", uri=True)
            files = ledger.execute(in_order).fetchall()
            ledger.close()
        found = {stream: [] for stream in STREAMS}
        for stream, file in files:
            for line in (self.world.repository_folder / "landing" / file).read_text().splitlines():
                found[stream].append(json.loads(line)["spell"])
        return found

    def account(self):
        found = self.landed()
        for stream, rows in self.expected.items():
            wanted = [spell for spell, person in rows if person not in self.opted_out]
            if found[stream] != wanted:
                lost = sorted(set(wanted) - set(found[stream]))
                foreign = sorted(set(found[stream]) - set(wanted))
                doubled = len(found[stream]) - len(set(found[stream]))
                raise Failure(f"stream {stream}: lost {lost[:5]} ({len(lost)}), doubled {doubled}, foreign or not retracted {foreign[:5]} ({len(foreign)}), "
                              f"else out of order")
        for what, result in (("verify", self.world.tributary_repository("verify")), ("audit verify", self.world.agent("audit", "verify")),
                             ("queue verify", self.world.agent("queue", "verify"))):
            if result.returncode != 0:
                raise Failure(f"{what}: {result.stdout}{result.stderr}")
        self.all_runs_whole()

    def all_runs_whole(self):
        """Each run has said what belongs to it, those that a crash cut included, and all of it is there."""
        runs = self.world.tributary_repository("runs").stdout
        if "every run that has arrived is whole" not in runs:
            raise Failure(runs)

    def no_gaps(self):
        gaps = self.world.tributary_repository("gaps").stdout
        if "no gaps" not in gaps:
            raise Failure(gaps)
