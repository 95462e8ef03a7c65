#!/usr/bin/env bash
# The wheel of a release, for every Python from 3.9 on and every Linux from manylinux2014 on, installed and asked once; and
# whether the package compiles for Linux on ARM and for Windows. Ends with 1 where something is wrong, with 77 where
# something could not be tried here; what that was, it says at the end.
#
#   python/release.sh [FOLDER for the wheel, by default target/wheels]
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
wheels="$(realpath -m "${1:-$here/../target/wheels}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
missed=()
say() { printf '\n== %s\n' "$*"; }

say "tools"
python3 -m venv "$folder/tools" || { echo "python3 makes no environments (venv)" >&2; exit 77; }
tools="$folder/tools/bin"
"$tools/pip" install --quiet 'maturin>=1.10,<2' auditwheel || { echo "pip cannot install maturin and auditwheel" >&2; exit 77; }

# With zig as the linker the wheel needs an old glibc alone, whatever this machine has.
how=(--compatibility manylinux2014 --zig)
if ! "$tools/pip" install --quiet ziglang; then
  missed+=("zig cannot be installed: the wheel asks for the glibc of this machine, so build it in a manylinux container instead")
  how=(--compatibility linux)
fi

say "wheel"
rm -f "$wheels"/lorode-*.whl
PATH="$tools:$PATH" "$tools/maturin" build --release --locked --manifest-path "$here/Cargo.toml" --out "$wheels" "${how[@]}"
wheel="$(ls "$wheels"/lorode-*.whl)"
"$tools/auditwheel" show "$wheel"
case "$wheel" in
  *-cp39-abi3-manylinux*) ;;
  *-cp39-abi3-linux_*) [ ${#missed[@]} -gt 0 ] ;;
  *) echo "$wheel is not for every Python from 3.9 on" >&2; exit 1 ;;
esac

say "what it holds"
"$tools/python" - "$wheel" <<'PYTHON'
import sys
import zipfile

# The program is in the module, which is there once: `lorode` and `python -m lorode` call it.
held = zipfile.ZipFile(sys.argv[1]).infolist()
for one in held:
    print(f"{one.compress_size:10d} {one.filename}")
libraries = [one.filename for one in held if one.filename.endswith((".so", ".pyd"))]
others = [one.filename for one in held if not one.filename.startswith(("lorode/", "lorode-"))]
if libraries != ["lorode/_lorode.abi3.so"] or others:
    sys.exit(f"the wheel holds {libraries + others}, not one library in one package")
PYTHON

say "installed"
python3 -m venv "$folder/user"
"$folder/user/bin/pip" install --quiet "$wheel"
cd "$folder"
"$folder/user/bin/python" -c 'import lorode as lo; print(lo.__version__, lo.Problem(link="erf", mu=0.5).solve().exit_time)'
"$folder/user/bin/lorode" --version

for target in aarch64-unknown-linux-gnu x86_64-pc-windows-gnu; do
  say "cargo check for $target"
  if ! rustup target add "$target"; then
    missed+=("the target $target cannot be installed: not checked")
    continue
  fi
  # The stable interface of Python needs no interpreter of the other system.
  PYO3_NO_PYTHON=1 cargo check --release --locked --manifest-path "$here/Cargo.toml" --target "$target"
done

say "done: $wheel"
if [ ${#missed[@]} -gt 0 ]; then
  printf 'NOT DONE: %s\n' "${missed[@]}" >&2
  exit 77
fi
