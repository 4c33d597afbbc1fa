#!/usr/bin/env bash
# Tributary's main job on one Debian 12 computer: installs what is needed, builds, makes a throwaway authority, a repository on loopback and a site,
# and sends an extract from a folder to the repository.
#   packaging/quickstart.sh               on a generated extract: 100,000 admissions of 20,000 people
#   packaging/quickstart.sh CSV-FOLDER    on a Synthea export: patients.csv and encounters.csv, two streams that share the patient's pseudonym
# Everything goes into build/quickstart, made afresh each time.
set -euo pipefail
if [ $# -gt 1 ] || [[ ${1:-} == -* ]]; then
  sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
  exit 2
fi
synthea=
if [ $# -eq 1 ]; then
  if [ ! -f "$1/patients.csv" ] || [ ! -f "$1/encounters.csv" ]; then
    echo "'$1' holds no patients.csv and encounters.csv" >&2
    exit 2
  fi
  synthea=$(realpath "$1")
fi
cd "$(dirname "$0")/.."
source packaging/local-repository.sh

bin=$PWD/build/release/bin
here=$PWD/build/quickstart
repository=$here/repository
site=$here/site
repository_process=
finish() {
  if [ -n "$repository_process" ] && kill "$repository_process" 2>/dev/null; then wait "$repository_process" || true; fi
}
trap finish EXIT

heading() { printf '\n== %s\n' "$*"; }
agent() { "$bin/tributary" "$@" --config "$site/tributary.yaml"; }
landed() { find "$repository/landing" -path "*stream=${1:-*}/*" -name '*.ndjson' 2>/dev/null | sort; }

# configure PLUGIN-OPTION-LINES: the site's tributary.yaml with the streams given
configure() {
  {
    site_head RVW "$repository_port"
    cat <<YAML
sources:
  extracts:
    plugin: csv
    schedule: {watch: 5s}
    options: {folder: incoming, settle: 1s, afterwards: move}
    streams:
$1
YAML
  } >"$site/tributary.yaml"
}

# The first valid NHS numbers of an extract, as the national data opt-out service would return them.
some_nhs_numbers() {
  awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "nhs_number") column = i; next }
    length($column) == 10 && $column !~ /[^0-9]/ && !seen[$column]++ {
      sum = 0
      for (i = 1; i <= 9; i++) sum += (11 - i) * substr($column, i, 1)
      if ((11 - sum % 11) % 11 == substr($column, 10, 1)) print $column
    }' "$1" | sed -n 1,20p
}

set_up_admissions() {
  "$bin/generate_admissions" --rows 100000 --people 20000 --seed 2026 --output "$site/incoming/admissions.csv"
  some_nhs_numbers "$site/incoming/admissions.csv" >"$site/policies/opt-outs.txt"
  configure '      admissions: {policy: policies/admissions.yaml, options: {files: "admissions*.csv"}}'
  cat >"$site/policies/admissions.yaml" <<YAML
policy: 1
stream: admissions
unlisted: drop      # name and note are named nowhere, so they do not leave
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
  diagnosis_2: {action: truncate, length: 3}
  diagnosis_3: {action: truncate, length: 3}
  ward: keep
opt_out: {field: nhs_number, lists: opt-outs.txt, max_age: 7d}
disclosure: {quasi_identifiers: [birth_year, sex, postcode_outward], k: 5}
YAML
}

set_up_synthea() {
  cp "$synthea/patients.csv" "$synthea/encounters.csv" "$site/incoming/"
  configure '      patients: {policy: policies/patients.yaml, options: {files: "patients*.csv"}}
      encounters: {policy: policies/encounters.yaml, options: {files: "encounters*.csv"}}'
  cat >"$site/policies/patients.yaml" <<YAML
policy: 1
stream: patients
fields:
  Id: {action: pseudonym, type: identifier, key: region-2026, domain: planning, as: person}
  BIRTHDATE: {action: date, precision: year, as: birth_year}
  GENDER: {action: keep, allow: [M, F]}
  POSTCODE: {action: postcode, precision: outward, as: postcode_outward}
YAML
  cat >"$site/policies/encounters.yaml" <<YAML
policy: 1
stream: encounters
fields:
  PATIENT: {action: pseudonym, type: identifier, key: region-2026, domain: planning, as: person}
  START: {action: date, precision: day, as: started}
  STOP: {action: date, precision: day, as: stopped}
  ENCOUNTERCLASS: keep
  CODE: keep
YAML
}

# The repository acknowledges a chunk once it is stored, and lands it after that.
wait_until_landed() {
  for _ in $(seq 300); do
    if [ "$(find "$repository/store" -name '*.cms' | wc -l)" -eq "$(landed | wc -l)" ]; then return; fi
    sleep 0.1
  done
  echo "the repository has not landed all that it stored after 30 s; see $repository/repository.log" >&2
  return 1
}

people() { landed "$1" | xargs cat | grep -o '"person":"[a-z2-7]*"' | sort -u; }

show_join() {
  people patients >"$here/patients"
  people encounters >"$here/encounters"
  echo "Joined by pseudonym: $(comm -12 "$here/patients" "$here/encounters" | wc -l) of the $(wc -l <"$here/encounters") people with encounters" \
    "are among the $(wc -l <"$here/patients") patients."
  rm "$here/patients" "$here/encounters"
}

heading "Installing and building (the first time this takes some minutes)"
packaging/dependencies.sh
cmake --preset release >/dev/null
cmake --build --preset release --target tributary tributary-repository tributary_plugin_csv generate_admissions
began=$SECONDS

heading "A throwaway authority, the repository, and the site RVW"
rm -rf "$here"
mkdir -p "$repository"
make_repository "$repository" RVW
make_site "$bin" "$site" "$repository" RVW
start_repository "$bin" "$repository"
echo "The repository listens on 127.0.0.1:$repository_port."
if [ -z "$synthea" ]; then set_up_admissions; else set_up_synthea; fi
stream=${synthea:+patients}
stream=${stream:-admissions}

heading "tributary check"
agent check

heading "tributary preview $stream: before and after, on a terminal only (script makes one here)"
script -qec "'$bin/tributary' preview $stream --rows 1 --config '$site/tributary.yaml'" /dev/null </dev/null

heading "tributary report: what leaves, for the information-governance officer"
agent report --output "$here/statement.html"

heading "tributary run --once: extract, de-identify, queue, deliver"
agent run --once

heading "tributary queue receipts: the repository's signed word for each chunk"
agent queue receipts | sed -n 1,7p

heading "What the repository has landed"
wait_until_landed
landed | sed -n "1,6s|^$repository/|  |p"
for landed_stream in $(landed | sed 's|.*/stream=\([^/]*\)/.*|\1|' | sort -u); do
  printf '\n%s, %s rows:\n' "$landed_stream" "$(landed "$landed_stream" | xargs cat | wc -l)"
  head -n 3 "$(landed "$landed_stream" | sed -n 1p)"
done
if [ -n "$synthea" ]; then
  echo
  show_join
fi

heading "tributary-repository verify: every stored chunk against its manifest and receipt"
"$bin/tributary-repository" verify --config "$repository/repository.yaml"

printf '\nDone in %s s after the build. Everything is in build/quickstart.\n' "$((SECONDS - began))"
