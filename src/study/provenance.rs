//! How an output was made: the command that repeats it, its parameters, the version.

use serde_json::{Map, Value, json};

use super::command_words::positional;
use super::in_force::in_force;
use super::parameters::parameters;
use crate::error::Error;
use crate::model::Model;
use crate::numeral::counted;
use crate::output::Figure;
use crate::output::printable::shell_word;
use crate::output::{Column, Table};
use crate::problem::{Kind, Parameter, ProblemOptions};
use crate::storage::require_memory;

/// How an output was made: `given` are the parameters of the command that repeats it, `incomplete` why it is not the
/// whole answer. `parameters` are all of the study's, as they were in force; its first word is the command.
pub(crate) fn provenance(study: &str, given: &Value, incomplete: Option<&str>) -> Value {
    let names: Vec<&String> = given.as_object().into_iter().flat_map(Map::keys).collect();
    let mut made = json!({
        "program": "lorode",
        "version": env!("CARGO_PKG_VERSION"),
        "command": repeating(study, given),
        "complete": incomplete.is_none(),
    });
    if let Some(why) = incomplete {
        made["why"] = json!(why);
    }
    made["parameters"] = in_force(study, given).into();
    made["given"] = json!(names);
    made["cite"] = json!(
        "G. Nwemadji, B. Loureiro, J. Barbier, When pre-training hurts LoRA fine-tuning: \
         a dynamical analysis via single-index models (2026)"
    );
    made
}

/// How a report was made, and whether it is the whole answer.
#[derive(Clone, Debug)]
pub struct Origin {
    study: &'static str,
    /// Of the command that repeats it.
    pub(crate) parameters: Value,
    /// Why it is not the whole answer, if it is not.
    pub(crate) incomplete: Option<String>,
}

impl Origin {
    pub(crate) fn new(study: &'static str, parameters: Value, incomplete: Option<String>) -> Self {
        Self {
            study,
            parameters,
            incomplete,
        }
    }

    /// The command that repeats it.
    pub fn command(&self) -> String {
        repeating(self.study, &self.parameters)
    }

    /// What its data say of how it was made.
    pub(crate) fn made(&self) -> Value {
        provenance(self.study, &self.parameters, self.incomplete.as_deref())
    }

    /// The same below a figure.
    pub(crate) fn caption(&self) -> String {
        caption(self.study, &self.parameters)
    }
}

/// The command that repeats a study, whose first word it is.
fn repeating(study: &str, given: &Value) -> String {
    command_line(study.split(' ').next().unwrap_or(study), given)
}

/// The command that repeats a run, from its parameters in the order of the flags.
pub(crate) fn command_line(command: &str, parameters: &Value) -> String {
    let mut line = format!("lorode {command}");
    for (key, value) in parameters.as_object().into_iter().flatten() {
        let name = match positional(command) {
            Some(alone) if alone == key => String::new(),
            _ => format!("--{key} "),
        };
        let mut flag =
            |text: String| line.push_str(&format!(" {name}{}", shell_word(text.as_ref())));
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

/// A figure whose caption, made by [`caption`], has the flags of the picture too.
pub(crate) fn with_picture(mut figure: Figure, flags: &str) -> Figure {
    let version = format!(", lorode {}", env!("CARGO_PKG_VERSION"));
    let both = format!("{flags}{version}");
    figure.provenance = figure.provenance.replacen(&version, &both, 1);
    figure
}

/// A table with the parameters that were given as constants, and the dimension, but for those in `left_out`; with the
/// version and the command.
pub(crate) fn with_parameters(table: Table, study: &str, left_out: &[&str]) -> Table {
    let metadata = table.metadata.clone();
    let given = metadata["given"].as_array();
    let is_given = |name: &str| given.is_some_and(|all| all.iter().any(|one| one == name));
    let mut table = table;
    let shown = parameters(study)
        .into_iter()
        .filter(|one| (is_given(one.name) || one.name == "dim") && !left_out.contains(&one.name));
    for one in shown {
        let value = &metadata["parameters"][one.name];
        table.constants.extend(constant(&one, value));
    }
    signed(table)
}

/// A parameter as a constant; none for a list.
fn constant(one: &Parameter, value: &Value) -> Option<Column> {
    let name = one.name.replace('-', "_");
    Some(match value {
        Value::Number(x) if one.kind == Kind::Whole => Column::of_whole(name, &[x.as_f64()]),
        Value::Number(x) => Column::Numbers {
            name,
            values: vec![x.as_f64()],
        },
        Value::String(word) => Column::Text {
            name,
            values: vec![word.clone()],
        },
        Value::Bool(truth) => Column::Truths {
            name,
            values: vec![*truth],
        },
        _ => return None,
    })
}

/// A table with the links of its model as constants.
pub(crate) fn with_links(table: Table, model: &Model) -> Table {
    table
        .constant_text("teacher", model.teacher().name())
        .constant_text("student", model.student().name())
}

/// A table with the version and the command as constants.
pub(crate) fn signed(table: Table) -> Table {
    let text = |key: &str| table.metadata[key].as_str().unwrap_or_default().to_owned();
    let (version, command) = (text("version"), text("command"));
    table
        .constant_text("version", version)
        .constant_text("command", command)
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
        format!("{command} with {}", counted(rows, "point")),
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
