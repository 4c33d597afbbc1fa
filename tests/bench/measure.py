"""Runs a command several times and prints the median wall seconds, median CPU seconds and the largest resident size in MiB: measure.py RUNS PREPARE COMMAND...

PREPARE is a shell line run before each, not timed. The first run is a warm-up and does not count."""
import os
import statistics
import subprocess
import sys
import time

runs, prepare, command = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
walls, cpus, peak = [], [], 0
for run in range(runs + 1):
    subprocess.run(prepare, shell=True, check=True)
    begin = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - begin
    if status != 0:
        sys.exit(f"{command[0]} failed with status {status}")
    if run > 0:
        walls.append(wall)
        cpus.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
print(f"{statistics.median(walls):.3f} {statistics.median(cpus):.3f} {peak:.1f}")
