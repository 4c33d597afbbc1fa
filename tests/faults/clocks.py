#!/usr/bin/env python3
"""The clocks of agent and repository jump (libfaketime): a year forward and back, days, hours and minutes, while extracts come and the repository is away now and then. Once both
clocks are right again, all is delivered within two minutes and without anybody's help, each row once. And a source that runs at 01:30 runs once in the nights of spring and autumn
in which the clocks change.

    clocks.py [--seeds N] [--seed S]"""
import argparse
import concurrent.futures
import datetime
import os
import random
import subprocess
import sys
import time

from proof import BIN, FAKETIME, Failure, Proof, World, later, wait_until

YEAR = 365 * 86400
UTC = datetime.timezone.utc
# 01:30 in London is not there (the run comes when the clocks have gone forward), and is there twice: two moments of UTC, and the runs that there were after each.
NIGHTS = (("spring", datetime.datetime(2027, 3, 28, 1, 0, tzinfo=UTC), datetime.datetime(2027, 3, 29, 0, 30, tzinfo=UTC), [1, 2]),
          ("autumn", datetime.datetime(2027, 10, 31, 0, 30, tzinfo=UTC), datetime.datetime(2027, 10, 31, 1, 30, tzinfo=UTC), [1, 1]))


class ClockProof(Proof):
    def __init__(self, seed):
        super().__init__("clocks", seed)
        self.world.stop_repository()
        self.clocks = {}
        for who in ("agent", "repository"):
            self.clocks[who] = self.world.folder / f"clock of {who}"
            self.set_clock(who, 0)
        self.agent = None

    def set_clock(self, who, seconds):
        file = self.clocks[who]
        file.with_suffix(".new").write_text(f"{seconds:+d}\n")
        file.with_suffix(".new").rename(file)

    def environment(self, who):
        environment = later(0)
        del environment["FAKETIME"]
        return environment | {"FAKETIME_TIMESTAMP_FILE": str(self.clocks[who]), "FAKETIME_NO_CACHE": "1"}

    def start(self, who):
        program, command, configuration = {"agent": ("tributary", "run", self.world.site / "tributary.yaml"),
                                           "repository": ("tributary-repository", "serve", self.world.repository_folder / "repository.yaml")}[who]
        return subprocess.Popen([BIN / program, command, "--config", configuration], env=self.environment(who), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start_repository(self, fault=""):
        self.world.stop_repository()
        self.world.repository = self.start("repository")
        if not wait_until(self.world.listens, 20):
            raise Failure("the repository did not start")

    def close(self):
        if self.agent is not None:
            self.agent.kill()
            self.agent.wait()
        self.world.close()

    def jump(self):
        return self.random.choice([YEAR, -YEAR, YEAR, -YEAR, self.random.randint(-30, 30) * 86400, self.random.randint(-7200, 7200), self.random.randint(-90, 90)])

    def round(self):
        self.start_repository()
        self.agent = self.start("agent")
        if not wait_until(lambda: "source starts" in self.world.log(), 20):
            raise Failure("the agent did not start")
        done = []
        for _ in range(8):
            what = self.random.choice(["agent", "agent", "repository", "both", "outage", "extracts", "extracts"])
            if what == "extracts":
                self.drop_extracts()
            elif what == "outage":
                self.world.stop_repository()
                self.drop_extracts()
                time.sleep(self.random.uniform(0.5, 2))
                self.start_repository()
            else:
                seconds = self.jump()
                for who in ("agent", "repository") if what == "both" else (what,):
                    self.set_clock(who, seconds)
                what += f" {seconds:+d} s"
            done.append(what)
            time.sleep(self.random.uniform(0.2, 1.5))
        for who in self.clocks:
            self.set_clock(who, 0)
        self.drop_extracts()
        incoming = self.world.site / "incoming"

        def settled():
            return (not list(incoming.glob("*.csv")) and self.world.agent("queue", "list").stdout.startswith("The queue is empty.") and self.all_landed()
                    and sum(map(len, self.landed().values())) >= sum(map(len, self.expected.values())))  # the feed is read with pauses

        if not wait_until(settled, 120):
            raise Failure(f"not all is delivered two minutes after the clocks were put right; {done}\n{self.world.agent('queue', 'list').stdout}\n"
                          f"{self.world.agent('status').stdout}\n{self.world.log()[-3000:]}")
        self.agent.terminate()
        if self.agent.wait(60) != 0:
            raise Failure("the agent did not stop cleanly")
        self.agent = None
        self.account()
        self.no_gaps()
        return self.next_spell

    # ---- The nights in which the clocks change

    def configure_for(self, time_of_day):
        configuration = self.world.site / "tributary.yaml"
        configuration.write_text(configuration.read_text().replace("schedule: {watch: 1s}", f"schedule: {{at: \"{time_of_day}\"}}"))

    def runs(self):
        return self.world.log().count("run complete source=hospital")

    def put(self, moment):
        self.set_clock("agent", round(moment.timestamp() - time.time()))
        time.sleep(3.5)

    def night(self, first, second, wanted):
        """Runs in the seconds around two moments of UTC; how many runs there were after each."""
        self.configure_for("01:30")
        self.set_clock("agent", round(first.timestamp() - time.time()) - 7200)
        self.agent = self.start("agent")
        if not wait_until(lambda: "source starts" in self.world.log(), 20):
            raise Failure("the agent did not start")
        time.sleep(1)
        before = self.runs()
        seen = []
        for moment in (first, second):
            self.put(moment - datetime.timedelta(seconds=2))
            wait_until(lambda: self.runs() - before >= wanted[len(seen)], 40)  # noqa: B023
            time.sleep(2)
            seen.append(self.runs() - before)
        self.agent.terminate()
        self.agent.wait(60)
        self.agent = None
        if seen != wanted:
            raise Failure(f"around {first} and {second} there were {seen} runs, not {wanted}\n{self.world.log()[-2000:]}")


def prove(seed, number):
    proof = ClockProof(f"{seed} {number}")
    try:
        return True, proof.round()
    except (Failure, subprocess.TimeoutExpired, AssertionError) as failure:
        return False, f"FAILED clocks, round {number} (repeat with: clocks.py --seed {seed}): {failure}"
    finally:
        proof.close()


def prove_night(name, first, second, wanted):
    """In a process of its own: certificates of that time are made by an openssl that believes it is."""
    then = {"LD_PRELOAD": str(FAKETIME), "FAKETIME": f"{round(first.timestamp() - time.time()) - 86400:+d}", "NO_FAKE_STAT": "1"}
    World._certificates = None
    os.environ.update(then)
    try:
        proof = ClockProof(name)
    finally:
        for variable in then:
            del os.environ[variable]
    try:
        proof.night(first, second, wanted)
        return ""
    except (Failure, subprocess.TimeoutExpired, AssertionError) as failure:
        return f"FAILED clocks, the night of {name}: {failure}"
    finally:
        proof.close()
        World.forget()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 31))
    arguments = parser.parse_args()
    World.prepare()
    with concurrent.futures.ProcessPoolExecutor(6) as pool:  # they mostly wait
        nights = [pool.submit(prove_night, *night) for night in NIGHTS]
        results = [future.result() for future in [pool.submit(prove, arguments.seed, number) for number in range(arguments.seeds)]]
        failed = [text for good, text in results if not good] + [text for text in [night.result() for night in nights] if text]
    World.forget()
    if failed:
        sys.exit("\n".join(failed))
    print(f"clocks: {arguments.seeds} rounds, {sum(rows for _, rows in results)} rows, 0 lost, 0 doubled, in order; one run at 01:30 in each night in which the clocks change")


if __name__ == "__main__":
    main()
