#!/usr/bin/env bash
# Measures: tests/bench/run.sh [NAME…]     NAME: main_path (default), main_path_large
# Prints a table and, last, one line a figure: name: value. The main path is the way from file to chunk committed in the queue (fsync and all), on the generator's
# 15-column extract: whole process, 2 million rows (main_path) or 10 million (main_path_large), and DuckDB beside it on the same work where npm can get it.
set -euo pipefail
cd "$(dirname "$0")/../.."
source packaging/local-repository.sh
names=("$@")
[ $# -gt 0 ] || names=(main_path)
runs=5
cache=${TRIBUTARY_CACHE:-$HOME/.cache/tributary}
packaging/dependencies.sh --build --test
cmake --preset release >/dev/null
cmake --build --preset release --target tributary tributary_plugin_csv generate_admissions main_path_stages >/dev/null
bin=$PWD/build/release/bin
bench=$PWD/tests/bench
work=$(mktemp -d -p build)
work=$(realpath "$work")
trap 'rm -rf "$work"' EXIT

prepare_site() { # ROWS
  mkdir -p "$work/repository"
  [ -d "$work/repository/certificates" ] || make_repository "$work/repository" RVW
  rm -rf "$work/site"
  make_site "$bin" "$work/site" "$work/repository" RVW
  {
    site_head RVW 8443
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
    (cd "$folder" && npm init -y >/dev/null 2>&1 && npm install --no-audit --no-fund @duckdb/node-api >/dev/null 2>&1) || return 1
  fi
  echo "$folder"
}

main_path() { # ROWS RUNS PREFIX
  local rows=$1 prefix=$3 megabytes seconds cpu peak duck duck_seconds
  prepare_site "$rows"
  local csv=$work/site/incoming/admissions.csv
  megabytes=$(($(stat -c %s "$csv") / 1000000))
  read -r seconds cpu peak < <(python3 "$bench/measure.py" "$2" "rm -rf '$work/site/data'" "$bin/tributary" run --once --no-upload --config "$work/site/tributary.yaml")
  printf '\n%s rows, %s MB, from file to committed queue (median of %s runs)\n' "$rows" "$megabytes" "$2"
  python3 -c "print(f'  whole process: $seconds s wall, $cpu s CPU, {$rows / $seconds / 1e6:.2f} M rows/s, {$megabytes / $seconds:.0f} MB/s, peak $peak MiB')"
  printf '\nEach stage alone, on one thread\n'
  rm -rf "$work/site/data"
  "$bin/main_path_stages" "$work/site/tributary.yaml" | sed 's/^/  /'
  if [ "$prefix" = "" ] && duck=$(duckdb_folder); then
    read -r duck_seconds cpu _ < <(python3 "$bench/measure.py" "$2" "rm -f '$work/duck.json.zst'" node "$bench/duckdb_main_path.mjs" "$duck" "$csv" "$work/duck.json.zst" 2)
    python3 -c "print(f'\nDuckDB on the same work, 2 threads: $duck_seconds s wall, $cpu s CPU, {$rows / $duck_seconds / 1e6:.2f} M rows/s')"
  else
    duck_seconds=
    [ "$prefix" != "" ] || echo "DuckDB could not be installed by npm; left out"
  fi
  python3 -c "print(f'${prefix}rows_per_second: {$rows / $seconds:.0f}')" >>"$work/figures"
  [ -z "$duck_seconds" ] || python3 -c "print(f'duckdb_ratio: {$duck_seconds / $seconds:.2f}')" >>"$work/figures"
  echo "${prefix}peak_rss_mib: $peak" >>"$work/figures"
}

for name in "${names[@]}"; do
  case "$name" in
    main_path) main_path 2000000 "$runs" "" ;;
    main_path_large) main_path 10000000 1 "large_" ;;
    *)
      echo "unknown bench '$name'; known: main_path, main_path_large" >&2
      exit 2
      ;;
  esac
done
echo
cat "$work/figures"
