#!/usr/bin/env bash
# The table of costs in README.md: one row for each kind of link, all from one run on a quiet machine.
# A right-hand side and a first run as `lorode links` measures them; the fastest of three searches of 40 strengths.
#
#   benches/table.sh          prints the rows
set -euo pipefail
cd "$(dirname "$0")/.."
cargo build --release --quiet
lorode="${CARGO_TARGET_DIR:-target}/release/lorode"

search() {
  local fastest=999999 begun ms
  for _ in 1 2 3; do
    begun=$(date +%s%N)
    "$lorode" search --link "$1" --mu 0.05:0.95:40 --format csv > /dev/null
    ms=$((($(date +%s%N) - begun) / 1000000))
    fastest=$((ms < fastest ? ms : fastest))
  done
  awk -v ms="$fastest" 'BEGIN { printf "%.2f s", ms / 1000 }'
}

row() {
  local costs
  # averages  closed form (erf): a right-hand side takes 24 ns here, a first run 1.1 ms
  costs=$("$lorode" links "$2" --format human --out "$scratch" --force | sed -n 's/^averages.*takes \(.*\) here, a first run \(.*\)$/\1 | \2/p')
  echo "| $1 | \`$2\` | $costs | $(search "$2") |"
}

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
row "erf" "erf"
row "polynomials" "he3"
row "polynomials on each side of 0" "relu"
row "polynomials between breaks" "hardtanh"
row "waves, bumps, exponentials" "sin(5*x)"
row "smooth" "gelu"
row "smooth and steeper" "tanh(3*x)"
row "steep" "tanh(10*x)"
row "very steep" "tanh(100*x)"
row "kinks and curves" "max(x, 0.1*x) + 0.2*sin(x)"
row "powers with a cusp" "abs(x)^1.5"
