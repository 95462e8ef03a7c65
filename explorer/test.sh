#!/usr/bin/env bash
# The explorer, built anew, in Chromium. Ends with 77 where it cannot be built or there is no Chromium.
# Usage: test.sh LORODE [FOLDER for screenshots]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
lorode="$(realpath "$1")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

if ! command -v chromium >/dev/null && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
fi
chromium="$(command -v chromium)" || { echo "there is no chromium" >&2; exit 77; }
"$here/build.sh" "$folder/index.html"
node "$here/test.mjs" "$folder/index.html" "$lorode" "$chromium" "${2:-}"
