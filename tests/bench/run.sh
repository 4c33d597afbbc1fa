#!/usr/bin/env bash
# Measures: tests/bench/run.sh [NAME…]     NAME: main_path, main_path_large, deidentify, clk, scrub, delivery, durable, backlog, memory (default: all)
# Prints a table and, last, one line a figure: name: value. The main path is the way from file to chunk committed in the queue (fsync and all) on the generator's
# 15-column extract, ten columns of which leave: the whole process on 2 million rows (main_path) or 10 million (main_path_large, figures begin with large_), each
# stage alone, and DuckDB beside it on the same work where npm can get it.
# deidentify: each action, the egress guard, and how much longer the main path takes with the guard and an opt-out list than it would without (guarded_path_ratio).
# clk: linkage encodings, records a second on one thread, and precision and recall by Dice threshold on the linkage corpora where TRIBUTARY_CORPORA names them.
# scrub: free text, what is found of identifiers put into made-up notes, by kind, what is taken out besides, and rows a second on one thread.
# delivery: a backlog over loopback to a repository that stores and signs, on the build folder's disk and in memory (memory_ figures, which show what the programs
# take and not what the disk does).
# durable: 16 sources that bring one row at a time and wait until it is durable; beside it the syncs that the disk does alone.
# backlog: 100,000 chunks queued one by one and taken out again: what one of them takes at 1, 10 and 100 thousand waiting.
# memory: the agent as a service, idle and loaded.
# TRIBUTARY_BIN names a folder with programs of another build, TRIBUTARY_BENCH_ROWS another size of main_path, TRIBUTARY_BENCH_MIB of delivery, TRIBUTARY_BENCH_CHUNKS of backlog (to try the bench, not to compare).
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local-repository.sh
names=("$@")
[ $# -gt 0 ] || names=(main_path main_path_large deidentify clk scrub delivery durable backlog memory)
for name in "${names[@]}"; do
  case "$name" in
    main_path | main_path_large | deidentify | clk | scrub | delivery | durable | backlog | memory) ;;
    *)
      echo "unknown bench '$name'; known: main_path, main_path_large, deidentify, clk, scrub, delivery, durable, backlog, memory" >&2
      exit 2
      ;;
  esac
done

bin=${TRIBUTARY_BIN:-}
if [ -z "$bin" ]; then
  packaging/dependencies.sh --build --test
  cmake --preset release >/dev/null
  cmake --build --preset release --target tributary tributary-repository tributary_plugin_csv generate_admissions main_path_stages deidentify_bench clk_bench scrub_bench durable_bench backlog_bench >/dev/null
  bin=$PWD/build/release/bin
fi
bench=$PWD/tests/bench
cache=${TRIBUTARY_CACHE:-$HOME/.cache/tributary}
# In the build folder and not in /tmp, which may be memory and would make durable commits look free.
mkdir -p build
work=$(mktemp -d -p "$PWD/build")
trap 'rm -rf "$work"' EXIT

prepare_site() { # ROWS
  make_repository "$work/repository" RVW
  make_site "$bin" "$work/site" "$work/repository" RVW
  {
    site_head RVW "$repository_port"
    cat <<YAML
sources:
  hospital:
    plugin: csv
    schedule: {watch: 5s}
    options: {folder: incoming, settle: 0s, afterwards: leave}
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
  sex: {action: keep, allow: [M, F]}
  postcode: {action: postcode, precision: outward, as: postcode_outward}
  admitted: {action: date, precision: day}
  discharged: {action: date, precision: day}
  specialty: keep
  diagnosis_1: {action: truncate, length: 3}
YAML
  "$bin/generate_admissions" --rows "$1" --people 200000 --seed 7 --output "$work/site/incoming/admissions.csv"
}

duckdb_folder() {
  local folder=$cache/duckdb
  if [ ! -d "$folder/node_modules/@duckdb/node-api" ]; then
    command -v npm >/dev/null || return 1
    mkdir -p "$folder"
    (cd "$folder" && npm init -y && npm install --no-audit --no-fund @duckdb/node-api) >/dev/null 2>&1 || return 1
  fi
  echo "$folder"
}

# table_row WHAT SECONDS CPU-SECONDS ROWS BYTES PEAK-MIB
table_row() {
  awk -v what="$1" -v s="$2" -v cpu="$3" -v rows="$4" -v bytes="$5" -v peak="$6" \
    'BEGIN { printf "  %-30s%8.3f s%8.3f s CPU%8.2f M rows/s%7.0f MB/s%8.1f MiB peak\n", what, s, cpu, rows / s / 1e6, bytes / s / 1e6, peak }'
}
divide() { awk -v a="$1" -v b="$2" -v places="$3" 'BEGIN { printf "%.*f\n", places, a / b }'; }

# That the runs did the work: the last one committed every row.
check_rows() { # ROWS
  local runs
  runs=$("$bin/tributary" status --config "$work/site/tributary.yaml" | tr -d ,)
  if ! grep -Eq "complete +$1 " <<<"$runs"; then
    printf '%s\n' "the measured run did not queue $1 rows:" "$runs" >&2
    return 1
  fi
}

main_path() { # ROWS RUNS PREFIX
  local rows=$1 runs=$2 prefix=$3 csv=$work/site/incoming/admissions.csv bytes seconds cpu peak modules duck_seconds duck_cpu duck_peak
  rm -rf "$work/repository" "$work/site"
  mkdir -p "$work/repository"
  prepare_site "$rows"
  bytes=$(stat -c %s "$csv")
  printf '\n%s rows, %s MB, from file to committed queue (whole process, median of %s)\n' "$rows" "$((bytes / 1000000))" "$runs"
  read -r seconds cpu peak < <(python3 "$bench/measure.py" "$runs" "rm -rf '$work/site/data'" \
    "$bin/tributary" run --once --no-upload --config "$work/site/tributary.yaml")
  check_rows "$rows"
  table_row "tributary run, 2 workers" "$seconds" "$cpu" "$rows" "$bytes" "$peak"
  echo "${prefix}rows_per_second: $(divide "$rows" "$seconds" 0)" >>"$work/figures"
  if [ -z "$prefix" ]; then
    if modules=$(duckdb_folder); then
      read -r duck_seconds duck_cpu duck_peak < <(python3 "$bench/measure.py" "$runs" "rm -f '$work/duck.json.zst'" \
        node "$bench/duckdb_main_path.mjs" "$modules" "$csv" "$work/duck.json.zst" 2 "$rows")
      table_row "DuckDB, 2 threads" "$duck_seconds" "$duck_cpu" "$rows" "$bytes" "$duck_peak"
      echo "duckdb_ratio: $(divide "$duck_seconds" "$seconds" 2)" >>"$work/figures"
    else
      echo "  DuckDB could not be installed by npm; left out"
    fi
    printf '\nEach stage alone, on one thread\n'
    rm -rf "$work/site/data"
    "$bin/main_path_stages" "$work/site/tributary.yaml" | grep -v '^guarded_path_ratio' | sed 's/^/  /'
  fi
  echo "${prefix}peak_rss_mib: $peak" >>"$work/figures"
}

# The main path's stages with an opt-out list of one person in twenty beside three million others.
guarded_path() { # ROWS
  rm -rf "$work/repository" "$work/site"
  mkdir -p "$work/repository"
  prepare_site "$1"
  python3 - "$work/site/incoming/admissions.csv" >"$work/site/policies/opt-outs.txt" <<'PYTHON'
import csv, sys
def right(payload):
    check = (11 - sum((10 - i) * int(d) for i, d in enumerate(payload)) % 11) % 11
    return payload + str(check) if check < 10 else None
people = {row["nhs_number"].replace(" ", "") for row in csv.DictReader(open(sys.argv[1], encoding="utf-8"))}
listed = {number for number in sorted(people) if len(number) == 10 and number.isdigit() and right(number[:9]) == number and number[:9][-2:] < "05"}
listed |= {number for number in (right(str(payload)) for payload in range(400_000_000, 403_300_000)) if number}
print("\n".join(sorted(listed)))
PYTHON
  echo "opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 1d}" >>"$work/site/policies/admissions.yaml"
  printf '\nThe main path by stages, one thread, %s rows, with the egress guard and opt-outs and without\n' "$1"
  "$bin/main_path_stages" "$work/site/tributary.yaml" >"$work/stages"
  grep -v '^guarded_path_ratio' "$work/stages" | sed 's/^/  /'
  grep '^guarded_path_ratio' "$work/stages" >>"$work/figures"
}

deidentify() {
  echo
  "$bin/deidentify_bench" >"$work/deidentify"
  grep -v '^[a-z_]*: ' "$work/deidentify"
  grep '^[a-z_]*: ' "$work/deidentify" >>"$work/figures"
  guarded_path "${TRIBUTARY_BENCH_ROWS:-2000000}"
}

clk() {
  local corpora=()
  [ -d "${TRIBUTARY_CORPORA:-}/linkage_febrl" ] && corpora=("$TRIBUTARY_CORPORA")
  printf '\nLinkage encodings\n'
  "$bin/clk_bench" config/linkage/person.json tests/bench/linkage "${corpora[@]}" | tee "$work/clk" | grep -v '^clk_records_per_second:' | sed 's/^/  /'
  grep '^clk_records_per_second:' "$work/clk" >>"$work/figures"
}

scrub() {
  printf '\nFree text\n'
  "$bin/scrub_bench" >"$work/scrub"
  grep -v '^scrub_' "$work/scrub"
  grep '^scrub_' "$work/scrub" >>"$work/figures"
}

delivery() {
  local memory
  export TRIBUTARY_BIN=$bin TRIBUTARY_PACKAGING=$PWD/packaging
  TMPDIR=$work python3 -B "$bench/delivery.py" "${TRIBUTARY_BENCH_MIB:-1000}" 3 "" | tee "$work/delivery" | grep -v '^[a-z_]*: '
  grep '^[a-z_]*: ' "$work/delivery" >>"$work/figures"
  if [ -w /dev/shm ] && memory=$(mktemp -d -p /dev/shm); then
    (TMPDIR=$memory python3 -B "$bench/delivery.py" "${TRIBUTARY_BENCH_MIB:-1000}" 3 memory_ || true) >"$work/delivery"
    rm -rf "$memory"
    grep -v '^[a-z_]*: ' "$work/delivery"
    grep '^[a-z_]*: ' "$work/delivery" >>"$work/figures"
  fi
}

durable() {
  printf '\nRows that trickle in\n'
  mkdir "$work/durable"
  "$bin/durable_bench" "$work/durable" 16 10 | tee "$work/figures of durable" | grep -v '^[a-z_]*: '
  grep '^[a-z_]*: ' "$work/figures of durable" >>"$work/figures"
}

backlog() {
  printf '\nA backlog in the queue\n'
  mkdir "$work/backlog"
  "$bin/backlog_bench" "$work/backlog" "${TRIBUTARY_BENCH_CHUNKS:-100000}" 8192 | tee "$work/figures of backlog" | grep -v '^[a-z_]*: '
  grep '^[a-z_]*: ' "$work/figures of backlog" >>"$work/figures"
}

memory() {
  TRIBUTARY_BIN=$bin TRIBUTARY_PACKAGING=$PWD/packaging TMPDIR=$work python3 -B "$bench/memory.py" "${TRIBUTARY_BENCH_ROWS:-2000000}" | tee "$work/figures of memory" |
    grep -v '^[a-z_]*: '
  grep '^[a-z_]*: ' "$work/figures of memory" >>"$work/figures"
}

for name in "${names[@]}"; do
  case "$name" in
    durable) durable ;;
    backlog) backlog ;;
    memory) memory ;;
    delivery) delivery ;;
    deidentify) deidentify ;;
    main_path) main_path "${TRIBUTARY_BENCH_ROWS:-2000000}" 5 "" ;;
    main_path_large) main_path 10000000 1 large_ ;;
    clk) clk ;;
    scrub) scrub ;;
  esac
done
echo
cat "$work/figures"
