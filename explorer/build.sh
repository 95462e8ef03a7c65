#!/usr/bin/env bash
# Builds the explorer into one file. Ends with 77 where the target, node or KaTeX cannot be had.
# Usage: build.sh [PAGE.html]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
page="$(realpath -m "${1:-$here/dist/index.html}")"

command -v npm >/dev/null || { echo "there is no node with npm" >&2; exit 77; }
cd "$here"
npm ci --silent --no-audit --no-fund >/dev/null 2>&1 || { echo "npm cannot install KaTeX" >&2; exit 77; }
library="$(./library.sh)"
node build.mjs "$library" "$page"
