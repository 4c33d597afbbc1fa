#!/usr/bin/env bash
# The house's rules that a compiler does not see: which folder may include which, system headers in agent/platform alone, nothing else at top level.
set -euo pipefail
cd "$(dirname "$0")/.."
faults=0
fault() { echo "$1"; faults=$((faults + 1)); }

# Each folder of agent/ and the folders of agent/ that it may include, itself apart.
declare -A may=(
  [platform]=""
  [telemetry]="platform"
  [schedule]="platform config/quoted_text"
  [record]="platform"
  [source]="record platform"
  [keys]="record platform"
  [audit]="keys telemetry platform"
  [deidentify]="keys record platform schedule/time_text config/diagnostic config/yaml_node config/quoted_text"
  [outbox]="deidentify keys record telemetry platform"
  [courier]="outbox deidentify keys record telemetry platform"
  [config]="schedule telemetry platform"
)
for folder in agent/*/; do
  name=$(basename "$folder")
  if [ -z "${may[$name]+known}" ]; then
    fault "agent/$name: no rule says what it may include"
    continue
  fi
  while IFS=: read -r file line text; do
    included=$(sed -E 's/.*"agent\/([^"]+)\.h".*/\1/' <<<"$text")
    other=${included%%/*}
    [ "$other" = "$name" ] && continue
    allowed=no
    for room in ${may[$name]}; do
      if [ "$room" = "$other" ] || [ "$room" = "$included" ]; then allowed=yes; fi
    done
    [ "$allowed" = yes ] || fault "$file:$line: agent/$name may not include agent/$included.h"
  done < <(grep -nHE '#include "agent/' "$folder"*.cc "$folder"*.h || true)
done
while read -r hit; do
  fault "$hit: what differs between systems lives in agent/platform alone"
done < <(git ls-files 'agent/*.cc' 'agent/*.h' 'plugins/*.cc' 'plugins/*.h' 'service/*.cc' 'service/*.h' | grep -v '^agent/platform/' |
  xargs grep -nHE '#include <(unistd|fcntl|windows|winsock2?|signal|pwd|dirent|dlfcn|poll|termios|io)\.h>|#include <sys/' || true)
while read -r entry; do
  case "$entry" in
    CMakeLists.txt | CMakePresets.json | README.md | agent | plugins | service | config | packaging | tests | .*) ;;
    *) fault "$entry: does not belong at top level" ;;
  esac
done < <(git ls-files | cut -d/ -f1 | sort -u)
[ "$faults" -eq 0 ] || { echo "$faults faults in the house"; exit 1; }
echo "the house is in order"
