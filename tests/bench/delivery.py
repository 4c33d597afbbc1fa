"""Delivers a backlog over loopback to a repository that has no decryption key (it stores and signs), several times: delivery.py MIB RUNS PREFIX. Prints a table and figures.

Repository and agent write to the same disk, each chunk durably on both sides; what the disk itself takes stands beside it."""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration" / "agent"))
from site_and_repository import BIN, World  # noqa: E402

POLICY = """policy: 1
stream: admissions
fields:
  spell: keep
  note: keep
"""
ALPHABET = bytes(b"abcdefghijklmnopqrstuvwxyz-_.:;!"[i % 32] for i in range(256))


def disk_rates(folder):
    """Bytes a second written in pieces of 4 MiB with fsync, and fsyncs a second of 4 KiB."""
    file = folder / "probe"
    rates = []
    for size, count in ((4 << 20, 64), (4096, 500)):
        block = os.urandom(size)
        with file.open("wb", buffering=0) as probe:
            begin = time.monotonic()
            for _ in range(count):
                probe.write(block)
                os.fsync(probe.fileno())
            rates.append(count / (time.monotonic() - begin))
        file.unlink()
    return rates[0] * (4 << 20), rates[1]


def drop_rows(file, first, end):
    """A little at a time: what this process holds counts as the agent's that it starts (getrusage)."""
    with file.open("w", encoding="ascii") as rows:
        rows.write("spell,note\n")
        for row in range(first, end):
            rows.write(f"S{row},{os.urandom(1300).translate(ALPHABET).decode()}\n")


def main():
    mebibytes, runs, prefix = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    world = World()
    world.policy(POLICY)
    configuration = world.repository_folder / "repository.yaml"
    configuration.write_text("".join(line + "\n" for line in configuration.read_text().splitlines() if not line.startswith(("encryption_", "decryption_"))))
    rows = mebibytes * (1 << 20) // 1000
    for first in range(0, rows, 200_000):
        drop_rows(world.site / "incoming" / f"admissions-{first}.csv", first, min(first + 200_000, rows))
    queued = world.agent("run", "--once", "--no-upload")
    if queued.returncode != 0:
        sys.exit(queued.stdout + queued.stderr)
    kept = world.site / "kept"
    shutil.copytree(world.site / "data", kept)
    sealed = 0
    walls, agent_cpu, repository_cpu, peak = [], [], [], 0
    bytes_per_second, fsyncs = disk_rates(world.site)
    for run in range(runs + 1):
        for folder in ("store", "landing"):
            shutil.rmtree(world.repository_folder / folder, ignore_errors=True)
        for file in world.repository_folder.glob("ledger.db*"):
            file.unlink()
        shutil.rmtree(world.site / "data")
        shutil.copytree(kept, world.site / "data")
        os.sync()
        world.start_repository()
        begin = time.monotonic()
        agent = subprocess.Popen([BIN / "tributary", "run", "--once", "--config", world.site / "tributary.yaml"], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(agent.pid, 0)
        wall = time.monotonic() - begin
        world.repository.terminate()
        _, _, server = os.wait4(world.repository.pid, 0)
        world.repository = None
        if status != 0:
            sys.exit("the delivery failed: " + world.log()[-2000:])
        stored = sum(file.stat().st_size for file in world.repository_folder.glob("store/site=*/**/*.cms"))
        if sealed not in (0, stored) or stored < mebibytes * (1 << 19):
            sys.exit(f"{stored} bytes were stored")
        sealed = stored
        if run > 0:
            walls.append(wall)
            agent_cpu.append(usage.ru_utime + usage.ru_stime)
            repository_cpu.append(server.ru_utime + server.ru_stime)
            peak = max(peak, usage.ru_maxrss / 1024)
    wall = statistics.median(walls)
    print(f"\n{sealed / 1e6:.0f} MB of sealed chunks over loopback, durable on both sides (whole process, median of {runs})")
    print(f"  the disk itself, 4 MiB a time   {bytes_per_second / 1e6:8.0f} MB/s, {fsyncs:.0f} fsyncs/s")
    print(f"  agent                           {wall:8.2f} s {statistics.median(agent_cpu):6.2f} s CPU {sealed / wall / 1e6:6.0f} MB/s {peak:6.1f} MiB peak")
    print(f"  repository                                 {statistics.median(repository_cpu):6.2f} s CPU")
    print(f"{prefix}delivery_bytes_per_second: {sealed / wall:.0f}")
    print(f"{prefix}delivery_cores: {statistics.median(agent_cpu) / wall:.2f}")
    print(f"{prefix}delivery_peak_rss_mib: {peak:.1f}")
    world.close()
    World.forget()


main()
