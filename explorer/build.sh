#!/usr/bin/env bash
# Builds the explorer into one file. Ends with 77 where the target, node or KaTeX cannot be had.
# Usage: build.sh [PAGE.html]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
page="$(realpath -m "${1:-$here/dist/index.html}")"
target=wasm32-unknown-unknown

command -v npm >/dev/null || { echo "there is no node with npm" >&2; exit 77; }
rustup target add "$target" >/dev/null 2>&1 || { echo "the target $target cannot be installed" >&2; exit 77; }
cd "$here"
npm ci --silent --no-audit --no-fund >/dev/null 2>&1 || { echo "npm cannot install KaTeX" >&2; exit 77; }
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/../target}"
cargo build --release --locked --target "$target" --manifest-path library/Cargo.toml
node build.mjs "$CARGO_TARGET_DIR/$target/release/lorode_explorer.wasm" "$page"
