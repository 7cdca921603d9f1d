#!/usr/bin/env bash
# Prints the path of Chromium, after installing Debian's package where it is missing. Tests that need a browser call this.
set -euo pipefail

find_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# Test files run side by side, and one of them installs.
exec 9>"${TMPDIR:-/tmp}/entra-graphql-chromium.lock"
flock 9
find_chromium && exit

fail() {
  echo "Chromium is missing and cannot be installed here: $1. Install it (apt-get install chromium), then run the tests again." >&2
  exit 1
}
command -v apt-get >/dev/null || fail 'there is no apt-get'
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  sudo -n true 2>/dev/null || fail 'this user is neither root nor may use sudo without a password'
  as_root=(sudo -n)
fi
install() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -qq -y --no-install-recommends chromium
}
# A new machine has no lists of packages yet, and old lists name packages that are gone.
{ "${as_root[@]}" apt-get update -qq && install; } >&2 || fail 'apt-get failed, see above'
find_chromium || fail 'the package has no program'
