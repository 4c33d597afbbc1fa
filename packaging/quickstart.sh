#!/usr/bin/env bash
# Tributary's main job on one Debian 12 computer: installs what is needed, builds, makes a throwaway authority, a repository on loopback and a site,
# and sends an extract from a folder to the repository.
#   packaging/quickstart.sh               on a generated extract: 100,000 admissions of 20,000 people
#   packaging/quickstart.sh CSV-FOLDER    on a Synthea export: patients.csv and encounters.csv, two streams that share the patient's pseudonym
# Everything goes into build/quickstart, made afresh each time.
set -euo pipefail
cd "$(dirname "$0")/.."
source packaging/local-repository.sh

synthea=${1:-}
if [ -n "$synthea" ] && { [ ! -f "$synthea/patients.csv" ] || [ ! -f "$synthea/encounters.csv" ]; }; then
  echo "'$synthea' holds no patients.csv and encounters.csv" >&2
  exit 2
fi
heading() { printf '\n== %s\n' "$*"; }
repository_process=
trap 'if [ -n "$repository_process" ]; then kill "$repository_process" 2>/dev/null || true; fi' EXIT

heading "Installing and building (the first time this takes some minutes)"
packaging/dependencies.sh
cmake --preset release >/dev/null
cmake --build --preset release --target tributary tributary-repository tributary_plugin_csv generate_admissions
bin=$PWD/build/release/bin
began=$SECONDS

rm -rf build/quickstart
mkdir -p build/quickstart/repository build/quickstart/site
cd build/quickstart
here=$PWD

heading "A throwaway authority, the repository RVW delivers to, and the site RVW"
cd "$here/../.."
make_repository "$here/repository" RVW
make_site "$bin" "$here/site" "$here/repository" RVW
start_repository "$bin" "$here/repository"
cd "$here"
echo "The repository listens on 127.0.0.1:$repository_port."

if [ -z "$synthea" ]; then
  stream=admissions
  "$bin/generate_admissions" --rows 100000 --people 20000 --seed 2026 --output site/incoming/admissions.csv
  {
    site_head RVW "$repository_port"
    cat <<YAML
sources:
  hospital:
    plugin: csv
    schedule: {watch: 5s}
    options: {folder: incoming, settle: 1s, afterwards: move}
    streams:
      admissions: {policy: policies/admissions.yaml, options: {files: "admissions*.csv"}}
YAML
  } >site/tributary.yaml
  cat >site/policies/admissions.yaml <<YAML
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
YAML
else
  stream=patients
  cp "$synthea/patients.csv" "$synthea/encounters.csv" site/incoming/
  {
    site_head RVW "$repository_port"
    cat <<YAML
sources:
  synthea:
    plugin: csv
    schedule: {watch: 5s}
    options: {folder: incoming, settle: 1s, afterwards: move}
    streams:
      patients: {policy: policies/patients.yaml, options: {files: "patients*.csv"}}
      encounters: {policy: policies/encounters.yaml, options: {files: "encounters*.csv"}}
YAML
  } >site/tributary.yaml
  cat >site/policies/patients.yaml <<YAML
policy: 1
stream: patients
fields:
  Id: {action: pseudonym, type: identifier, key: region-2026, domain: planning, as: person}
  BIRTHDATE: {action: date, precision: year, as: birth_year}
  GENDER: {action: keep, allow: [M, F]}
  POSTCODE: {action: postcode, precision: outward, as: postcode_outward}
YAML
  cat >site/policies/encounters.yaml <<YAML
policy: 1
stream: encounters
fields:
  PATIENT: {action: pseudonym, type: identifier, key: region-2026, domain: planning, as: person}
  START: {action: date, precision: day, as: started}
  STOP: {action: date, precision: day, as: stopped}
  ENCOUNTERCLASS: keep
  CODE: keep
YAML
fi
cd site

heading "tributary check"
"$bin/tributary" check

heading "tributary preview $stream: before and after, on a terminal only (script makes one here)"
script -qec "'$bin/tributary' preview $stream --rows 1" /dev/null

heading "tributary run --once: extract, de-identify, queue, deliver"
"$bin/tributary" run --once

heading "tributary queue receipts: the repository's signed word for each chunk"
"$bin/tributary" queue receipts | head -n 6
cd ../repository

heading "What the repository has landed"
for _ in $(seq 100); do
  stored=$(find store -name '*.cms' | wc -l)
  landed=$(find landing -name '*.ndjson' 2>/dev/null | wc -l)
  if [ "$stored" -gt 0 ] && [ "$stored" -eq "$landed" ]; then break; fi
  sleep 0.1
done
find landing -name '*.ndjson' | sort | sed 's|^|  |' | head -n 6
find landing -name '*.ndjson' -path "*stream=$stream*" | head -n 1 | xargs head -n 3
echo "$(find landing -name '*.ndjson' -exec cat {} + | wc -l) rows in all"
if [ -n "$synthea" ]; then
  people() { find landing -path "*stream=$1*" -name '*.ndjson' -exec cat {} + | grep -o '"person":"[a-z2-7]*"' | sort -u; }
  echo "$(comm -12 <(people patients) <(people encounters) | wc -l) people of $(people encounters | wc -l) with encounters are among the $(people patients | wc -l) patients, joined by pseudonym"
fi

heading "tributary-repository verify: every stored chunk against its manifest and receipt"
"$bin/tributary-repository" verify --config repository.yaml

printf '\nDone in %s s after the build. Everything is in build/quickstart.\n' "$((SECONDS - began))"
