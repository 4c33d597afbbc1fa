#!/usr/bin/env bash
# Kills the agent, then the repository, with SIGKILL at random moments of a run, restarts them, and counts: every row of the extract must have landed exactly once,
# and no NHS number or surname of it may be found in queue, logs, store or landing.
#   tests/faults/run.sh [--seeds N] [--rows N] [--seed S]      kills (default 10), rows of the extract (default 2,000,000), first random number (printed)
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local-repository.sh

kills=10
rows=2000000
seed=$((RANDOM * 32768 + RANDOM))
while [ $# -gt 1 ]; do
  case "$1" in
    --seeds) kills=$2 ;;
    --rows) rows=$2 ;;
    --seed) seed=$2 ;;
    *) break ;;
  esac
  shift 2
done
if [ $# -gt 0 ]; then
  sed -n '2,5s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi

bin=$PWD/build/release/bin
work=$(mktemp -d)
repository_process=
agent_process=
cleanup() {
  for process in $repository_process $agent_process; do kill -9 "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap cleanup EXIT
echo "seed $seed, $kills kills, $rows rows (repeat with: tests/faults/run.sh --seeds $kills --rows $rows --seed $seed)"
RANDOM=$((seed % 32768))

mkdir -p "$work/repository" "$work/site"
make_repository "$work/repository" RVW
make_site "$bin" "$work/site" "$work/repository" RVW
"$bin/generate_admissions" --rows "$rows" --people 20000 --seed "$seed" --output "$work/admissions.csv" --identifiers "$work/identifiers"
cut -d, -f1 "$work/admissions.csv" | grep -a '^SP[0-9]\{9\}' | sort >"$work/expected"
cp "$work/admissions.csv" "$work/site/incoming/"
{
  site_head RVW "$repository_port"
  cat <<YAML
sources:
  hospital:
    plugin: csv
    schedule: {watch: 5s}
    options: {folder: incoming, settle: 0s, afterwards: move}
    streams:
      admissions: {policy: policies/admissions.yaml, options: {files: "admissions*.csv"}}
YAML
} >"$work/site/tributary.yaml"
cat >"$work/site/policies/admissions.yaml" <<YAML
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
start_repository "$bin" "$work/repository"

run_agent() { "$bin/tributary" run --once --config "$work/site/tributary.yaml"; }
milliseconds() { printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)); }

interrupted=0
for _ in $(seq "$kills"); do
  run_agent >>"$work/agent.out" 2>&1 &
  agent_process=$!
  sleep "$(milliseconds $((100 + RANDOM % 900)))"
  if kill -9 "$agent_process" 2>/dev/null; then interrupted=$((interrupted + 1)); fi
  wait "$agent_process" 2>/dev/null || true
  agent_process=
done
echo "agent killed $interrupted times while it worked"
[ "$interrupted" -gt 0 ] || { echo "no kill met a running agent; nothing was shown" >&2; exit 1; }

for _ in $(seq $(((kills + 1) / 2))); do
  run_agent >>"$work/agent.out" 2>&1 &
  agent_process=$!
  sleep "$(milliseconds $((100 + RANDOM % 900)))"
  kill -9 "$repository_process" && wait "$repository_process" 2>/dev/null || true
  wait "$agent_process" || true
  agent_process=
  start_repository "$bin" "$work/repository"
done
echo "repository killed $(((kills + 1) / 2)) times"

# After outages the chunks wait for their next attempt; the agent as a service drains the queue by itself.
"$bin/tributary" run --config "$work/site/tributary.yaml" >>"$work/agent.out" 2>&1 &
agent_process=$!
for _ in $(seq 600); do
  if "$bin/tributary" queue list --config "$work/site/tributary.yaml" | grep -q '^The queue is empty' && [ -z "$(ls "$work/site/incoming" | grep admissions || true)" ]; then break; fi
  sleep 0.2
done
kill "$agent_process"
wait "$agent_process" || { echo "the agent did not stop cleanly on SIGTERM" >&2; exit 1; }
agent_process=
for _ in $(seq 600); do
  if [ "$(find "$work/repository/store" -name '*.cms' | wc -l)" -eq "$(find "$work/repository/landing" -name '*.ndjson' | wc -l)" ]; then break; fi
  sleep 0.2
done

faults=0
find "$work/repository/landing" -name '*.ndjson' -exec grep -aho '"spell_id":"SP[0-9]*"' {} + | cut -d'"' -f4 | sort >"$work/landed"
lost=$(comm -23 "$work/expected" <(sort -u "$work/landed") | wc -l)
doubled=$(uniq -d "$work/landed" | wc -l)
foreign=$(comm -13 "$work/expected" <(sort -u "$work/landed") | wc -l)
echo "rows: $(wc -l <"$work/expected") in the extract, $(wc -l <"$work/landed") landed; lost $lost, doubled $doubled, foreign $foreign"
[ "$lost$doubled$foreign" = 000 ] || faults=1
"$bin/tributary-repository" verify --config "$work/repository/repository.yaml" || faults=1

search() { LC_ALL=C grep -rlaiFf "$work/identifiers" "$@"; }
search "$work/admissions.csv" >/dev/null || { echo "the search for identifiers finds none even in the extract itself" >&2; faults=1; }
if search "$work/site/data" "$work/site/logs" "$work/agent.out" "$work/repository"; then
  echo "identifiers were found in the files above" >&2
  faults=1
else
  echo "no NHS number and no surname of the extract in queue, WAL, logs, store, ledger or landing ($(wc -l <"$work/identifiers") searched)"
fi
if [ "$faults" -ne 0 ]; then
  tail -n 30 "$work/agent.out" "$work/site/logs/"*.log >&2 || true
  echo "FAILED (seed $seed)" >&2
  exit 1
fi
echo "every row landed exactly once"
