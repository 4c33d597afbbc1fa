#!/usr/bin/env bash
# Installs from Debian 12 what building and testing Tributary needs, and nothing that is there already.
#   packaging/dependencies.sh            to build and run
#   packaging/dependencies.sh --test     to test as well: second compiler, sanitizers, formatting, peers for tests
set -euo pipefail

packages=(
  g++ cmake ninja-build ccache
  libpoco-dev libsqlite3-dev libssl-dev libyaml-cpp-dev libzstd-dev libutf8proc-dev zlib1g-dev libpq-dev
  openssl ca-certificates
)
test_packages=(
  libboost-test-dev clang clang-tidy clang-format libclang-rt-14-dev python3 sqlite3 curl bsdutils chromium tinyproxy-bin faketime postgresql-15
)
for option in "$@"; do
  case "$option" in
    --build) ;;
    --test) packages+=("${test_packages[@]}") ;;
    *)
      echo "usage: packaging/dependencies.sh [--build] [--test]" >&2
      exit 2
      ;;
  esac
done

missing=()
for package in "${packages[@]}"; do
  if ! dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed; then missing+=("$package"); fi
done
if [ "${#missing[@]}" -eq 0 ]; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "To be installed: ${missing[*]}. Run packaging/dependencies.sh once as root, since there is no sudo here." >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
