//! Work in the middle, as a file: a line with a checksum, then JSON.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{open_file, require_memory};

/// First words of the file, with the version of the format.
const MAGIC: &str = "lorode checkpoint 2, crc32 ";

/// A checkpoint that cannot be used.
#[derive(Debug, Error)]
#[error("the checkpoint '{}' {reason}; it is left as it is", path.display())]
pub struct CheckpointError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it, and what to do.
    pub reason: String,
    /// Whether it is whole, and of other work.
    pub is_foreign: bool,
}

#[derive(Serialize)]
struct Written<'a, S> {
    made: &'a Value,
    state: &'a S,
}

#[derive(Deserialize)]
struct Read<S> {
    /// Program, version and settings of the work.
    made: Value,
    state: S,
}

/// The bytes of the file; `made` says of what work this is, and must be the same when it is read.
/// Numbers that are not finite have no place in it.
///
/// # Errors
/// When the JSON cannot be made.
pub fn checkpoint<S: Serialize>(made: &Value, state: &S) -> Result<Vec<u8>, serde_json::Error> {
    let body = serde_json::to_vec(&Written { made, state })?;
    let mut bytes = format!("{MAGIC}{:08x}\n", crc32fast::hash(&body)).into_bytes();
    bytes.extend(body);
    Ok(bytes)
}

/// The state in a file, which must be whole and of the work `made`; `otherwise` is what to do where it is of other work.
///
/// # Errors
/// [`CheckpointError`] says what is wrong; the file is not touched.
pub fn read_checkpoint<S: DeserializeOwned>(
    path: &Path,
    made: &Value,
    otherwise: &str,
) -> Result<S, CheckpointError> {
    let found: Read<S> = read(path)?;
    if found.made == *made {
        return Ok(found.state);
    }
    Err(CheckpointError {
        path: path.to_owned(),
        reason: format!(
            "belongs to other work ({}): give the same options, or {otherwise}",
            difference(&found.made, made)
        ),
        is_foreign: true,
    })
}

/// What a file says of the work that it is of, once it is found to be whole.
///
/// # Errors
/// [`CheckpointError`] says what is wrong.
pub fn made_of_checkpoint(path: &Path) -> Result<Value, CheckpointError> {
    read::<IgnoredAny>(path).map(|found| found.made)
}

fn read<S: DeserializeOwned>(path: &Path) -> Result<Read<S>, CheckpointError> {
    let refuse = |reason: &str| CheckpointError {
        path: path.to_owned(),
        reason: reason.to_owned(),
        is_foreign: false,
    };
    let bytes = contents(path).map_err(|reason| refuse(&reason))?;
    let whole = body(&bytes).and_then(|body| serde_json::from_slice(body).ok());
    whole.ok_or_else(|| {
        refuse("is damaged (its checksum does not fit): run without --resume to start anew")
    })
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
pub fn difference(theirs: &Value, ours: &Value) -> String {
    let (Some(a), Some(b)) = (theirs.as_object(), ours.as_object()) else {
        return "another kind of file".to_owned();
    };
    let word = |value: Option<&Value>| match value {
        None | Some(Value::Null) => "the default".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(items)) if items.iter().all(Value::is_string) => {
            let texts: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
            texts.join(" ")
        }
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
