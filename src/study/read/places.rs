//! Tables from JSON: each column is read at the place that its schema names.

use serde_json::Value;

use super::ReadError;
use crate::output::{Column, Table};

/// Indices of a place: at most i, j, k.
type Row = [usize; 3];

/// A step on the way to a value.
enum Step {
    /// Into an object.
    Key(String),
    /// Into an array, at an index.
    Index(usize),
    /// Into an array, at one place for all rows.
    Fixed(usize),
    /// The index itself.
    Itself(usize),
}

/// The table that a schema describes.
pub(super) fn table(json: &Value, schema: &Value) -> Result<Table, ReadError> {
    let entries = schema["columns"].as_array();
    let entries = entries.ok_or_else(|| damaged("the schema has no columns"))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(steps(entry["at"].as_str().unwrap_or_default())?);
    }
    // The longest place says which rows there are.
    let depth = |path: &&Vec<Step>| {
        path.iter()
            .filter(|step| matches!(step, Step::Index(_)))
            .count()
    };
    let mut rows = Vec::new();
    if let Some(longest) = paths.iter().rev().max_by_key(depth) {
        walk(json, longest, [0; 3], &mut rows)?;
    }
    // A cell that is not there is neither true nor false.
    for (entry, path) in entries.iter().zip(&paths) {
        if entry["type"] == "boolean" {
            rows.retain(|row| !at(json, path, row).is_some_and(|value| value.is_null()));
        }
    }
    let mut table = Table::new(about(json, schema));
    for (entry, path) in entries.iter().zip(&paths) {
        table = table.with(column(json, entry, path, &rows)?);
    }
    Ok(table)
}

/// What the table of another format says of how it was made.
fn about(json: &Value, schema: &Value) -> Value {
    let keys = [
        "program",
        "version",
        "command",
        "complete",
        "why",
        "parameters",
        "given",
        "cite",
    ];
    let known = json.as_object().into_iter().flatten();
    let known = known.filter(|(key, _)| keys.contains(&key.as_str()));
    let mut about: Value = known
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    let mut schema = schema.clone();
    if let Some(schema) = schema.as_object_mut() {
        schema.remove("more");
    }
    about["schema"] = schema;
    about
}

fn steps(at: &str) -> Result<Vec<Step>, ReadError> {
    let index = |letter: &str| ["i", "j", "k"].iter().position(|one| *one == letter);
    if let Some(index) = index(at) {
        return Ok(vec![Step::Itself(index)]);
    }
    let mut steps = Vec::new();
    for part in at.split('.') {
        let mut pieces = part.split('[');
        steps.push(Step::Key(pieces.next().unwrap_or_default().to_owned()));
        for piece in pieces {
            let piece = piece.trim_end_matches(']');
            let step = index(piece).map(Step::Index);
            let step = step.or_else(|| piece.parse().ok().map(Step::Fixed));
            steps.push(step.ok_or_else(|| damaged(&format!("'{at}' is no place")))?);
        }
    }
    Ok(steps)
}

/// All rows below a place.
fn walk(value: &Value, steps: &[Step], row: Row, rows: &mut Vec<Row>) -> Result<(), ReadError> {
    match steps {
        [Step::Key(key), rest @ ..] => match value.get(key) {
            Some(inner) => walk(inner, rest, row, rows),
            // Keys that are only there where there is something to say.
            None if rest.is_empty() => {
                rows.push(row);
                Ok(())
            }
            None => Err(damaged(&format!("the key '{key}' is missing"))),
        },
        [Step::Index(index), rest @ ..] => {
            let items = value
                .as_array()
                .ok_or_else(|| damaged("a list is missing"))?;
            for (place, item) in items.iter().enumerate() {
                let mut row = row;
                row[*index] = place;
                walk(item, rest, row, rows)?;
            }
            Ok(())
        }
        _ => {
            rows.push(row);
            Ok(())
        }
    }
}

/// The value at a place.
fn at<'a>(json: &'a Value, steps: &[Step], row: &Row) -> Option<&'a Value> {
    steps.iter().try_fold(json, |value, step| match step {
        Step::Key(key) => value.get(key),
        Step::Index(index) => value.get(row[*index]),
        Step::Fixed(place) => value.get(place),
        Step::Itself(_) => None,
    })
}

fn column(json: &Value, entry: &Value, path: &[Step], rows: &[Row]) -> Result<Column, ReadError> {
    let name = entry["name"].as_str().unwrap_or_default().to_owned();
    let broken = || {
        damaged(&format!(
            "the values of '{name}' are not what its type says"
        ))
    };
    let values = || {
        rows.iter()
            .map(|row| at(json, path, row).unwrap_or(&Value::Null))
    };
    Ok(match (entry["type"].as_str(), path) {
        (Some("integer"), [Step::Itself(index)]) => {
            let values = rows.iter().map(|row| Some(row[*index] as u64)).collect();
            Column::Whole { name, values }
        }
        (Some("integer"), _) => {
            let number = |value: &Value| optional(value, Value::as_u64);
            let values = values()
                .map(number)
                .collect::<Option<_>>()
                .ok_or_else(broken)?;
            Column::Whole { name, values }
        }
        (Some("real"), _) => {
            let values = values()
                .map(|value| optional(value, real))
                .collect::<Option<_>>();
            let values = values.ok_or_else(broken)?;
            Column::Numbers { name, values }
        }
        (Some("boolean"), _) => {
            let values = values()
                .map(Value::as_bool)
                .collect::<Option<_>>()
                .ok_or_else(broken)?;
            Column::Truths { name, values }
        }
        (Some("text"), _) => {
            let words = rows.iter().map(|row| word(json, entry, path, row));
            let values = words.collect::<Option<_>>().ok_or_else(broken)?;
            Column::Text { name, values }
        }
        _ => return Err(damaged(&format!("'{name}' has no type that is known"))),
    })
}

/// A word at a place; where it is null, the one that the schema has for what stands beside it.
fn word(json: &Value, entry: &Value, path: &[Step], row: &Row) -> Option<String> {
    let value = at(json, path, row).unwrap_or(&Value::Null);
    let stands = |key: &str| {
        let beside = path
            .split_last()
            .and_then(|(_, above)| at(json, above, row));
        let beside = beside.and_then(|beside| beside.get(key));
        key.is_empty() || beside.is_some_and(|known| !known.is_null())
    };
    if value.is_null() {
        let words = entry["null"].as_object().into_iter().flatten();
        let word = words.into_iter().find(|(key, _)| stands(key));
        return Some(
            word.and_then(|(_, word)| word.as_str())
                .unwrap_or_default()
                .to_owned(),
        );
    }
    value.as_str().map(str::to_owned)
}

/// `Some(None)` of what is missing, `None` of what is something else.
fn optional<'a, T>(value: &'a Value, read: impl Fn(&'a Value) -> Option<T>) -> Option<Option<T>> {
    match value {
        Value::Null => Some(None),
        value => read(value).map(Some),
    }
}

fn real(value: &Value) -> Option<f64> {
    match value.as_str() {
        Some("inf") => Some(f64::INFINITY),
        Some("-inf") => Some(f64::NEG_INFINITY),
        Some(_) => None,
        None => value.as_f64(),
    }
}

fn damaged(reason: &str) -> ReadError {
    ReadError::Damaged("JSON", reason.to_owned())
}
