//! The Slurm script of a phase diagram: an array of parts, and a job that joins them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::emit::{Failed, command_line, say};
use crate::output::printable::shell_word;
use crate::output::write_atomically;

/// Writes the script.
pub(super) fn write_script(
    path: &Path,
    parameters: &Value,
    jobs: u32,
    out: Option<&Path>,
) -> Result<(), Failed> {
    let text = script(
        parameters,
        jobs,
        &word(path),
        &word(out.unwrap_or(Path::new("lorode-out"))),
    );
    write_atomically(path, text.as_bytes())?;
    let name = word(path);
    say(&format!(
        "wrote {name}: an array of {jobs} jobs and one that joins their parts; submit with `bash {name}`\n"
    ))
}

/// A path as a word of the shell that no program takes for an option.
fn word(path: &Path) -> String {
    let is_option = path.as_os_str().as_encoded_bytes().starts_with(b"-");
    let path: PathBuf = if is_option {
        Path::new(OsStr::new(".")).join(path)
    } else {
        path.to_owned()
    };
    shell_word(path.as_os_str())
}

/// One file for both: started by hand it submits the array and the job that waits for it.
///
/// What the user gave stands in it as words of the shell only, each on one line.
fn script(parameters: &Value, jobs: u32, name: &str, folder: &str) -> String {
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
