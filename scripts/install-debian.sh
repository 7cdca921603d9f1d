#!/usr/bin/env bash
# Prints the path of a program from Debian's packages: scripts/install-debian.sh PACKAGE PROGRAM [RELEASE]
# Without a release it is the one of this machine. The program runs with the libraries of that release, in a folder of its own:
# nothing of the machine is changed, and root is not needed.
set -euo pipefail

package=${1:?Say which package: haproxy, nginx, redis-server, pgbouncer, prometheus.}
name=${2:?Say which program of it.}
# shellcheck source=/dev/null
release=${3:-$(. /etc/os-release && echo "${VERSION_CODENAME:-}")}
all=${TMPDIR:-/tmp}/entra-graphql-debian-$release
folder=$all/$package-$name
program=$folder/run

# Test files run side by side, and one of them installs.
mkdir -p "$all"
exec 9>"$all/lock"
flock 9
[ -x "$program" ] && echo "$program" && exit

fail() {
  echo "$name of Debian's $release cannot be had here: $1." >&2
  exit 1
}
for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no $tool"; done
archive=$(sed -nE 's/^(URIs: |deb )(\[[^]]*\] )?(http[^ ]+\/debian)\/?( .*)?$/\3/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)
[ -n "$archive" ] || fail "apt-get knows no address of Debian's packages"

rm -rf "$folder" && mkdir -p "$folder/"{packages,root} "$all/"{lists/partial,cache/archives/partial}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $release main" >"$all/sources.list"
apt=(-o Dir::Etc::sourcelist="$all/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$all/lists"
  -o Dir::State::status=/dev/null -o Dir::Cache="$all/cache" -o APT::Sandbox::User=)
# Libraries, and the package of Redis that has its program. Scripts and services of other packages are not needed.
needed() {
  apt-cache "${apt[@]}" depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances \
    "$package" | grep -E '^(lib|zlib|lua-|redis-tools)' | grep -vE 'perl|:' | sort -u
}
# shellcheck disable=SC2046
download() { (cd "$folder/packages" && apt-get "${apt[@]}" download -qq "$package" $(needed)); }
{
  # Lists that are there may name packages that are gone.
  download || { apt-get "${apt[@]}" update -qq && download; } || fail 'apt-get failed, see above'
  for archive in "$folder"/packages/*.deb; do dpkg-deb --extract "$archive" "$folder/root"; done
} >&2
rm -rf "$folder/packages"

found=$(find "$folder/root/usr" -path "*bin/$name" | head -1)
[ -n "$found" ] || fail "$package has no $name"
loader=$(find "$folder/root" -name 'ld-linux-*.so.*' | head -1)
paths=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$loader" "$paths" "$found" >"$program.new"
chmod 755 "$program.new" "$folder" "$all"
"$program.new" --version >&2 || "$program.new" -v >&2 || fail 'the program does not run'
mv "$program.new" "$program"
echo "$program"
