#!/usr/bin/env bash
# Draws a figure of every kind in every style that has a name, and makes one page of them at the size at which they
# are printed, to look at: contact-sheet.sh [FOLDER] [FORMATS]. Nothing of it is kept in the repository.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-target/contact-sheet}
formats=${2:-png,pdf}
lorode=${LORODE:-target/release/lorode}
[ -x "$lorode" ] || cargo build --release
mkdir -p "$folder"

styles=${STYLES:-aps-column aps-page neurips beamer dark}
kinds=(
    "search search --mu 0.05:0.95:40"
    "search-long search --link 'he1 + 0.5*he3 - 0.25*he5 + 0.125*he2' --mu 0.05:0.95:40"
    "search-many search --link he1+c*he3 --also c=0:2:30 --mu 0.05:0.95:20"
    "solve solve --link erf --mu 0.5"
    "solve-many solve --link erf --mu 0.1:0.9:5"
    "simulate simulate --link erf --mu 0.5 --lr 0.2 --batch 500 --steps 2000"
    "compare compare --link erf --mu 0.5 --lr 0.2 --batch 500 --starts random"
    "exits compare --link linear --link erf --mu 0.1:0.5:4 --lr 0.2 --batch 500"
    "phase-1 phase --link he3 --x mu=0.34:0.98:60 --dim 1e6 --value speedup_over_scratch --loss-tolerance 1e-3"
    "phase-2 phase --link 'c*he1+he3' --x mu=0.02:0.98:120 --y c=0:2:90 --value tau"
    "phase-words phase --link he3 --x mu=0.02:0.98:40 --y angle=0:85:30 --value outcome"
    "scaling scaling --link erf --link he2 --link he3 --link he4 --mu 0 --u0-exponent 2"
    "optimum optimum --link he1+he3"
    "links links relu"
)
{
    echo '<!doctype html><meta charset="utf-8"><title>Figures</title><style>body{background:#888}img{vertical-align:top;margin:4px}</style>'
    for style in $styles; do
        echo "<h2>$style</h2>"
        for kind in "${kinds[@]}"; do
            name=${kind%% *}
            command=${kind#* }
            at="$folder/$style-$name"
            eval "$lorode $command --style $style --save $formats --out '$at'" >"$at.log" 2>&1 || {
                echo "lorode $command --style $style failed:" >&2
                cat "$at.log" >&2
                exit 1
            }
            # The size in inches is in the file; browsers take 96 pixels for an inch.
            for picture in "$at"/*.png; do
                width=$(od -An -tu1 -j16 -N4 "$picture" | awk '{print ($3 * 256 + $4) * 96 / 300}')
                echo "<img width=\"$width\" src=\"$style-$name/${picture##*/}\" alt=\"$name\">"
            done
        done
    done
} >"$folder/index.html"
echo "open $folder/index.html"
