#!/usr/bin/env bash
# The LaTeX and Markdown of `lorode derive`, parsed by KaTeX and, where there is one, compiled by
# pdflatex. Ends with 77 where KaTeX cannot be installed.
# Usage: run.sh LORODE
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
lorode="$(realpath "$1")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"

command -v npm >/dev/null || exit 77
npm install --silent --no-audit --no-fund katex@0.16 >npm.log 2>&1 || exit 77

count=0
write() {
  for format in latex markdown; do
    count=$((count + 1))
    "$lorode" derive "$@" --format "$format" >"$count.$format"
  done
}
write --link he3 --explain
write --link he12
write --link relu --explain
write --link erf --explain
write --link tanh --explain
write --link 'he1 + 0.5*he3' --adapter free --chi 2 --decay 0.1 --explain
write --teacher erf --student he3 --angle 30
write --teacher he5 --student erf --mixture
write --teacher sign --student relu --rho 0.3 --kappa 0.5
write --teacher relu --student 'x^3/3 - x' --mu 0.5
write --link he4 --adapter scratch --explain
write --link he2 --adapter full --explain
write --teacher 'max(x, 0)^2' --student 'max(x, 0.1*x)' --noise 0.1
write --teacher relu --student gelu

cp "$here/check.mjs" .
node check.mjs ./*.latex ./*.markdown

if command -v pdflatex >/dev/null; then
  for file in *.latex; do
    pdflatex -interaction=nonstopmode -halt-on-error "$file" >"$file.out" || { cat "$file.out"; exit 1; }
    # Lines that stick out of the page by more than half a centimetre.
    if grep -E 'Overfull \\hbox \(([2-9][0-9]|1[5-9]|[0-9]{3,})\.' "$file.out"; then
      echo "$file: lines too long" >&2
      exit 1
    fi
  done
  echo "pdflatex: all compiled"
fi
