#!/usr/bin/env bash
# Builds the explorer's library and prints where it is. Ends with 77 where the target cannot be had.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
target=wasm32-unknown-unknown
rustup target add "$target" >/dev/null 2>&1 || { echo "the target $target cannot be installed" >&2; exit 77; }
# Its flags stand in library/.cargo/config.toml, which is found from there.
cd "$here/library"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$here/../target}"
cargo build --release --locked --target "$target" >&2
echo "$CARGO_TARGET_DIR/$target/release/lorode_explorer.wasm"
