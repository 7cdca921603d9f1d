#!/usr/bin/env bash
# Prints the path of an HAProxy from the packages of this machine's Debian, for `npm run test:replicas`.
# It is unpacked into a folder of its own: nothing is installed, and root is not needed.
set -euo pipefail

folder=${TMPDIR:-/tmp}/entra-graphql-haproxy
program=$folder/haproxy
exec 9>"$folder.lock"
flock 9
[ -x "$program" ] && echo "$program" && exit

fail() {
  echo "HAProxy of Debian cannot be had here: $1." >&2
  exit 1
}
for tool in apt-get dpkg-deb; do command -v "$tool" >/dev/null || fail "there is no $tool"; done
rm -rf "$folder" && mkdir -p "$folder/root"
{
  # A new machine has no lists of packages yet.
  apt-cache show haproxy >/dev/null 2>&1 || apt-get update -qq || fail 'apt-get update failed, see above'
  # The C library is that of the machine.
  libraries=$(apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces \
    --no-enhances haproxy | grep -E '^lib' | grep -vE '^(libc6|libgcc-s1|libcrypt1)$|:' | sort -u)
  # shellcheck disable=SC2086
  (cd "$folder" && apt-get -o APT::Sandbox::User= download -qq haproxy $libraries) || fail 'apt-get download failed, see above'
  for package in "$folder"/*.deb; do dpkg-deb --extract "$package" "$folder/root"; done
  rm "$folder"/*.deb
} >&2
paths=$(find "$folder/root" -name '*.so*' -printf '%h\n' | sort -u | paste -sd:)
printf '#!/bin/sh\nLD_LIBRARY_PATH=%s exec %s "$@"\n' "$paths" "$folder/root/usr/sbin/haproxy" >"$program.new"
chmod 755 "$program.new" "$folder"
"$program.new" -v >&2 || fail 'the program does not run'
mv "$program.new" "$program"
echo "$program"
