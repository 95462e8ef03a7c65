//! Runs in the middle, as a file: a line with a checksum, then JSON.

use std::io::Read as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ensemble::Checkpoint;
use super::error::SimulationError;
use super::run::Saved;
use crate::storage::{open_file, require_memory};

/// First words of the file, with the version of the format.
const MAGIC: &str = "lorode checkpoint 1, crc32 ";

#[derive(Serialize, Deserialize)]
struct Body {
    /// Program, version and parameters of the simulation.
    made: Value,
    runs: Vec<Saved>,
}

impl Checkpoint {
    /// The bytes of the file; `made` says of what simulation this is, and must be the same when
    /// it is read.
    ///
    /// # Errors
    /// When the JSON cannot be made. (Numbers are finite: a run that diverged has no state.)
    pub fn to_bytes(&self, made: &Value) -> Result<Vec<u8>, serde_json::Error> {
        let body = serde_json::to_vec(&Body {
            made: made.clone(),
            runs: self.runs.clone(),
        })?;
        let mut bytes = format!("{MAGIC}{:08x}\n", crc32fast::hash(&body)).into_bytes();
        bytes.extend(body);
        Ok(bytes)
    }

    /// Reads a file, which must be whole and of the simulation `made`.
    ///
    /// # Errors
    /// [`SimulationError::Checkpoint`] says what is wrong; the file is not touched.
    pub fn read(path: &Path, made: &Value) -> Result<Self, SimulationError> {
        let refuse = |reason: String| SimulationError::Checkpoint {
            path: path.to_owned(),
            reason,
        };
        let bytes = contents(path).map_err(refuse)?;
        let corrupt = || {
            refuse(
                "is damaged (its checksum does not fit): run without --resume to start anew".into(),
            )
        };
        let body = body(&bytes).ok_or_else(corrupt)?;
        let body: Body = serde_json::from_slice(body).map_err(|_| corrupt())?;
        if body.made != *made {
            return Err(refuse(format!(
                "belongs to another simulation ({}): give the same options, or run without --resume",
                difference(&body.made, made)
            )));
        }
        Ok(Self { runs: body.runs })
    }
}

/// The bytes of a file that begins as a checkpoint does, and why there are none.
fn contents(path: &Path) -> Result<Vec<u8>, String> {
    /// Memory that reading takes, for each byte of the file: text, numbers, and both set aside.
    const FACTOR: f64 = 6.0;
    let mut file = open_file(path, false).map_err(|e| format!("cannot be read ({e})"))?;
    let mut bytes = vec![0; MAGIC.len()];
    let begins = file.read_exact(&mut bytes).is_ok();
    if !begins || bytes != MAGIC.as_bytes() {
        return Err(
            "is damaged, or none of this version (its first words are others): run without --resume to start \
             anew"
                .into(),
        );
    }
    let length = file.metadata().map_or(0, |found| found.len());
    let advice = "ask for fewer records or seeds";
    require_memory("reading it".into(), FACTOR * length as f64, advice)
        .map_err(|e| format!("is too large ({e})"))?;
    // No more than it had, should somebody write to it.
    file.take(length)
        .read_to_end(&mut bytes)
        .map_err(|e| format!("cannot be read ({e})"))?;
    Ok(bytes)
}

/// What follows the first line, if its checksum fits.
fn body(bytes: &[u8]) -> Option<&[u8]> {
    let rest = bytes.strip_prefix(MAGIC.as_bytes())?;
    let (sum, rest) = rest.split_at_checked(8)?;
    let body = rest.strip_prefix(b"\n")?;
    let sum = u32::from_str_radix(std::str::from_utf8(sum).ok()?, 16).ok()?;
    (crc32fast::hash(body) == sum).then_some(body)
}

/// The first difference between two descriptions, in words.
fn difference(theirs: &Value, ours: &Value) -> String {
    let (Some(a), Some(b)) = (theirs.as_object(), ours.as_object()) else {
        return "another kind of file".to_owned();
    };
    let word = |value: Option<&Value>| match value {
        None => "the default".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    for key in a.keys().chain(b.keys()) {
        let (x, y) = (a.get(key), b.get(key));
        if x == y {
            continue;
        }
        if let (Some(Value::Object(_)), Some(Value::Object(_))) = (x, y) {
            return difference(&theirs[key], &ours[key]);
        }
        return format!("{key} there: {}, here: {}", word(x), word(y));
    }
    "no difference".to_owned()
}
