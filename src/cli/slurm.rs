//! The Slurm script of a phase diagram: an array of parts, and a job that joins them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::emit::{Failed, say};
use crate::output::printable::shell_word;
use crate::output::write_atomically;
use crate::study::phase::slurm_script;

/// Writes the script.
pub(super) fn write_script(
    path: &Path,
    parameters: &Value,
    jobs: u32,
    out: Option<&Path>,
) -> Result<(), Failed> {
    let folder = out.unwrap_or(Path::new("lorode-out"));
    let text = slurm_script(parameters, jobs, &word(path), &word(folder));
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
