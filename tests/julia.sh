#!/usr/bin/env bash
# The programs of `derive --format julia`, run by Julia; 77 where there is none.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v julia >/dev/null; then
  echo "no julia on the path" >&2
  exit 77
fi
exec cargo test --release --test derivation julia_programs -- --ignored --nocapture
