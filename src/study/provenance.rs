//! How an output was made: the command that repeats it, its parameters, the version.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::output::Table;
use crate::output::printable::shell_word;
use crate::problem::ProblemOptions;
use crate::storage::require_memory;

/// How an output was made.
pub(crate) fn provenance(command: &str, parameters: &Value) -> Value {
    json!({
        "program": "lorode",
        "version": env!("CARGO_PKG_VERSION"),
        "command": command_line(command, parameters),
        "parameters": parameters,
        "cite": "G. Nwemadji, B. Loureiro, J. Barbier, When pre-training hurts LoRA fine-tuning: \
                 a dynamical analysis via single-index models (2026)",
    })
}

/// The command that repeats a run, from its parameters in the order of the flags.
pub(crate) fn command_line(command: &str, parameters: &Value) -> String {
    let mut line = format!("lorode {command}");
    for (key, value) in parameters.as_object().into_iter().flatten() {
        let mut flag =
            |text: String| line.push_str(&format!(" --{key} {}", shell_word(text.as_ref())));
        match value {
            Value::Bool(true) => line.push_str(&format!(" --{key}")),
            Value::String(text) => flag(text.clone()),
            Value::Array(items) if items.iter().all(Value::is_number) => {
                let parts: Vec<String> = items
                    .iter()
                    .filter_map(Value::as_number)
                    .map(plain_number)
                    .collect();
                flag(parts.join(","));
            }
            Value::Array(items) => {
                for item in items {
                    flag(item.as_str().unwrap_or_default().to_owned());
                }
            }
            Value::Number(number) => flag(plain_number(number)),
            _ => {}
        }
    }
    line
}

/// What stands below a figure: the command that repeats it, and the version.
pub(crate) fn caption(command: &str, parameters: &Value) -> String {
    let command = command_line(command, parameters);
    format!("{command}, lorode {}", env!("CARGO_PKG_VERSION"))
}

/// A table with the parameters of the run as constant columns, but for those in `left_out`, and with the
/// version and the command, so that a CSV file says how it was made and loads without options.
pub(crate) fn with_parameters(table: Table, rows: usize, left_out: &[&str]) -> Table {
    let metadata = table.metadata.clone();
    let parameters = metadata["parameters"].as_object().into_iter().flatten();
    let mut table = table;
    for (key, value) in parameters.filter(|(key, _)| !left_out.contains(&key.as_str())) {
        let name = key.replace('-', "_");
        table = match value {
            Value::Number(x) => match x.as_u64() {
                Some(whole) => table.whole(name, vec![whole; rows]),
                None => table.numbers(name, vec![x.as_f64(); rows]),
            },
            Value::String(word) => table.text(name, vec![word.clone(); rows]),
            Value::Bool(flag) => table.whole(name, vec![u64::from(*flag); rows]),
            _ => table,
        };
    }
    let command = metadata["command"].as_str().unwrap_or_default();
    table
        .text("version", vec![env!("CARGO_PKG_VERSION").to_owned(); rows])
        .text("command", vec![command.to_owned(); rows])
}

/// As people write it: `500`, not `500.0`.
fn plain_number(number: &serde_json::Number) -> String {
    let text = number.to_string();
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Refuses a table of more rows than there is memory for, with its JSON and its figure.
pub(crate) fn require_rows(rows: usize, command: &str, parameters: &Value) -> Result<(), Error> {
    /// Bytes of a row, measured: 3.5 kB and its words.
    const ROW: f64 = 3_600.0;
    const COPIES: f64 = 4.0;
    let words = command_line(command, parameters).len() as f64;
    let needed = rows as f64 * (ROW + COPIES * words);
    let advice = "ask for fewer values, or use `lorode phase`, which keeps them on the disk";
    Ok(require_memory(
        format!("{command} with {rows} points"),
        needed,
        advice,
    )?)
}

/// The options as a JSON object, keys in the order of the flags.
pub(crate) fn object(options: &ProblemOptions) -> Map<String, Value> {
    match serde_json::to_value(options) {
        Ok(Value::Object(map)) => map,
        // A struct of plain values is always an object.
        _ => Map::new(),
    }
}
