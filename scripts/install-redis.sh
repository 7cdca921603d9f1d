#!/usr/bin/env bash
# Prints the path of a Redis server from the Debian packages of this machine's release. It lies in a folder of its own: nothing of the
# machine is changed, and root is not needed.
set -euo pipefail

folder=${TMPDIR:-/tmp}/entra-graphql-redis
program=$folder/redis

# Test files run side by side, and one of them installs.
exec 9>"$folder.lock"
flock 9
[ -x "$program" ] && echo "$program" && exit

fail() {
  echo "Redis of Debian cannot be had here: $1." >&2
  exit 1
}
for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no $tool"; done
rm -rf "$folder" && mkdir -p "$folder/cache" "$folder/root"
# A new machine has no lists of packages yet.
apt-cache show redis-server >/dev/null 2>&1 || apt-get update -qq >&2 || fail 'apt-get update failed, see above'
# Libraries by the names of several releases.
libraries=(libjemalloc2 liblua5.1-0 liblzf1 libhiredis0.14 libhiredis1.1.0 lua-cjson lua-bitop libatomic1)
{
  known=$(apt-cache pkgnames | grep -Fx "$(printf '%s\n' redis-server redis-tools "${libraries[@]}")")
  # shellcheck disable=SC2086
  (cd "$folder/cache" && apt-get download -qq $known) || fail 'apt-get download failed, see above'
  for package in "$folder"/cache/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
} >&2
paths=$(find "$folder/root" -type d -name '*-linux-gnu' | paste -sd:)
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$paths" "$folder/root/usr/bin/redis-server" >"$program.new"
chmod 755 "$program.new" "$folder"
"$program.new" --version >&2 || fail 'the program does not run'
rm -rf "$folder/cache"
mv "$program.new" "$program"
echo "$program"
