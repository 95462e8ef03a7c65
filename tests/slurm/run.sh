#!/usr/bin/env bash
# Maps, searches and simulations on a real Slurm, all daemons on this host: as arrays of jobs, one of
# them broken off and run again, joined to the bytes of a single run. Needs root and the packages slurm-wlm and
# munge. Usage: tests/slurm/run.sh PATH_OF_LORODE
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
LORODE="$(realpath "$1")"
export LORODE
work="$(mktemp -d)"
trap '"$here/down.sh" "$work/slurm" || true; rm -rf "$work"' EXIT
# 77: not tested, for the caller to tell from a failure.
"$here/up.sh" "$work/slurm" || exit 77
export SLURM_CONF="$work/slurm/slurm.conf"
cd "$work"

map=(phase --link erf --x mu=0.05:0.95:60 --y angle=0:80:40)
"$LORODE" "${map[@]}" --out whole >/dev/null
"$LORODE" "${map[@]}" --slurm map.sh --slurm-jobs 4 --out parts
# A part that an earlier attempt left behind, cut short in the middle of its cells.
"$LORODE" "${map[@]}" --shard 2/4 --out parts >/dev/null
part="$(ls parts/*2-of-4.part)"
size="$(stat -c %s "$part")"
truncate -s $((4096 + 100 * 13 + 5)) "$part"
truncate -s "$size" "$part"

# Waits for all jobs and compares what they made: the files of the first folder.
joined() {
  for _ in $(seq 240); do
    test -z "$(squeue -h)" && break
    sleep 0.5
  done
  for file in "$1"/*; do
    cmp "$file" "$2/${file##*/}" || { cat "$2"/*.log; exit 1; }
  done
}
bash map.sh
joined whole parts
echo "slurm: an array of 4 parts, joined to the bytes of a single run"

# From inside an allocation, with names and a link that a shell would take apart.
odd=$'it\'s\n$(touch broken) %a'
printf 'link = "he1 +\\n 0.5*he3"\n' >map.toml
map=(phase map.toml --x mu=0.05:0.95:60 --y angle=0:80:40 --value tau)
"$LORODE" "${map[@]}" --out odd-whole >/dev/null
"$LORODE" "${map[@]}" --slurm "$odd.sh" --slurm-jobs 3 --out "$odd"
salloc --quiet -n1 bash "$odd.sh"
joined odd-whole "$odd"
test ! -e broken
echo "slurm: the same from inside an allocation"

# Points of a search and seeds of a simulation, with what a job may ask for.
ask=(--slurm-jobs 3 --slurm-time 5 --slurm-memory 100M --slurm-cpus 1 --slurm-partition main --slurm-option comment="it's \$HOME")
search=(search --link erf --link 'he1 + 0.5*he3' --mu 0.1:0.9:20)
simulate=(simulate --link erf --mu 0.5 --lr 0.02 --batch 50 --steps 2000 --seeds 8 --per-seed)
for work in search simulate; do
  declare -n line=$work
  "$LORODE" "${line[@]}" --out "$work-whole" >/dev/null
  "$LORODE" "${line[@]}" --slurm "$work.sh" "${ask[@]}" --out "$work"
  bash "$work.sh"
  joined "$work-whole" "$work"
  echo "slurm: $work as an array of 3 parts"
done
