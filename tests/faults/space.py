#!/usr/bin/env python3
"""A queue on a disk of 64 MiB (a tmpfs in a mount namespace of its own) and an outage that brings more than fits. The sources pause and no run fails; another program fills
what is left of the disk; the agent is killed and starts again on the full disk; the repository comes back, receipts are stored on the full disk, and all goes on: each
row lands once.

    space.py [--seeds N] [--seed S]"""
import argparse
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys

from proof import BIN, Failure, World, wait_until

NAMESPACE = ["unshare", "--user", "--map-root-user", "--mount"]
ALL_WHOLE = "every run that has arrived is whole"
LETTERS = bytes(ord("a") + i % 26 for i in range(256))
POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""


class SpaceProof:
    """One round."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        World.keep_free = f"{self.random.randint(6, 12)} MiB"
        self.world = World()
        self.world.policy(POLICY)
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace("reserve: 1 MiB", "reserve: 28 MiB"))
        self.data = self.world.site / "data"
        self.data.mkdir(exist_ok=True)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", self.data], check=True)
        self.agent = None
        self.rows = 0

    def close(self):
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()
        self.world.stop_repository()
        subprocess.run(["umount", "-l", self.data], check=True)
        shutil.rmtree(self.world.folder)

    def drop_more_than_fits(self):
        notes = 600
        for number in range(1, 5):
            lines = ["spell,note"]
            for _ in range(self.random.randint(45_000, 60_000)):
                self.rows += 1
                lines.append(f"S{self.rows:08d},{os.urandom(notes).translate(LETTERS).decode()}")
            self.world.drop(f"admissions-{number}.csv", "\n".join(lines) + "\n")

    def start_agent(self):
        self.agent = subprocess.Popen([BIN / "tributary", "run", "--config", self.world.site / "tributary.yaml"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def wait_for(self, condition, what, seconds=120):
        if not wait_until(condition, seconds):
            raise Failure(f"waited in vain: {what}\n{self.world.log()[-3000:]}{self.world.agent('status').stdout}")

    def fill_the_disk(self):
        with (self.data / "of another program").open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    pass
        if shutil.disk_usage(self.data).free > 4096:
            raise Failure("the disk is not full")

    def runs(self):
        return self.world.tributary_repository("runs").stdout

    def all_delivered(self):
        """The last run too has said what belongs to it: it does so after its last file is taken away."""
        return (not list((self.world.site / "incoming").glob("*.csv")) and self.world.agent("queue", "list").stdout.startswith("The queue is empty.")
                and ALL_WHOLE in self.runs())

    def round(self):
        self.drop_more_than_fits()
        self.start_agent()
        self.wait_for(lambda: "sources pause until there is room" in self.world.log(), "the sources pause")
        if "run failed" in self.world.log():
            raise Failure("a run failed before its source paused: " + self.world.log()[-3000:])
        if "Sources pause until" not in self.world.agent("status").stdout:
            raise Failure("status says nothing of it: " + self.world.agent("status").stdout)
        self.fill_the_disk()
        self.agent.kill()
        self.agent.wait()
        self.start_agent()
        self.world.start_repository()
        self.wait_for(lambda: self.world.agent("queue", "list").stdout.startswith("The queue is empty."), "what is queued is delivered although the disk is full")
        delivered = sum(file.read_bytes().count(b"\n") for file in self.world.repository_folder.glob("landing/site=*/stream=*/**/*.ndjson"))
        (self.data / "of another program").unlink()
        self.wait_for(self.all_delivered, "all is delivered", 240)
        self.agent.terminate()
        if self.agent.wait(60) != 0:
            raise Failure("the agent did not stop cleanly")
        self.agent = None
        spells = [json.loads(line)["spell"] for line in self.world.landed()]
        if len(spells) != self.rows or len(set(spells)) != self.rows:
            raise Failure(f"{self.rows} rows were sent, {len(spells)} landed, {len(set(spells))} of them different")
        for what, result in (("verify", self.world.tributary_repository("verify")), ("queue verify", self.world.agent("queue", "verify"))):
            if result.returncode != 0:
                raise Failure(f"{what}: {result.stdout}{result.stderr}")
        if "no gaps" not in self.world.tributary_repository("gaps").stdout:
            raise Failure("there are gaps")
        if ALL_WHOLE not in self.runs():
            raise Failure(self.runs())
        return self.rows, delivered


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    arguments = parser.parse_args()
    if "TRIBUTARY_INSIDE" not in os.environ:
        if subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False).returncode != 0:
            print("space: skipped, this machine lets nobody mount a file system in a namespace")
            return
        os.environ["TRIBUTARY_INSIDE"] = "1"
        os.execvp(NAMESPACE[0], [*NAMESPACE, sys.executable, "-B", str(pathlib.Path(__file__).resolve()), "--seeds", str(arguments.seeds), "--seed", str(arguments.seed)])
    World.prepare()
    for number in range(max(1, arguments.seeds // 10)):
        proof = SpaceProof(f"{arguments.seed} {number}")
        try:
            rows, delivered = proof.round()
            print(f"space: {rows} rows over a disk of 64 MiB, {delivered} of them delivered while another program had filled it; 0 lost, 0 doubled", flush=True)
        except (Failure, subprocess.TimeoutExpired, AssertionError, UnicodeDecodeError) as failure:
            sys.exit(f"FAILED space, round {number} (repeat with: space.py --seed {arguments.seed}): {failure}")
        finally:
            proof.close()
    World.forget()


if __name__ == "__main__":
    main()
