#!/usr/bin/env bash
# Builds every fuzzer (Clang, ASan and UBSan) and runs each for some seconds from its seeds: tests/fuzz/run.sh [SECONDS]
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
cmake --preset fuzz >/dev/null
mapfile -t names < <(find tests/fuzz -name '*_fuzzer.cc' -printf '%f\n' | sed 's/_fuzzer.cc//' | sort)
cmake --build --preset fuzz --target "${names[@]/%/_fuzzer}"
for name in "${names[@]}"; do
  corpus=$(mktemp -d)
  seeds=tests/fuzz/seeds/$name
  echo "== $name"
  folders=("$corpus")
  [ -d "$seeds" ] && folders+=("$seeds")
  "build/fuzz/tests/fuzz/${name}_fuzzer" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_funcs=0 -verbosity=0 "${folders[@]}" ||
    { echo "fuzzer $name found a fault"; exit 1; }
  rm -rf "$corpus"
done
