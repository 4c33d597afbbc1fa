#!/usr/bin/env bash
# Proves that nothing is lost and nothing doubled, whatever fails.
#   tests/faults/run.sh [--seeds N] [--seed S] [--only NAME[,NAME...]]
#       --seeds N    rounds of each proof (default 20)
#       --seed S     first random number (default: drawn, and printed): the same one draws the same faults
#       --only NAME  one of these, or several with commas between:
#           kills    agent and repository killed at random moments of 2,000,000 rows; nothing identifiable is found anywhere
#           points   a crash at each fault point of the code, and another one during the recovery; points:NAME for one of them
#           postgres the same at each point of the repository, whose ledger is in a PostgreSQL server then; a quarter of the rounds
#           folder   the same at each point that a delivery by a folder passes; a tenth of the rounds
#           power    the power fails at each sync of queue and repository in turn, and takes along what was not synced
#           damage   bits flipped in queue, write-ahead log, configuration, keys, audit log, store, ledger and landing; damage:NAME for one of them
#           network  an hour between agent and repository of somebody who cuts, delays, repeats and reorders, and answers with receipts that are not theirs
#           hostile  a client that replays, forges, strips, floods and drips, with another site's id and half a handshake
#           outage   ten days without a repository, and a backlog of many thousand chunks
#           clocks   the clocks of both jump a year forward and back, days and minutes, and through the nights in which they change
#           space    an outage that brings more than a disk of 64 MiB holds, and another program that fills the rest of it
# TRIBUTARY_BIN names a folder with programs of another build (with TRIBUTARY_FAULTS); TRIBUTARY_KEEP=1 keeps the folder of what failed.
set -euo pipefail
cd "$(dirname "$0")/../.."

usage() {
  sed -n '3,18s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
seeds=20
seed=$((RANDOM % 32768))
only=kills,points,postgres,folder,power,damage,network,hostile,outage,clocks,space
while [ $# -gt 0 ]; do
  case "$1 ${2:-}" in
    "--seeds "[1-9]*) seeds=$2 ;;
    "--seed "[0-9]*) seed=$2 ;;
    "--only "[a-z]*) only=$2 ;;
    *) usage ;;
  esac
  shift 2
done
if ! [[ "$seeds $seed" =~ ^[0-9]{1,6}\ [0-9]{1,9}$ ]]; then usage; fi

if [ -z "${TRIBUTARY_BIN:-}" ]; then
  packaging/dependencies.sh --build --test
  cmake --preset faults >/dev/null
  cmake --build --preset faults --target tributary tributary-repository tributary_plugin_csv tributary_plugin_trickle generate_admissions backlog_bench unit_outbox integration_delivery >/dev/null
  export TRIBUTARY_BIN=$PWD/build/faults/bin
fi
export TRIBUTARY_PACKAGING=$PWD/packaging

# tested NAME: the tests of that name, of the same build
tested() {
  ctest --test-dir "$(dirname "$TRIBUTARY_BIN")" --output-on-failure --no-tests=error -R "$1" | grep -E 'Passed|Failed|tests passed'
}

by_folder='repository\.(announced|bytes_stored|.*store|.*commit)|courier\.(.*announce|.*receipt.*)'
echo "seed $seed (repeat with: tests/faults/run.sh --seeds $seeds --seed $seed --only $only)"
# prove NAME
prove() {
  local began=$SECONDS
  case "$1" in
    kills) tests/faults/kills.sh --seeds "$(((seeds + 1) / 2))" --seed "$seed" ;;
    points) python3 -B tests/faults/points.py --seeds "$seeds" --seed "$seed" ;;
    points:*) python3 -B tests/faults/points.py --seeds "$seeds" --seed "$seed" --only "${1#points:}" ;;
    postgres) tests/support/with_postgres.sh python3 -B tests/faults/points.py --seeds "$(((seeds + 3) / 4))" --seed "$seed" --only 'repository\..*' ;;
    folder) python3 -B tests/faults/points.py --by-folder --seeds "$(((seeds + 9) / 10))" --seed "$seed" --only "$by_folder" ;;
    power) tested '^(unit\.outbox\.power_loss_tests|integration\.delivery\.(store|crash)_tests)$' ;;
    hostile) tested '^integration\.delivery\.(hostile|connection|allow_list|limits|run)_tests$' ;;
    damage) python3 -B tests/faults/damage.py --seeds "$seeds" --seed "$seed" ;;
    damage:*) python3 -B tests/faults/damage.py --seeds "$seeds" --seed "$seed" --only "${1#damage:}" ;;
    network | outage | clocks | space) python3 -B "tests/faults/$1.py" --seeds "$seeds" --seed "$seed" ;;
  esac || return 1
  echo "-- $1: proved in $((SECONDS - began)) s"
}

# Those that wait most of the time run beside the others; what they say is shown at the end.
beside=" "
for proof in ${only//,/ }; do
  case "$proof" in
    kills | points | points:* | postgres | power | damage | damage:* | hostile | outage | space) ;;
    network | folder | clocks) if [[ "$only" == *,* ]]; then beside+="$proof "; fi ;;
    *) usage ;;
  esac
done
said=$(mktemp -d)
declare -A running=()
trap 'for pid in "${running[@]}"; do pkill -P "$pid" || true; done; rm -rf "$said"' EXIT
for proof in $beside; do
  prove "$proof" >"$said/$proof" 2>&1 &
  running[$proof]=$!
done
for proof in ${only//,/ }; do
  if [[ "$beside" != *" $proof "* ]]; then prove "$proof" || exit 1; fi
done
sound=0
for proof in $beside; do
  wait "${running[$proof]}" || sound=1
  unset "running[$proof]"
  cat "$said/$proof"
done
exit "$sound"
