//! Work in parts, as an array of Slurm jobs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::provenance::command_line;
use crate::error::Error;
use crate::numeral::counted;
use crate::output::printable::shell_word;
use crate::output::write_atomically;
use crate::shard::Shard;
use crate::storage::read_at_most;

/// How work is divided among machines.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "cli", derive(clap::Args))]
#[cfg_attr(feature = "cli", command(next_help_heading = "Scale"))]
pub(crate) struct Batch {
    /// Do one part of the work, K of N, for `lorode merge`
    #[cfg_attr(
        feature = "cli",
        arg(long, value_name = "K/N", conflicts_with = "slurm")
    )]
    shard: Option<String>,
    /// Write a Slurm script that does the work as an array of jobs, and do nothing else
    #[cfg_attr(feature = "cli", arg(long, value_name = "FILE"))]
    slurm: Option<PathBuf>,
    /// Jobs of the array in the Slurm script
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", default_value_t = 16, requires = "slurm",
          value_parser = clap::value_parser!(u32).range(1..=100_000)))]
    slurm_jobs: u32,
    /// Most time of each job, as Slurm writes it: 30, 2:00:00, 1-12
    #[cfg_attr(feature = "cli", arg(long, value_name = "TIME", requires = "slurm"))]
    slurm_time: Option<String>,
    /// Memory of each job: 4G, 500M
    #[cfg_attr(feature = "cli", arg(long, value_name = "SIZE", requires = "slurm"))]
    slurm_memory: Option<String>,
    /// Partition of the jobs
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME", requires = "slurm"))]
    slurm_partition: Option<String>,
    /// Cores of each job
    #[cfg_attr(feature = "cli", arg(long, value_name = "N", requires = "slurm",
          value_parser = clap::value_parser!(u32).range(1..)))]
    slurm_cpus: Option<u32>,
    /// Account that pays
    #[cfg_attr(feature = "cli", arg(long, value_name = "NAME", requires = "slurm"))]
    slurm_account: Option<String>,
    /// Any other option of sbatch, as in --slurm-option qos=high; may be repeated
    #[cfg_attr(
        feature = "cli",
        arg(
            long,
            value_name = "NAME[=VALUE]",
            requires = "slurm",
            allow_hyphen_values = true
        )
    )]
    slurm_option: Vec<String>,
}

/// Options of sbatch that the script sets itself.
const OWN: [&str; 7] = [
    "array",
    "dependency",
    "output",
    "parsable",
    "requeue",
    "open-mode",
    "wrap",
];

impl Batch {
    /// The part that is asked for.
    ///
    /// # Errors
    /// A part that is none.
    pub(crate) fn shard(&self) -> Result<Option<Shard>, Error> {
        let parts = self.shard.as_ref().map(|text| text.parse());
        Ok(parts.transpose()?)
    }

    /// Whether the work is done in parts, here or elsewhere.
    pub(crate) fn divides(&self) -> bool {
        self.shard.is_some() || self.slurm.is_some()
    }

    /// Writes the script for a command, if one is asked for, and says what to do with it. Its last job joins
    /// the parts in `out`, with these further options.
    ///
    /// # Errors
    /// An option that is the script's own; a file that cannot be written, or that is no script of ours.
    pub(crate) fn script(
        &self,
        (command, parameters): (&str, &Value),
        out: Option<&Path>,
        merge: &[String],
    ) -> Result<Option<String>, Error> {
        let Some(path) = &self.slurm else {
            return Ok(None);
        };
        if path.is_file() && !is_ours(path) {
            return Err(Error::Setting(format!(
                "'{}' is no script of lorode's, and is left alone: give --slurm another name",
                path.display()
            )));
        }
        let (name, jobs) = (word(path), self.slurm_jobs);
        let text = Script {
            command: command_line(command, parameters),
            options: self.options()?,
            jobs,
            name: &name,
            folder: &word(out.unwrap_or(Path::new("lorode-out"))),
            merge: &words(merge),
        };
        write_atomically(path, text.text().as_bytes())?;
        Ok(Some(format!(
            "wrote {name}: an array of {} and one that joins their parts; submit with `bash {name}`\n",
            counted(jobs, "job")
        )))
    }

    /// The options of sbatch for every job, as words of the shell.
    fn options(&self) -> Result<String, Error> {
        let named = [
            ("time", self.slurm_time.clone()),
            ("mem", self.slurm_memory.clone()),
            ("partition", self.slurm_partition.clone()),
            ("cpus-per-task", self.slurm_cpus.map(|n| n.to_string())),
            ("account", self.slurm_account.clone()),
        ];
        let named = named
            .into_iter()
            .filter_map(|(name, value)| Some(format!("--{name}={}", value?)));
        let mut all: Vec<String> = named.collect();
        for option in &self.slurm_option {
            let bare = option.trim_start_matches('-');
            let name = bare.split('=').next().unwrap_or_default();
            if name.contains(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-') {
                return Err(Error::Setting(format!(
                    "slurm-option = '{option}' is not allowed: '{name}' is no name of an option; give it as NAME or \
                     NAME=VALUE, as in qos=high"
                )));
            }
            if OWN.contains(&name) || name.is_empty() {
                return Err(Error::Setting(format!(
                    "slurm-option = '{option}' is not allowed: {} are set by the script; give another option of \
                     sbatch, as in qos=high",
                    OWN.join(", ")
                )));
            }
            all.push(match option.starts_with('-') {
                true => option.clone(),
                false => format!("--{option}"),
            });
        }
        Ok(words(&all))
    }
}

/// A script, all of whose parts are words of the shell, each on one line.
struct Script<'a> {
    command: String,
    options: String,
    jobs: u32,
    name: &'a str,
    folder: &'a str,
    merge: &'a str,
}

impl Script<'_> {
    /// One file for all jobs: started by hand it submits the array and the job that waits for it.
    fn text(&self) -> String {
        let Self {
            command,
            options,
            jobs,
            name,
            folder,
            merge,
        } = self;
        format!(
            r#"#!/bin/bash
{MADE} {version}: {command}
# Submit with: bash {name}
#SBATCH --job-name=lorode
#SBATCH --requeue
#SBATCH --open-mode=append
set -euo pipefail

lorode="${{LORODE:-lorode}}"
out={folder}
options=({options})
export RAYON_NUM_THREADS="${{SLURM_CPUS_PER_TASK:-1}}"

case "${{1:-${{SLURM_ARRAY_TASK_ID:+part}}}}" in
part)
  # A part that is there is kept, one that was broken off goes on: safe to run twice.
  "$lorode" {arguments} --shard "$SLURM_ARRAY_TASK_ID/{jobs}" --out "$out"
  ;;
merge)
  "$lorode" merge "$out" --out "$out"{merge}
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
  array=$(sbatch --parsable --array=1-{jobs} --output="$logs/part-%a.log" "${{options[@]}}" "$0" part)
  array="${{array%%;*}}"
  merge=$(sbatch --parsable --dependency=afterok:"$array" --output="$logs/merge.log" "${{options[@]}}" "$0" merge)
  printf 'array %s of {jobs} parts, then %s joins them into %q\n' "$array" "${{merge%%;*}}" "$out"
  ;;
esac
"#,
            version = env!("CARGO_PKG_VERSION"),
            arguments = command.trim_start_matches("lorode "),
            merge = match merge.is_empty() {
                true => String::new(),
                false => format!(" {merge}"),
            },
        )
    }
}

/// How the second line of a script begins.
const MADE: &str = "# Made by lorode";

/// Whether a file says that it is a script of ours.
fn is_ours(path: &Path) -> bool {
    const MOST: u64 = 1 << 24;
    let text = read_at_most(path, MOST);
    text.is_ok_and(|text| {
        String::from_utf8_lossy(&text)
            .lines()
            .nth(1)
            .is_some_and(|line| line.starts_with(MADE))
    })
}

/// Words of the shell.
fn words(all: &[String]) -> String {
    let words = all.iter().map(|word| shell_word(word.as_ref()));
    words.collect::<Vec<_>>().join(" ")
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
