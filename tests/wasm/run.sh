#!/usr/bin/env bash
# The explorer's library: built for wasm32-unknown-unknown, run by node without a page, its digits held against the
# command's. Ends with 77 where the target or node is missing.
# Usage: run.sh LORODE
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
lorode="$(realpath "$1")"

command -v node >/dev/null || { echo "there is no node" >&2; exit 77; }
cd "$here"
library="$("$here/../../explorer/library.sh")"
node run.mjs "$library" "$lorode"
