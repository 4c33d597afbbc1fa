#!/usr/bin/env bash
# Kills the agent, then the repository, with SIGKILL at random moments of their work, restarts them, and counts: every row of the extracts must have landed exactly
# once and as it was, and no NHS number, surname or local id of them may be found in queue, WAL, logs, store, ledger or landing.
#   tests/faults/kills.sh [--seeds N] [--rows N] [--seed S]
#       --seeds N   kills of the agent (default 10); the repository gets half as many
#       --rows N    rows of the extract (default 2,000,000); a kill counts only if it met a working process, so further extracts follow where one is done too soon
#       --seed S    first random number (default: drawn, and printed): the same one draws the same moments
# TRIBUTARY_BIN names a folder with programs of another build; TRIBUTARY_KEEP=1 keeps the folder of the proof.
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local-repository.sh
export LC_ALL=C

usage() {
  sed -n '4,7s/^# \{0,1\}//p' "$0" >&2
  exit 2
}
agent_kills=10
rows=2000000
seed=$((RANDOM % 32768))
while [ $# -gt 0 ]; do
  if ! [[ ${2:-} =~ ^[0-9]{1,9}$ ]]; then usage; fi
  case "$1" in
    --seeds) agent_kills=$2 ;;
    --rows) rows=$2 ;;
    --seed) seed=$2 ;;
    *) usage ;;
  esac
  shift 2
done
if [ "$agent_kills" -eq 0 ] || [ "$rows" -eq 0 ]; then usage; fi
repository_kills=$(((agent_kills + 1) / 2))

bin=${TRIBUTARY_BIN:-}
if [ -z "$bin" ]; then
  packaging/dependencies.sh --build
  cmake --preset release >/dev/null
  cmake --build --preset release --target tributary tributary-repository tributary_plugin_csv generate_admissions >/dev/null
  bin=$PWD/build/release/bin
fi

work=$(mktemp -d)
repository=$work/repository
site=$work/site
repository_process=
agent_process=
finish() {
  for process in $repository_process $agent_process; do stop_hard "$process" || true; done
  if [ -z "${TRIBUTARY_KEEP:-}" ]; then rm -rf "$work"; else echo "kept: $work"; fi
}
trap finish EXIT

fail() {
  echo "FAILED (seed $seed): $*" >&2
  printf '%s\n' "-- the repository's own account" "$("$bin/tributary-repository" verify --config "$repository/repository.yaml" 2>&1 | tail -n 12)" >&2
  for log in "$work/agent.out" "$site"/logs/*.log "$repository/serve.log" "$repository/repository.log"; do
    if [ -s "$log" ]; then printf '%s\n' "-- the end of $log" "$(tail -n 12 "$log")" >&2; fi
  done
  exit 1
}

# ---- The site and its extracts

# The site's code is not the one that local ids of the extract begin with: an index that holds the code before a random chunk id would look like such an id.

# drop_extract ROWS: a further extract with people and spells of its own, put into the drop folder whole. Notes what must land of it, and what may be found nowhere.
extracts=0
next_spell=1
drop_extract() {
  local extract=$work/admissions-$extracts.csv
  "$bin/generate_admissions" --rows "$1" --people 20000 --seed "$((seed + extracts))" --first "$next_spell" --output "$extract" --identifiers "$work/identifiers-$extracts"
  extracts=$((extracts + 1))
  next_spell=$((next_spell + $1))
  # Columns before the note have no comma and no quote in them; lines that go on a note do not begin with a spell.
  awk -F, '/^SP[0-9]+,/ { print $1 "," $8 "," $10 "," substr($11, 1, 3) }' "$extract" >>"$work/expected"
  cat "$work"/identifiers-* >"$work/identifiers"
  ln "$extract" "$site/incoming/admissions-$extracts.csv"
}

configure_site() {
  {
    site_head RXF "$repository_port"
    cat <<YAML
upload: {schedule: {watch: 1s}}
sources:
  hospital:
    plugin: csv
    schedule: {watch: 1s}
    options: {folder: incoming, settle: 0s, afterwards: move}
    streams:
      admissions: {policy: policies/admissions.yaml, options: {files: "admissions*.csv"}}
YAML
  } >"$site/tributary.yaml"
  cat >"$site/policies/admissions.yaml" <<YAML
policy: 1
stream: admissions
fields:
  spell_id: keep
  nhs_number: {action: pseudonym, type: nhs_number, key: region-2026, domain: planning, as: person}
  local_id: {action: pseudonym, type: identifier, key: region-2026, domain: planning, as: local_person}
  dob: {action: date, precision: year, as: birth_year}
  postcode: {action: postcode, precision: outward}
  admitted: {action: date, precision: day}
  specialty: keep
  diagnosis_1: {action: truncate, length: 3}
YAML
}

# ---- What is going on

agent() { "$bin/tributary" "$1" "${@:2}" --config "$site/tributary.yaml"; }
# By name and not by way of a function, so that $! is the agent itself and not a shell around it, which a kill would end alone.
start_agent() {
  "$bin/tributary" run "$@" --config "$site/tributary.yaml" >>"$work/agent.out" 2>&1 &
  agent_process=$!
}
all_taken() { [ -z "$(find "$site/incoming" -maxdepth 1 -name 'admissions*')" ]; }
all_delivered() { all_taken && [[ $(agent queue list) == "The queue is empty."* ]]; }
# Seconds since the computer started: the clock on the wall may jump while this runs.
uptime_seconds() {
  local since_start
  read -r since_start _ </proc/uptime
  echo "${since_start%.*}"
}
# wait_for SECONDS WHAT COMMAND…
wait_for() {
  local until=$(($(uptime_seconds) + $1)) what=$2
  while ! "${@:3}"; do
    if [ "$(uptime_seconds)" -ge "$until" ]; then fail "waited $1 s in vain: $what"; fi
    sleep 0.1
  done
}
# A moment from 20 ms to $1 ms from now.
random_moment() {
  local milliseconds=$((20 + RANDOM % ($1 - 20)))
  sleep "$((milliseconds / 1000)).$(printf '%03d' $((milliseconds % 1000)))"
}
# stop_hard PROCESS: 0 if SIGKILL ended it, else the exit code that it had come to before.
stop_hard() {
  local status=0
  kill -9 "$1" 2>/dev/null || true
  wait "$1" 2>/dev/null || status=$?
  if [ "$status" -eq 137 ]; then return 0; fi
  return $((status == 0 ? 255 : status))
}
search() { grep -rlaiFf "$work/identifiers" "$@"; }
search_agent() {
  local found
  if found=$(search "$site/data" "$site/logs" "$work/agent.out"); then fail "identifiers of the extract in: $found"; fi
  searched=$((searched + 1))
}

# ---- The two rounds of kills

kill_agents() {
  local killed=0 status reading=0 wal=0
  drop_extract "$rows"
  while [ "$killed" -lt "$agent_kills" ]; do
    if all_delivered; then drop_extract "$((rows / 2 + 1))"; fi
    start_agent --once
    random_moment 1200
    status=0
    stop_hard "$agent_process" || status=$?
    agent_process=
    case "$status" in
      0) killed=$((killed + 1)) ;;
      255 | 4) continue ;; # it was done, or chunks wait for the repository to notice that the killed agent's connection is gone
      *) fail "the agent ended with $status before it was killed" ;;
    esac
    all_taken || reading=$((reading + 1))
    if [ -s "$site/data/queue.db-wal" ]; then wal=$((wal + 1)); fi
    search_agent
  done
  echo "agent killed $killed times at its work: $reading while it read an extract, $((killed - reading)) while it delivered; $wal times it left a write-ahead log"
}

kill_repositories() {
  local killed=0
  start_agent
  while [ "$killed" -lt "$repository_kills" ]; do
    if all_delivered; then drop_extract "$((rows / 4 + 1))"; fi
    random_moment 900
    if all_delivered; then continue; fi
    stop_hard "$repository_process" || fail "the repository ended by itself"
    killed=$((killed + 1))
    start_repository "$bin" "$repository" || fail "the repository did not start again"
  done
  echo "repository killed $killed times while chunks waited for it"
  wait_for 300 "the queue is delivered" all_delivered
  kill "$agent_process"
  wait "$agent_process" || fail "the agent did not stop cleanly on SIGTERM"
  agent_process=
}

# ---- The account

all_landed() { "$bin/tributary-repository" verify --config "$repository/repository.yaml" 2>/dev/null | grep -c ' 0 wait to be landed' >/dev/null; }

count_rows() {
  local lost foreign doubled
  find "$repository/landing" -name '*.ndjson' -exec cat {} + |
    sed -E 's/^\{"spell_id":"([^"]*)".*"admitted":"([^"]*)","specialty":"([^"]*)","diagnosis_1":"([^"]*)".*\}$/\1,\2,\3,\4/' | sort >"$work/landed"
  sort -o "$work/expected" "$work/expected"
  doubled=$(uniq -d "$work/landed" | wc -l)
  lost=$(comm -23 "$work/expected" <(uniq "$work/landed") | wc -l)
  foreign=$(comm -13 "$work/expected" <(uniq "$work/landed") | wc -l)
  echo "rows: $(wc -l <"$work/expected") in $extracts extracts, $(wc -l <"$work/landed") landed; lost $lost, doubled $doubled, foreign or changed $foreign"
  [ "$lost $doubled $foreign" = "0 0 0" ] || fail "rows do not agree"
}

search_everywhere() {
  local found
  search "$work/admissions-0.csv" >/dev/null || fail "the search finds no identifiers even in the extract itself"
  search_agent
  if found=$(search "$repository"); then fail "identifiers of the extract in: $found"; fi
  echo "no NHS number, surname or local id of the extracts ($(wc -l <"$work/identifiers") searched) in queue, WAL and logs ($searched searches), store, ledger or landing"
}

echo "$agent_kills kills of the agent, $repository_kills of the repository, $rows rows, seed $seed"
echo "(repeat with: tests/faults/kills.sh --seeds $agent_kills --rows $rows --seed $seed)"
searched=0
mkdir "$repository" "$site"
make_repository "$repository" RXF
make_site "$bin" "$site" "$repository" RXF
configure_site
start_repository "$bin" "$repository"
RANDOM=$seed
kill_agents
kill_repositories
wait_for 120 "the repository lands what it stored" all_landed
count_rows
"$bin/tributary-repository" verify --config "$repository/repository.yaml" || fail "the repository's own account has faults"
search_everywhere
echo "every row landed exactly once"
