"""What the agent holds as a service: idle (nothing comes, nothing waits), and loaded (2 million rows are read, de-identified, queued and delivered at the same time): memory.py ROWS.
Prints a table and figures. Wake-ups are the voluntary context switches of all its threads."""
import pathlib
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration" / "agent"))
from site_and_repository import BIN, World, wait_until  # noqa: E402

POLICY = """policy: 1
stream: admissions
fields:
  spell_id: keep
  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}
  dob: {action: date, precision: year, as: birth_year}
  sex: {action: keep, allow: [M, F]}
  postcode: {action: postcode, precision: outward, as: postcode_outward}
  admitted: {action: date, precision: day}
  specialty: keep
  diagnosis_1: {action: truncate, length: 3}
"""
IDLE_SECONDS = 30


def status(process, field):
    return int(pathlib.Path(f"/proc/{process.pid}/status").read_text().split(field + ":")[1].split()[0])


def wake_ups(process):
    tasks = pathlib.Path(f"/proc/{process.pid}/task").iterdir()
    return sum(int((task / "status").read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0]) for task in tasks)


def main():
    rows = int(sys.argv[1])
    world = World()
    world.policy(POLICY)
    configuration = world.site / "tributary.yaml"
    configuration.write_text(configuration.read_text().replace("watch: 1s", "watch: 5s"))
    world.start_repository()
    agent = subprocess.Popen([BIN / "tributary", "run", "--config", configuration], stdout=subprocess.DEVNULL)
    time.sleep(8)
    before = wake_ups(agent)
    time.sleep(IDLE_SECONDS)
    woken = (wake_ups(agent) - before) / IDLE_SECONDS
    idle = status(agent, "VmRSS") / 1024
    extract = world.site / "incoming" / "admissions.new"
    subprocess.run([BIN / "generate_admissions", "--rows", str(rows), "--people", "200000", "--seed", "7", "--output", extract], check=True)
    extract.rename(extract.with_suffix(".csv"))
    begin = time.monotonic()
    if not wait_until(lambda: "run complete" in world.log() and world.agent("queue", "list").stdout.startswith("The queue is empty."), 600):
        sys.exit("not all was delivered: " + world.log()[-2000:])
    seconds = time.monotonic() - begin
    loaded = status(agent, "VmHWM") / 1024
    agent.terminate()
    if agent.wait(60) != 0 or f"rows={rows} " not in world.log():
        sys.exit("the agent did not do it: " + world.log()[-2000:])
    world.close()
    World.forget()
    print(f"\nThe agent as a service, one watched folder\n  idle                            {idle:8.1f} MiB resident, {woken:.2f} wake-ups a second\n"
          f"  {rows} rows to the repository  {loaded:8.1f} MiB at most, in {seconds:.0f} s")
    print(f"idle_rss_mib: {idle:.1f}\nidle_wake_ups_per_second: {woken:.2f}\nloaded_rss_mib: {loaded:.1f}")


main()
