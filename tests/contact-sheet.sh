#!/usr/bin/env bash
# Draws a figure of every kind in every style that has a name, and those of the docs and of docs/gallery.md as they stand there,
# and makes one page of them at the size at which they are printed, to look at: contact-sheet.sh [FOLDER] [FORMATS].
# STYLES names some of the styles, or none. Nothing of it is kept in the repository but docs/figures/*.png.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-target/contact-sheet}
formats=${2:-png,pdf}
lorode=${LORODE:-target/release/lorode}
[ -x "$lorode" ] || cargo build --release
mkdir -p "$folder"

styles=${STYLES-aps-column aps-page neurips beamer dark}
kinds=(
    "search search --mu 0.05:0.95:40"
    "search-long search --link 'he1 + 0.5*he3 - 0.25*he5 + 0.125*he2' --mu 0.05:0.95:40"
    "search-many search --link he1+c*he3 --also c=0:2:30 --mu 0.05:0.95:20"
    "solve solve --link erf --mu 0.5"
    "search-network search --link erf --units 2 --teacher-units 2 --mu 0.05:0.95:30"
    "solve-many solve --link erf --mu 0.1:0.9:5"
    "solve-grid solve --link erf --mu 0.05:0.95:19"
    "solve-network solve --link erf --units 2 --teacher-units 2 --mu 0.5"
    "solve-networks solve --link erf --units 2 --teacher-units 2 --mu 0.2:0.8:4"
    "simulate simulate --link erf --mu 0.5 --lr 0.2 --batch 500 --steps 2000"
    "simulate-network simulate --link erf --units 2 --teacher-units 2 --mu 0.5 --dim 200 --lr 0.2 --batch 20 --steps 20000 --seeds 8"
    "compare-network compare --link erf --units 2 --teacher-units 2 --mu 0.5 --dim 200 --lr 0.2 --batch 20 --steps 20000 --seeds 8"
    "compare compare --link erf --mu 0.5 --lr 0.2 --batch 500 --starts random"
    "exits compare --link linear --link erf --mu 0.1:0.5:4 --lr 0.2 --batch 500"
    "phase-1 phase --link he3 --x mu=0.34:0.98:60 --dim 1e6 --value speedup_over_scratch --loss-tolerance 1e-3"
    "phase-2 phase --link 'c*he1+he3' --x mu=0.02:0.98:120 --y c=0:2:90 --value tau"
    "phase-words phase --link he3 --x mu=0.02:0.98:40 --y angle=0:85:30 --value outcome"
    "scaling scaling --link erf --link he2 --link he3 --link he4 --mu 0 --u0-exponent 2"
    "optimum optimum --link he1+he3"
    "history optimum examples/how-long-to-pretrain.toml --angle 10:70:4"
    "train train examples/continual-learning.toml"
    "train-sgd train examples/curriculum.toml --compare --seeds 8"
    "links links relu"
)
# Those of the docs beside the gallery, by the names of their files.
docs=(
    "search search"
    "compare compare --link erf --mu 0.5 --lr 0.2 --batch 500 --starts random --dpi 150"
    "exit-times-sgd compare --link linear --link erf --link relu --mu 0.1:0.8:8 --lr 0.2 --batch 500 --starts random"
    "scaling scaling --link he1 --link he2 --link he3 --link he4 --link he5 --link he6 --adapter scratch"
    "stages train examples/continual-learning.toml --compare"
)

# NAME COMMAND: draws, and writes a line of the page.
draw() {
    local at="$folder/$1" picture inches
    eval "$lorode $2 --save $formats --out '$at'" >"$at.log" 2>&1 || {
        echo "lorode $2 failed:" >&2
        cat "$at.log" >&2
        exit 1
    }
    # The size in inches is in the file; browsers take 96 pixels for an inch.
    for picture in "$at"/*.png; do
        inches=$(od -An -v -tu1 -w1 "$picture" | awk '
            NR >= 17 && NR <= 20 { width = width * 256 + $1 }
            !at { last = substr(last sprintf("%c", $1), length(last) > 3 ? 2 : 1); if (last == "pHYs") at = NR }
            at && NR > at { metre = metre * 256 + $1 }
            at && NR == at + 4 { print width / metre / 0.0254; exit }' || true)
        echo "<img width=\"$(awk "BEGIN { print 96 * $inches }")\" src=\"$1/${picture##*/}\" alt=\"$1\">"
    done
}

{
    echo '<!doctype html><meta charset="utf-8"><title>Figures</title><style>body{background:#888}img{vertical-align:top;margin:4px}</style>'
    for style in $styles; do
        echo "<h2>$style</h2>"
        for kind in "${kinds[@]}"; do
            draw "$style-${kind%% *}" "${kind#* } --style $style"
        done
    done
    echo "<h2>docs</h2>"
    for kind in "${docs[@]}"; do
        draw "docs-${kind%% *}" "${kind#* }"
    done
    echo "<h2>docs/gallery.md</h2>"
    sed -n 's/^\$ lorode \(.*\) --out \([a-z]*\)$/\2 \1/p' docs/gallery.md >"$folder/gallery.txt"
    while read -r name command; do
        draw "gallery-$name" "$command"
    done <"$folder/gallery.txt"
} >"$folder/index.html"
echo "open $folder/index.html"
