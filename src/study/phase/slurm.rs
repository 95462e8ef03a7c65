//! A phase diagram as an array of Slurm jobs.

use serde_json::Value;

use crate::study::provenance::command_line;

/// One file for both: started by hand it submits the array and the job that waits for it.
///
/// What the user gave stands in it as words of the shell only, each on one line.
pub(crate) fn slurm_script(parameters: &Value, jobs: u32, name: &str, folder: &str) -> String {
    let command = command_line("phase", parameters);
    format!(
        r#"#!/bin/bash
# Made by lorode {version}: {command}
# Submit with: bash {name}
#SBATCH --job-name=lorode
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

lorode="${{LORODE:-lorode}}"
out={folder}

case "${{1:-${{SLURM_ARRAY_TASK_ID:+part}}}}" in
part)
  # A part that is there is kept, one that was broken off goes on: safe to run twice.
  RAYON_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}" \
    "$lorode" {arguments} --shard "$SLURM_ARRAY_TASK_ID/{jobs}" --out "$out"
  ;;
merge)
  "$lorode" merge "$out" --out "$out"
  ;;
*)
  # Inside an allocation (salloc) the jobs are still jobs of their own: what describes the
  # allocation, or would override the lines above, is not for them.
  for name in "${{!SLURM_@}}"; do
    case "$name" in
    SLURM_CONF | SLURM_CONF_SERVER | SLURM_CLUSTERS | SLURM_JWT) ;;
    *) unset "$name" ;;
    esac
  done
  unset SBATCH_ARRAY_INX SBATCH_JOB_NAME SBATCH_NO_REQUEUE SBATCH_OPEN_MODE SBATCH_OUTPUT
  mkdir -p "$out"
  # A percent sign would be replaced in the names of logs.
  logs="${{out//%/%%}}"
  array=$(sbatch --parsable --array=1-{jobs} --output="$logs/part-%a.log" "$0" part)
  array="${{array%%;*}}"
  merge=$(sbatch --parsable --dependency=afterok:"$array" --output="$logs/merge.log" "$0" merge)
  printf 'array %s of {jobs} parts, then %s joins them into %q\n' "$array" "${{merge%%;*}}" "$out"
  ;;
esac
"#,
        version = env!("CARGO_PKG_VERSION"),
        arguments = command.trim_start_matches("lorode "),
    )
}
