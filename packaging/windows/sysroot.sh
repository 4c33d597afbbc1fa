#!/bin/bash
# Builds the libraries that Tributary needs for Windows: static, with MinGW-w64, from Debian's own source packages.
#
#   sysroot.sh             builds what is missing; the last line on standard output is the sysroot's path
#   sysroot.sh --packages  prints the Debian packages that it installs
#
# Runs on Debian 12, as root where packages are missing. Takes about 8 minutes on two cores the first time and no time
# after that: the sysroot is kept in ${TRIBUTARY_CACHE:-$HOME/.cache/tributary}/windows-HASH, where HASH covers this
# recipe and the compilers' versions. It is built aside and moved into place whole, so a killed build leaves none. Older
# ones may be deleted at any time.
#
#   TRIBUTARY_WINDOWS_SOURCES="openssl=VERSION ..."  other versions of source packages than the pinned ones, for when a
#                                                    mirror has dropped those; only Debian's signature vouches for them
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

# Source package, version, SHA-256 of its .dsc file; that file names the checksums of all other files of the package.
pins='
openssl   3.0.20-1~deb12u2   a614474a2773c23b10c0d65f4eccbcf93fdac4749afb7c26d76e1b0340154d3d
sqlite3   3.40.1-2+deb12u2   ee3459ae9d00939741c7708fc1b8ce1bde12d8c3fb1dfa005bbbc8651d884e23
libzstd   1.5.4+dfsg2-5      8f602f92b575aa8b5e979196fb6ee82d78f233521dc9636526d3ecba1f63c1b1
utf8proc  2.8.0-1            6ce2b0ab12fe7d0c3fd0a40d4eb886ae82bf6ea356e4db1a0a9f76582947625c
pcre3     2:8.39-15          335f76ecf668b069c9f3a0eb7904df3a271686d769e3e16b5e4f6b52e4254b9d
expat     2.5.0-1+deb12u2    6fc87dbd01f49999ed368cfb37c08d35e41348dda2281d60642f3aa14cb77e32
yaml-cpp  0.7.0+dfsg-8       94bd9098d501f91c2570c8e8cb98d46bc6de7627c30e9f94ebb39dc0cd2d65c2
poco      1.11.0-3+deb12u1   0e1e3b77a77df9fb849bffa59637fb94a8e81464bca6d1dd35d199aad7ffd56b
'
# make, gcc and tcl build and run SQLite's generators on the host; perl is for OpenSSL's Configure.
packages=(g++-mingw-w64-x86-64-posix gcc-mingw-w64-x86-64-posix mingw-w64-x86-64-dev binutils-mingw-w64-x86-64
  mingw-w64-tools libz-mingw-w64-dev wine64 libboost1.74-dev
  cmake ninja-build make gcc libc6-dev tcl perl dpkg-dev debian-archive-keyring)
# The part of them whose version changes what is built.
compilers=(gcc-mingw-w64-x86-64-posix mingw-w64-x86-64-dev binutils-mingw-w64-x86-64 libz-mingw-w64-dev)

say() { printf '%s\n' "$*" >&2; }
die() { say "sysroot.sh: $*"; exit 1; }

installed() { [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
  (( ${#missing[@]} )) || return 0
  (( EUID == 0 )) || die "these Debian packages are missing; run as root: apt-get install --no-install-recommends ${missing[*]}"
  say "== installing ${missing[*]}"
  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends "${missing[@]}"; } >&2 ||
    die "apt-get could not install ${missing[*]}"
}

# Prints "name version sha256" a line; the checksum is - for a version that the caller chose.
wanted_sources() {
  local name version sum choice
  for choice in ${TRIBUTARY_WINDOWS_SOURCES:-}; do
    grep -q "^${choice%%=*} " <<<"$pins" && [[ $choice == *=?* ]] ||
      die "TRIBUTARY_WINDOWS_SOURCES: '$choice' is not NAME=VERSION with a NAME out of: $(awk '{ print $1 }' <<<"$pins" | xargs)"
  done
  while read -r name version sum; do
    [[ $name ]] || continue
    for choice in ${TRIBUTARY_WINDOWS_SOURCES:-}; do
      if [[ ${choice%%=*} == "$name" && ${choice#*=} != "$version" ]]; then version=${choice#*=} sum=-; fi
    done
    printf '%s %s %s\n' "$name" "$version" "$sum"
  done <<<"$pins"
}

recipe_hash() {
  { cat "$here/sysroot.sh" "$here/toolchain.cmake"; printf '%s\n' "$sources"
    dpkg-query -W -f '${Package} ${Version}\n' "${compilers[@]}"; } | sha256sum | cut -c1-16
}

# apt with sources of its own, in $work/apt: the source packages of the Debian suites that this machine already uses, from
# the same mirrors, signed by Debian's keys. Neither the machine's own sources nor its package lists are touched.
set_up_apt() {
  local apt=$work/apt uri suite
  mkdir -p "$apt/parts" "$apt/lists/partial" "$apt/download"
  local format='$(REPO_URI) $(RELEASE)' filter=('Created-By: Packages' 'Origin: Debian' 'Component: main')
  apt-get indextargets --format "$format" "${filter[@]}" | sort -u >"$apt/suites"
  if [[ ! -s $apt/suites ]] && (( EUID == 0 )); then
    apt-get -q update >&2 # a fresh machine, which has no package list yet to say what is Debian's
    apt-get indextargets --format "$format" "${filter[@]}" | sort -u >"$apt/suites"
  fi
  [[ -s $apt/suites ]] || die "apt has no package list of a Debian suite; run apt-get update as root, and see /etc/apt/sources.list.d"
  while read -r uri suite; do
    printf 'Types: deb-src\nURIs: %s\nSuites: %s\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n\n' "$uri" "$suite"
  done <"$apt/suites" >"$apt/parts/debian.sources"
  apt_options=(-q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$apt/parts" -o "Dir::State::Lists=$apt/lists"
    -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o "APT::Sandbox::User=$(id -un)" -o Acquire::Retries=3
    -o APT::Get::AllowUnauthenticated=false -o Acquire::AllowInsecureRepositories=false)
  apt-get "${apt_options[@]}" update >&2 || die "the lists of Debian's source packages could not be fetched (see above)"
}

# fetch NAME VERSION SHA256: unpacks a source package, with Debian's patches, into $work/NAME.
fetch() {
  local name=$1 version=$2 sum=$3 offered dsc
  offered=$(apt-cache "${apt_options[@]}" showsrc --only-source "$name" | sed -n 's/^Version: //p' | sort -uV | xargs)
  [[ " $offered " == *" $version "* ]] ||
    die "source package $name $version is not offered by this machine's Debian sources, which have: ${offered:-none}." \
      "Pin one of these in packaging/windows/sysroot.sh, or accept it for now: TRIBUTARY_WINDOWS_SOURCES='$name=VERSION'"
  say "== fetching $name $version"
  dsc=${name}_${version#*:}.dsc
  ( cd "$work/apt/download" && apt-get "${apt_options[@]}" source --download-only --only-source "$name=$version" ) >"$work/log" 2>&1 ||
    die_with_log "$name $version could not be downloaded, although this machine's Debian sources list it (they have: $offered)." \
      "A mirror may be behind; try again later, or another version: TRIBUTARY_WINDOWS_SOURCES='$name=VERSION'"
  if [[ $sum == - ]]; then
    say "   $name $version is not the pinned version: trusted by Debian's signature alone"
  else
    sha256sum --quiet --check - <<<"$sum  $work/apt/download/$dsc" >&2 || die "$dsc is not the file that packaging/windows/sysroot.sh pins"
  fi
  # Checks the other files against the .dsc. That file's own signature is by a developer's key: no matter here.
  dpkg-source -x "$work/apt/download/$dsc" "$work/$name" >"$work/log" 2>&1 || die_with_log "$dsc could not be unpacked"
  printf '%s %s %s\n' "$name" "$version" "$(sha256sum "$work/apt/download/$dsc" | cut -d' ' -f1)" >>"$stage/SOURCES"
  install -D -m 644 "$work/$name/debian/copyright" "$stage/share/licences/$name"
}

die_with_log() { tail -n 40 "$work/log" >&2; die "$*"; }

# build NAME: runs build_NAME in the unpacked source.
build() {
  local started=$SECONDS
  say "== building $1"
  # In the background, because the left side of || would run without set -e; set -m gives it a process group, to be killed by.
  set -m
  ( set -x; cd "$work/$1"; "build_${1//-/_}" ) >"$work/log" 2>&1 </dev/null &
  builder=$!
  set +m
  wait "$builder" || die_with_log "$1 did not build; the end of its log is above"
  builder=
  say "   done in $((SECONDS - started)) s"
}

# Reproducible objects, and no path of this machine in what is shipped.
map() { printf -- '-ffile-prefix-map=%s=.' "$PWD"; }

# cmake_build OPTION...: in the current folder, with compiler flags from $flags.
cmake_build() {
  cmake -S . -B cross -G Ninja -DCMAKE_TOOLCHAIN_FILE="$here/toolchain.cmake" -DTRIBUTARY_WINDOWS_SYSROOT="$stage" \
    -DCMAKE_INSTALL_PREFIX="$stage" -DCMAKE_INSTALL_LIBDIR=lib -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF \
    -DCMAKE_C_FLAGS="$(map) ${flags:-}" -DCMAKE_CXX_FLAGS="$(map) ${flags:-}" \
    -DCMAKE_C_FLAGS_RELEASE='-O2 -DNDEBUG' -DCMAKE_CXX_FLAGS_RELEASE='-O2 -DNDEBUG' "$@"
  ninja -C cross -j "$jobs"
  ninja -C cross install
}

# Debian's own choices where they bear on security (TLS level 2, no SSL 3). The folders are those of a Windows OpenSSL, which
# administrators alone may write: a default under C:\usr would let any user plant a configuration. It is not loaded anyway.
build_openssl() {
  SOURCE_DATE_EPOCH=$(dpkg-parsechangelog -S Timestamp)
  export SOURCE_DATE_EPOCH
  ./Configure mingw64 --cross-compile-prefix=x86_64-w64-mingw32- --prefix="$stage" --libdir=lib \
    no-shared no-tests no-module no-engine no-legacy no-autoload-config no-ssl3 no-ssl3-method no-idea no-mdc2 no-rc5 no-capieng \
    CC=gcc-posix CXX=g++-posix -O2 -D_WIN32_WINNT=0x0A00 -DOPENSSL_TLS_SECURITY_LEVEL=2
  local folders=('OPENSSLDIR=C:/Program Files/Common Files/SSL' 'ENGINESDIR=C:/Program Files/OpenSSL/lib/engines-3'
    'MODULESDIR=C:/Program Files/OpenSSL/lib/ossl-modules')
  make -j "$jobs" "${folders[@]}" build_libs
  make "${folders[@]}" install_dev
}

# The options of Debian's libsqlite3 that change how a database behaves, so that a queue file is treated alike on both
# systems; SECURE_DELETE among them, which overwrites deleted content.
build_sqlite3() {
  ./configure --disable-tcl
  make sqlite3.c sqlite3.h
  x86_64-w64-mingw32-gcc-posix -O2 "$(map)" -D_WIN32_WINNT=0x0A00 -DSQLITE_THREADSAFE=1 -DSQLITE_SECURE_DELETE \
    -DSQLITE_ENABLE_COLUMN_METADATA -DSQLITE_ENABLE_UNLOCK_NOTIFY -DSQLITE_ENABLE_DBSTAT_VTAB -DSQLITE_ENABLE_STMTVTAB \
    -DSQLITE_LIKE_DOESNT_MATCH_BLOBS -DSQLITE_USE_URI=1 -DSQLITE_MAX_SCHEMA_RETRY=25 -DSQLITE_MAX_VARIABLE_NUMBER=250000 \
    -c sqlite3.c -o sqlite3.o
  x86_64-w64-mingw32-gcc-ar-posix rcs libsqlite3.a sqlite3.o
  install -m 644 sqlite3.h "$stage/include"
  install -m 644 libsqlite3.a "$stage/lib"
}

build_libzstd() {
  cd build/cmake
  cmake_build -DZSTD_BUILD_SHARED=OFF -DZSTD_BUILD_PROGRAMS=OFF -DZSTD_LEGACY_SUPPORT=OFF
}

build_utf8proc() { cmake_build; }

build_yaml_cpp() { cmake_build -DYAML_CPP_BUILD_TESTS=OFF -DYAML_CPP_BUILD_TOOLS=OFF; }

build_pcre3() {
  cmake_build -DPCRE_SUPPORT_UTF=ON -DPCRE_SUPPORT_UNICODE_PROPERTIES=ON -DPCRE_BUILD_PCRECPP=OFF -DPCRE_BUILD_PCREGREP=OFF \
    -DPCRE_BUILD_TESTS=OFF
}

# Debian's patches compare XML_DTD with 1, while expat's CMake file defines it as nothing: so it is defined here instead.
build_expat() {
  cd expat
  flags=-DXML_DTD=1 cmake_build -DEXPAT_DTD=OFF -DEXPAT_SHARED_LIBS=OFF -DEXPAT_BUILD_TOOLS=OFF -DEXPAT_BUILD_EXAMPLES=OFF \
    -DEXPAT_BUILD_TESTS=OFF -DEXPAT_BUILD_DOCS=OFF
}

# With zlib, PCRE and expat from outside, as Debian builds it. Poco's own copies are old (zlib 1.2.11, expat 2.4.1) and lack
# their security fixes, and a static program would have two zlibs under the same names.
build_poco() {
  # Poco includes these two by names that differ in case from MinGW's files; the second also leaks a macro that
  # Poco::Net has as an enumerator.
  printf '#include <winsock2.h>\n' >"$stage/include/Winsock2.h"
  printf '#include <iphlpapi.h>\n#undef TIMESTAMP_REQUEST\n' >"$stage/include/Iphlpapi.h"
  local off=() part
  for part in ENCODINGS MONGODB REDIS PDF ZIP SEVENZIP CPPPARSER POCODOC PAGECOMPILER PAGECOMPILER_FILE2PAGE ACTIVERECORD \
    ACTIVERECORD_COMPILER DATA DATA_SQLITE DATA_MYSQL DATA_POSTGRESQL DATA_ODBC APACHECONNECTOR TESTS; do off+=("-DENABLE_$part=OFF"); done
  flags='-DPCRE_STATIC -DXML_STATIC' cmake_build -DPOCO_UNBUNDLED=ON -DCMAKE_MC_COMPILER=/usr/bin/x86_64-w64-mingw32-windmc "${off[@]}"
  install -m 644 cmake/FindPCRE.cmake "$stage/cmake" # PocoFoundationConfig.cmake uses it
}

# What comes from Debian ready made: zlib, and Boost's headers, which are the same on every system (Boost.Test is used
# header-only). By a link to boost/ alone, so that no other header of the host comes into reach.
add_host_parts() {
  local from=/usr/x86_64-w64-mingw32
  install -m 644 "$from/include/zlib.h" "$from/include/zconf.h" "$stage/include"
  install -m 644 "$from/lib/libz.a" "$stage/lib"
  ln -s /usr/include/boost "$stage/include/boost"
}

clean_up() {
  [[ -z ${builder:-} ]] || kill -KILL -- "-$builder" 2>/dev/null || true
  rm -rf "$work"
}

build_sysroot() {
  local name version sum
  rm -rf "$work" # left by a killed build
  mkdir -p "$stage/include" "$stage/lib"
  trap clean_up EXIT
  set_up_apt
  while read -r name version sum; do fetch "$name" "$version" "$sum"; done <<<"$sources"
  add_host_parts
  while read -r name version sum; do build "$name"; done <<<"$sources"
  rm -rf "$stage"/{bin,man,share/doc,share/man} "$stage/lib/pkgconfig" # the last names $stage, and nothing here uses it
  if grep -rlF "$work" "$stage" >&2; then die "these files name the folder they were built in, which is about to go"; fi
  sync -f "$stage"
  mv -T "$stage" "$sysroot"
}

case ${1:-} in
  '') ;;
  --packages) printf '%s\n' "${packages[@]}"; exit ;;
  *) die "unknown argument '$1'; the head of this script says how to call it" ;;
esac
unset CC CXX AR CFLAGS CXXFLAGS CPPFLAGS LDFLAGS CMAKE_PREFIX_PATH CMAKE_TOOLCHAIN_FILE DESTDIR TRIBUTARY_WINDOWS_SYSROOT
export LC_ALL=C.UTF-8
jobs=$(nproc)

install_packages
sources=$(wanted_sources)
cache=${TRIBUTARY_CACHE:-$HOME/.cache/tributary}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)
sysroot=$cache/windows-$(recipe_hash)
work=$sysroot.building
stage=$work/sysroot
if [[ ! -d $sysroot ]]; then
  exec 9>"$sysroot.lock"
  flock -n 9 || { say "== waiting for another build of $sysroot"; flock 9; }
  if [[ ! -d $sysroot ]]; then build_sysroot; fi
  flock -u 9
  exec 9>&-
fi
"$here/wine-run.sh" --prepare >&2
printf '%s\n' "$sysroot"
