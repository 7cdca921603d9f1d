#!/usr/bin/env bash
# Prints the path of a PgBouncer that comes from the packages of a release of Debian: scripts/install-pgbouncer.sh bookworm
# It runs with the libraries of that release, in a folder of its own: nothing of the machine is changed, and root is not needed.
set -euo pipefail

release=${1:?Say which release of Debian: bookworm (PgBouncer 1.18) or trixie (1.24).}
folder=${TMPDIR:-/tmp}/entra-graphql-pgbouncer-$release
program=$folder/pgbouncer

# Test files run side by side, and one of them installs.
exec 9>"$folder.lock"
flock 9
[ -x "$program" ] && echo "$program" && exit

fail() {
  echo "PgBouncer of Debian's $release cannot be had here: $1." >&2
  exit 1
}
for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no $tool"; done
archive=$(sed -nE 's/^(URIs: |deb )(\[[^]]*\] )?(http[^ ]+\/debian)\/?( .*)?$/\3/p' \
  /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null | head -1 || true)
[ -n "$archive" ] || fail "apt-get knows no address of Debian's packages"

rm -rf "$folder" && mkdir -p "$folder/"{lists/partial,cache/archives/partial,root}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $archive $release main" >"$folder/sources.list"
apt=(-o Dir::Etc::sourcelist="$folder/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$folder/lists"
  -o Dir::State::status=/dev/null -o Dir::Cache="$folder/cache" -o APT::Sandbox::User=)
# By the names of both releases.
libraries=(libc6 libc-ares2 libcares2 libevent-2.1-7 libevent-2.1-7t64 libpam0g libaudit1 libcap-ng0 libssl3 libssl3t64
  libsystemd0 libcap2 libgcrypt20 libgpg-error0 liblz4-1 liblzma5 libzstd1 zlib1g libldap2)
{
  apt-get "${apt[@]}" update -qq || fail 'apt-get update failed, see above'
  known=$(apt-cache "${apt[@]}" pkgnames | grep -Fx "$(printf '%s\n' pgbouncer "${libraries[@]}")")
  # shellcheck disable=SC2086
  (cd "$folder/cache" && apt-get "${apt[@]}" download -qq $known) || fail 'apt-get download failed, see above'
  for package in "$folder"/cache/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
} >&2

loader=$(find "$folder/root" -name 'ld-linux-*.so.*' | head -1)
paths=$(find "$folder/root" -type d -name '*-linux-gnu' | paste -sd:)
printf '#!/bin/sh\nexec %s --library-path %s %s "$@"\n' "$loader" "$paths" "$folder/root/usr/sbin/pgbouncer" >"$program.new"
chmod 755 "$program.new" "$folder"
"$program.new" --version >&2 || fail 'the program does not run'
rm -rf "$folder/"{lists,cache}
mv "$program.new" "$program"
echo "$program"
