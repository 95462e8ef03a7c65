#!/usr/bin/env bash
# Do the PDFs of every kind of figure go into a LaTeX document at the widths of the styles for print?
# Without pdflatex nothing is tested: exit code 77.
set -euo pipefail
cd "$(dirname "$0")/../.."
if ! command -v pdflatex >/dev/null; then
    echo "NOT TESTED: pdflatex is not here; install texlive-latex-base" >&2
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
styles='aps-column aps-page neurips beamer'
STYLES=$styles tests/contact-sheet.sh "$folder/figures" png,pdf >/dev/null
{
    echo '\documentclass{article}\usepackage{graphicx}\usepackage[margin=1cm]{geometry}\begin{document}'
    for style in $styles; do
        for picture in "$folder/figures/$style"-*/*.pdf; do
            # At its own size: one that is wider than the style says would run over the margin.
            echo "\noindent\includegraphics{$picture}\clearpage"
        done
    done
    # Those of the docs are drawn without a style, so that their width is that of their panels.
    for picture in "$folder"/figures/{docs,gallery}-*/*.pdf; do
        echo "\noindent\includegraphics[width=\linewidth,height=0.9\textheight,keepaspectratio]{$picture}\clearpage"
    done
    echo '\end{document}'
} >"$folder/all.tex"
pdflatex -interaction=nonstopmode -halt-on-error -output-directory "$folder" "$folder/all.tex" >"$folder/log" || {
    tail -20 "$folder/log" >&2
    exit 1
}
wide=$(grep -c '^Overfull .hbox' "$folder/log" || true)
pictures=$(ls "$folder"/figures/*/*.pdf | wc -l)
if [ "$wide" != 0 ]; then
    echo "$wide of $pictures figures are wider than the page" >&2
    exit 1
fi
echo "$pictures figures compiled"
