#!/usr/bin/env bash
# Builds the wheel, installs it in a fresh environment outside the repository, and tests it there against the binary.
#
#   python/tests/run.sh BINARY      exit code 77 where pip can install nothing
set -euo pipefail
binary="$(realpath "$1")"
here="$(cd "$(dirname "$0")/.." && pwd)"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT

python3 -m venv "$folder/venv" || exit 77
bin="$folder/venv/bin"
"$bin/pip" install --quiet maturin pytest hypothesis mypy scipy matplotlib pandas xarray sympy mpmath tqdm nbclient nbformat ipykernel joblib || exit 77
# The wheel is built from the checkout's own target folder, which has the library already.
"$bin/maturin" build --quiet --release --manifest-path "$here/Cargo.toml" --out "$folder/wheel"
"$bin/pip" install --quiet "$folder"/wheel/*.whl
cp -r "$here/tests" "$folder/tests"
cp -r "$here/notebooks" "$folder/tests/"
mkdir "$folder/tests/docs" "$folder/tests/python"
cp "$here/../docs/python.md" "$folder/tests/docs/"
cp "$here/README.md" "$folder/tests/python/"
cp "$here/../README.md" "$folder/tests/"
cd "$folder/tests"
export LORODE="$binary"
"$bin/python" -m pytest -q
"$bin/python" -m mypy --strict --ignore-missing-imports .
"$bin/python" -m mypy.stubtest lorode._lorode --allowlist stubtest-allowed.txt
# The command that comes with the package is the program.
diff <("$bin/lorode" kernel --link erf --m 0.3 --q 0.7) <("$binary" kernel --link erf --m 0.3 --q 0.7)
"$bin/python" -m lorode search --link erf --mu 0.5 --what tau --format json >/dev/null
status=0
"$bin/lorode" search --link erf --mu nothing 2>/dev/null || status=$?
[ "$status" -eq 2 ]
echo "python: package tested"
