#!/bin/bash
# Runs a Windows program under Wine, in a Windows of its own that is gone afterwards:
#
#   wine-run.sh PROGRAM.exe [ARGUMENT...]   exits with the program's code
#   wine-run.sh --prepare                   makes the clean Wine prefix (about 15 s, once) and nothing else
#
# Each run gets a copy of one clean prefix, so that runs may overlap (ctest -j) and none sees the registry, services or
# files of another. The clean prefix and the copies are in ${TRIBUTARY_CACHE:-$HOME/.cache/tributary}/wine-HASH*.
set -euo pipefail

wine=/usr/lib/wine/wine64
server=/usr/lib/wine/wineserver
dlls=/usr/lib/x86_64-linux-gnu/wine/x86_64-windows

die() { printf 'wine-run.sh: %s\n' "$*" >&2; exit 125; }

(( $# )) || die 'no program to run'
[[ -x $wine && -x $server ]] || die "$wine is missing: apt-get install wine64"

unset DISPLAY WAYLAND_DISPLAY
export WINEDEBUG=-all WINEARCH=win64
export LC_ALL=C.UTF-8 # file names are UTF-8
# Nothing is fetched, no menu entry is made on the host, and a crash ends the program at once.
export WINEDLLOVERRIDES='mscoree,mshtml=;winemenubuilder.exe,winedbg.exe=d'

cache=${TRIBUTARY_CACHE:-$HOME/.cache/tributary}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
clean=$cache/wine-$({ cat "${BASH_SOURCE[0]}"; "$wine" --version; } | sha256sum | cut -c1-16)
runs=$clean.runs

stop_server() { WINEPREFIX=$1 "$server" -k || true; }

# Without its server a Wine process ends, but may still write a file until it does. What cannot be removed is left to the
# next run: it is no failure of the program that was run.
remove_run() {
  local _
  stop_server "$1/prefix"
  for _ in {1..50}; do
    if rm -rf "$1" 2>/dev/null; then return 0; fi
    sleep 0.1
  done
  printf 'wine-run.sh: %s is still in use; the next run removes it\n' "$1" >&2
}

make_clean_prefix() {
  local new=$clean.building
  if [[ -d $new ]]; then stop_server "$new"; rm -rf "$new"; fi # left by a killed run
  printf 'Making a clean Wine prefix (about 15 s, once)\n' >&2
  export WINEPREFIX=$new
  {
    "$wine" wineboot -i &&
      "$server" -w && # without it the next call can fail
      "$wine" winecfg /v win10 &&
      "$wine" reg add 'HKCU\Software\Wine\WineDbg' /v ShowCrashDialog /t REG_DWORD /d 0 /f &&
      "$wine" reg add 'HKLM\Software\Microsoft\Windows NT\CurrentVersion\AeDebug' /v Debugger /d false /f &&
      "$server" -w
  } >"$clean.log" 2>&1 </dev/null || { tail -n 20 "$clean.log" >&2; die 'the clean Wine prefix could not be made'; }
  # 700 MB of Wine's own DLLs become links to Wine's copies, so that a copy of the prefix takes 50 ms.
  local file original
  find "$new/drive_c" -type f -print0 | while IFS= read -r -d '' file; do
    original=$dlls/${file##*/}
    if cmp -s "$file" "$original"; then ln -sf "$original" "$file"; fi
  done
  # Wine links Documents and the like to the caller's home; a test must not write there.
  find "$new/drive_c/users" -type l -print0 | while IFS= read -r -d '' file; do rm "$file"; mkdir "$file"; done
  # Else Wine updates a prefix by itself when it thinks it old, and would write through those links.
  echo disable >"$new/.update-timestamp"
  rm "$clean.log"
  sync -f "$new"
  mv -T "$new" "$clean"
}

if [[ ! -d $clean ]]; then
  exec 9>"$clean.lock"
  flock 9
  if [[ ! -d $clean ]]; then ( make_clean_prefix ) 9>&-; fi
  exec 9>&-
fi
[[ $1 != --prepare ]] || exit 0

# A run holds the lock on its folder for as long as it lives; a folder that nobody holds was left by a killed run. The
# outer lock keeps a folder from being swept before its run holds it.
exec 9>"$clean.lock"
flock 9
mkdir -p "$runs"
for old in "$runs"/*/; do
  if [[ -d $old ]] && ( flock -n 8 ) 8>"${old}lock"; then remove_run "$old"; fi
done
run=$(mktemp -d "$runs/XXXXXXXX")
exec 8>"$run/lock"
flock 8
exec 9>&-
finish() {
  trap '' INT TERM HUP
  remove_run "$run" 8>&-
}
trap finish EXIT
cp -a "$clean" "$run/prefix"
export WINEPREFIX=$run/prefix

# In the background, because bash would put off a signal until a program in the foreground has ended.
"$wine" "$@" <&0 8>&- &
program=$!
for signal in INT TERM HUP; do trap "kill -KILL $program 2>/dev/null; exit 130" "$signal"; done
code=0
wait "$program" || code=$?
exit "$code"
