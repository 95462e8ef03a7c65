#!/usr/bin/env bash
# The library in a page: built for wasm32-unknown-unknown, run by node, its digits held against the
# command's. Ends with 77 where the target or node is missing.
# Usage: run.sh LORODE
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
lorode="$(realpath "$1")"
target=wasm32-unknown-unknown

command -v node >/dev/null || { echo "there is no node" >&2; exit 77; }
rustup target add "$target" >/dev/null 2>&1 || { echo "the target $target cannot be installed" >&2; exit 77; }

cd "$here"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/../../target}"
cargo build --release --locked --target "$target"
node run.mjs "$CARGO_TARGET_DIR/$target/release/lorode_page.wasm" "$lorode"
