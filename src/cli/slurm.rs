//! The Slurm script of a phase diagram: an array of parts, and a job that joins them.

use std::path::Path;

use serde_json::Value;

use super::emit::{Failed, command_line, print};
use crate::output::write_atomically;

/// Writes the script.
pub(super) fn write_script(
    path: &Path,
    parameters: &Value,
    jobs: u32,
    out: Option<&Path>,
) -> Result<(), Failed> {
    let folder = out.map_or("lorode-out".to_owned(), |out| out.display().to_string());
    let command = command_line("phase", parameters);
    let name = path.display();
    // One file for both: submitted by hand it starts the array and the job that waits for it.
    let text = format!(
        r#"#!/bin/bash
# Made by lorode {version}: {command}
# Submit with: bash {name}
#SBATCH --job-name=lorode
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

lorode="${{LORODE:-lorode}}"
out={folder}

if [ -z "${{SLURM_JOB_ID:-}}" ]; then
  mkdir -p "$out"
  array=$(sbatch --parsable --array=1-{jobs} --output="$out/part-%a.log" "$0")
  merge=$(sbatch --parsable --dependency=afterok:"${{array%%;*}}" --output="$out/merge.log" "$0" merge)
  echo "array ${{array%%;*}} of {jobs} parts, then ${{merge%%;*}} joins them into $out"
elif [ "${{1:-}}" = merge ]; then
  "$lorode" merge "$out" --out "$out"
else
  # A part that is there is kept, one that was broken off goes on: safe to run twice.
  RAYON_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}" \
    "$lorode" {arguments} --shard "$SLURM_ARRAY_TASK_ID/{jobs}" --out "$out"
fi
"#,
        version = env!("CARGO_PKG_VERSION"),
        folder = shell_word(&folder),
        arguments = command.trim_start_matches("lorode "),
    );
    write_atomically(path, text.as_bytes())?;
    print(&format!(
        "wrote {name}: an array of {jobs} jobs and one that joins their parts; submit with `bash {name}`\n"
    ))
}

fn shell_word(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}
