//! Problem files (TOML) and flags: one set of names, flags first.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::emit::Failed;
use crate::problem::ProblemOptions;
use crate::study::problem_file::{is_history, read};
use crate::study::provenance::object;

/// A problem file and flags that override it.
#[derive(Debug, clap::Args)]
pub(super) struct ProblemArguments {
    /// Problem file (TOML) with the keys of the flags below, which override it
    file: Option<PathBuf>,
    #[command(flatten)]
    flags: ProblemOptions,
}

impl ProblemArguments {
    /// The options in force for a command that runs SGD: `dynamics` and `t-max` are of the
    /// theory, so that a file may have them for other commands and flags are refused.
    pub(super) fn of_sgd(&self) -> Result<ProblemOptions, Failed> {
        Ok(ProblemOptions {
            dynamics: self.flags.dynamics,
            t_max: self.flags.t_max,
            ..self.options()?
        })
    }

    /// The options in force for a command that goes through dimensions: a file may have `dim` for
    /// other commands, the flag has no meaning.
    pub(super) fn over_dimensions(&self, command: &str) -> Result<ProblemOptions, Failed> {
        if self.flags.dim.is_some() {
            return Err(Failed::Usage(format!(
                "dim has no meaning in {command}: the dimensions are --dims"
            )));
        }
        Ok(ProblemOptions {
            dim: None,
            ..self.options()?
        })
    }

    /// The file and the flags beside it, if tasks and stages stand in the file.
    pub(super) fn history(&self) -> Option<(&Path, &ProblemOptions)> {
        let file = self.file.as_deref().filter(|path| is_history(path));
        file.map(|path| (path, &self.flags))
    }

    /// The options in force.
    pub(super) fn options(&self) -> Result<ProblemOptions, Failed> {
        let Some(path) = &self.file else {
            return Ok(self.flags.clone());
        };
        let file = read(path)?;
        let (mut merged, flags) = (object(&file), object(&self.flags));
        let links = ["link", "teacher", "student"];
        if links.iter().any(|key| flags.contains_key(*key)) {
            // --link against a file's teacher and student replaces, it does not contradict.
            merged.retain(|key, _| !links.contains(&key.as_str()));
        }
        merged.extend(flags);
        serde_json::from_value(Value::Object(merged)).map_err(Failed::failure)
    }
}
