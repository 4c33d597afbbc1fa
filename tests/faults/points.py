#!/usr/bin/env python3
"""Crashes at every fault point (agent/platform/fault_point.h), again during the recovery, and then the account: each row of the extracts has landed once and in its
stream's order, retracted people are gone, both sides' own checks pass. Programs with fault points built in are named by TRIBUTARY_BIN.

    points.py [--seeds N] [--seed S] [--only POINT] [--by-folder]

Each point is passed by a site and a repository of their own: N rounds with SIGKILL there and again later, and a few with a failure that the code is told of, or a halt. The
same seed draws the same faults, extracts and moments."""
import argparse
import concurrent.futures
import os
import random
import re
import sqlite3
import subprocess
import sys

from proof import BIN, KILLED, Failure, Proof, World, wait_until


class PointProof(Proof):
    """Of one fault point."""

    def __init__(self, point, seed, by_folder):
        super().__init__(point, seed, by_folder)
        self.point = point

    def damage_an_index(self):
        """So that the next start has something to salvage; of what the queue says nothing is lost."""
        queue = self.world.site / "data" / "queue.db"
        connection = sqlite3.connect(queue)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'chunks_in_state'").fetchone()[0]
        connection.close()
        with queue.open("r+b") as file:
            file.seek((root - 1) * 16384)
            file.write(b"\x5a" * 16384)

    def repository_died(self, patience):
        """Landing goes on behind the receipts."""
        process = self.world.repository
        wait_until(lambda: process.poll() is not None or (self.looked_through() and self.all_landed()), patience)
        if process.poll() is None:
            return False
        if process.returncode != KILLED:
            raise Failure(f"the repository ended with {process.returncode}")
        self.world.repository = None
        return True

    def fails(self, fault):
        """Does the work with a fault in it; whether it was a crash."""
        self.let_repository_look()
        self.make_due()
        if self.point.startswith("repository."):
            self.start_repository(fault)
            if self.world.repository.poll() is None:
                self.run_agent()
            return self.repository_died(20 if ":kill:" in fault else 1)
        return self.run_agent(fault) == KILLED

    # ---- One round

    def round(self, action):
        before = self.next_spell
        self.drop_extracts()
        if "retraction" in self.point or "removal" in self.point or self.random.random() < 0.3:
            self.opt_out_of_somebody()
        if self.point.startswith("salvage."):
            self.run_agent("", "--no-upload")
            self.damage_an_index()
            self.drop_extracts()
        if action == "kill":
            self.crash(self.point, 3)
        else:
            self.fails(f"{self.point}:{action}:1")
        self.crash("any", 10)
        self.settle()
        self.account()
        if not self.point.startswith("salvage."):
            self.no_gaps()
        return self.next_spell - before

    def crash(self, point, highest):
        """At the N-th pass, or an earlier one if it is not passed so often; there is more to do each time."""
        passes = self.random.randint(1, highest)
        for _ in range(12):
            if self.fails(f"{point}:kill:{passes}"):
                return
            passes = max(1, passes // 2)
            self.drop_extracts()
            if "retraction" in self.point or "removal" in self.point:
                self.opt_out_of_somebody()
            if self.point.startswith("salvage.") and point != "any":
                self.run_agent("", "--no-upload")
                self.damage_an_index()
        raise Failure(f"{point} was never passed")


def prove(point, seed, seeds, by_folder):
    proof = PointProof(point, seed, by_folder)
    rows = 0
    done = 0
    others = ["throw"] * ((seeds + 9) // 10) + ["stall"] * (seeds // 20)
    try:
        for done, action in enumerate(["kill"] * seeds + others):
            rows += proof.round(action)
    except (Failure, subprocess.TimeoutExpired, AssertionError, UnicodeDecodeError) as failure:
        kept = f"; kept: {proof.world.folder}" if os.environ.get("TRIBUTARY_KEEP") else ""
        text = f"FAILED {point}, round {done + 1} (repeat with: tests/faults/run.sh --only points:{point} --seed {seed} --seeds {seeds}){kept}: {failure}"
        if not kept:
            proof.world.close()
        return False, text
    proof.world.close()
    return True, (f"{point}: {seeds} crashes there, {len(others)} failures and halts, and each time another crash during recovery; "
                  f"{rows} rows, 0 lost, 0 doubled, in order")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    parser.add_argument("--only", default="")
    parser.add_argument("--by-folder", action="store_true")
    arguments = parser.parse_args()
    points = subprocess.run([BIN / "tributary"], env=dict(os.environ, TRIBUTARY_FAULT="list"), capture_output=True, text=True, check=True).stdout.split()
    chosen = [point for point in points if re.fullmatch(arguments.only or ".*", point)]
    if not chosen or len(points) < 16:
        sys.exit(f"no such fault point; there are: {' '.join(points)}")
    print(f"{len(chosen)} fault points, {arguments.seeds} rounds each, seed {arguments.seed}", flush=True)
    World.prepare()
    sound = True
    # Programs wait for each other and for the disk half of the time, by a folder most of it.
    workers = os.cpu_count() * (4 if arguments.by_folder else 2)
    with concurrent.futures.ProcessPoolExecutor(max_workers=workers) as pool:
        for future in [pool.submit(prove, point, arguments.seed, arguments.seeds, arguments.by_folder) for point in chosen]:
            good, text = future.result()
            print(text, flush=True)
            sound = sound and good
    World.forget()
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
