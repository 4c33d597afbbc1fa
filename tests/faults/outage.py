#!/usr/bin/env python3
"""Ten days without a repository: every three hours extracts come and the agent runs, its clock moved on (libfaketime), is killed now and then, and people opt out. On the eleventh
day the repository is there again: all is delivered in one go, each row once and in order, without those who opted out. Then a backlog of many thousand chunks is queued and taken out
again (backlog_bench): each once and in order, with a process that stays small.

    outage.py [--seeds N] [--seed S]"""
import argparse
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time

from proof import BIN, Failure, Proof, World

DAY = 86400


class OutageProof(Proof):
    def __init__(self, seed):
        super().__init__("outage", seed)
        self.world.stop_repository()

    def write_opt_outs(self):
        super().write_opt_outs()
        then = time.time() + self.later  # or the list would be too old for the agent's clock
        os.utime(self.world.site / "policies" / "opt-outs.txt", (then, then))

    def round(self):
        while self.later < 10 * DAY:
            self.later += 3 * 3600
            self.drop_extracts()
            self.write_opt_outs()
            if self.random.random() < 0.1:
                self.opt_out_of_somebody()
            fault = self.random.choice(("outbox.before_commit:kill:2", "outbox.after_commit:kill:2")) if self.random.random() < 0.1 else ""
            self.run_agent(fault)
        self.run_agent()
        waiting = self.world.agent("status").stdout
        if " chunks wait" not in waiting:
            raise Failure("status says nothing of what waits: " + waiting)
        outage = self.world.log().count("the repository cannot be reached")
        self.later += 3600
        self.write_opt_outs()
        self.start_repository()
        if self.run_agent() != 0:
            raise Failure("not all was delivered in one go: " + self.world.agent("queue", "list").stdout + self.world.log()[-3000:])
        self.settle()
        self.account()
        self.no_gaps()
        return self.next_spell, outage


def backlog(chunks):
    with tempfile.TemporaryDirectory(dir=os.environ.get("TRIBUTARY_DISK")) as folder:
        result = subprocess.run([BIN / "backlog_bench", folder, str(chunks), "8192"], capture_output=True, text=True, timeout=1800, check=False)
    if result.returncode != 0:
        raise Failure(f"the backlog: {result.stdout}{result.stderr}")
    return result.stdout.partition("backlog_in_ratio")[0].rstrip()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    arguments = parser.parse_args()
    World.prepare()
    for number in range(max(1, arguments.seeds // 10)):
        proof = OutageProof(f"{arguments.seed} {number}")
        try:
            rows, _ = proof.round()
            print(f"outage: ten days, {rows} rows, delivered in one go when it was over; 0 lost, 0 doubled, in order", flush=True)
        except (Failure, subprocess.TimeoutExpired, AssertionError) as failure:
            sys.exit(f"FAILED outage, round {number} (repeat with: outage.py --seed {arguments.seed}): {failure}")
        finally:
            proof.world.close()
    World.forget()
    if (pathlib.Path(BIN) / "backlog_bench").exists():
        try:
            print(backlog(1000 * arguments.seeds), flush=True)
        except Failure as failure:
            sys.exit(f"FAILED outage: {failure}")


if __name__ == "__main__":
    main()
