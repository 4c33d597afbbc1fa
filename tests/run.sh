#!/usr/bin/env bash
# Installs what is needed, builds (release) and runs every test: unit, integration, and the fault proof in its short form.
#   tests/run.sh            all of it
# Corpora: TRIBUTARY_CORPORA names a folder of further test data; tests that want it report themselves as skipped without it.
set -euo pipefail
cd "$(dirname "$0")/.."

packaging/dependencies.sh --build --test
cmake --preset release
cmake --build --preset release
ctest --test-dir build/release --output-on-failure -j 2
tests/faults/run.sh --seeds 20
