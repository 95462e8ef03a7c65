//! Tables from CSV, which says in its last columns who made it, and has the types that its study says.

use std::cmp::Reverse;

use serde_json::{Map, Value, json};

use super::{ReadError, Saved, given, study};
use crate::output::{Column, Table};
use crate::problem::Kind;
use crate::study::command_words;
use crate::study::in_force::in_force;
use crate::study::parameters::parameters;
use crate::study::schema::{TABLES, TableOf, is_entry, with_schema};

pub(super) fn read(bytes: &[u8]) -> Result<Saved, ReadError> {
    let (names, fields) = raw(bytes).map_err(|error| damaged(&error.to_string()))?;
    let first = |name: &str| {
        let place = names.iter().position(|one| one == name)?;
        fields[place].first().map(String::as_str)
    };
    let version = first("version").ok_or(ReadError::NotOurs)?.to_owned();
    let command = first("command").ok_or(ReadError::NotOurs)?.to_owned();
    let study = study(&command)?;
    if version.starts_with("0.1.") {
        return Err(ReadError::Old { version, command });
    }
    let known = parameters(&study);
    let of =
        table_of(&study, &names).ok_or_else(|| damaged("its columns are those of no study"))?;
    let described = (of.columns)();
    // The constants follow the columns of the table.
    let is_described =
        |name: &String| described.iter().any(|one| one.name == *name) || is_entry(of, name);
    let end = names
        .iter()
        .rposition(is_described)
        .map_or(0, |last| last + 1);
    let (mut table, mut parameters) = (Table::default(), Map::new());
    for (place, (name, fields)) in names.iter().zip(fields).enumerate() {
        let parameter = known.iter().find(|one| one.name.replace('-', "_") == *name);
        if place < end {
            let kind = described
                .iter()
                .find(|one| one.name == *name)
                .map(|one| one.kind);
            let kind = kind.or(parameter.map(|one| one.kind)).unwrap_or(Kind::Real);
            table = table.with(column(name, kind, fields)?);
            continue;
        }
        let Some(text) = fields.into_iter().next() else {
            continue;
        };
        let kind = parameter.map_or(Kind::Text, |one| one.kind);
        let constant = column(name, kind, vec![text.clone()]);
        // A grid, or the words of a rule, is a text.
        let constant = constant.or_else(|_| column(name, Kind::Text, vec![text]))?;
        // The links of a run stand there by their names, however they were given.
        if let Some(one) = parameter.filter(|one| !["teacher", "student"].contains(&one.name)) {
            parameters.insert(one.name.to_owned(), value(&constant));
        }
        table = table.constant(constant);
    }
    table.metadata = made(of, (&version, &command), &parameters);
    Ok(Saved {
        given: given(&table.metadata),
        study,
        version,
        command,
        parameters,
        incomplete: None,
        tables: vec![(of.name.to_owned(), with_schema(table, of))],
        json: None,
    })
}

/// How it was made: what the file does not say, its command does.
fn made(of: &TableOf, (version, command): (&str, &str), parameters: &Map<String, Value>) -> Value {
    let given = command_words::given(of.study, command);
    let names: Vec<&String> = given.keys().collect();
    let names = json!(names);
    let mut all = in_force(of.study, &given.into());
    all.extend(parameters.clone());
    json!({
        "program": "lorode", "version": version, "command": command, "complete": true,
        "parameters": all, "given": names,
    })
}

/// Names and fields of the columns.
fn raw(bytes: &[u8]) -> csv::Result<(Vec<String>, Vec<Vec<String>>)> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> = reader.headers()?.iter().map(str::to_owned).collect();
    let mut fields = vec![Vec::new(); names.len()];
    for record in reader.records() {
        for (column, field) in fields.iter_mut().zip(&record?) {
            column.push(field.to_owned());
        }
    }
    Ok((names, fields))
}

/// How the first overlap of a network is called, alone or with what is told of it; files of its runs have it.
const FIRST_OVERLAP: &str = "m_1_1";

/// The table of a study that has most of the columns, of such one of which nothing is missing that every file has, and of
/// these the one with the fewest others.
fn table_of(study: &str, names: &[String]) -> Option<&'static TableOf> {
    let common = |of: &TableOf| {
        let columns = (of.columns)();
        let found = columns.iter().filter(|one| names.contains(&one.name));
        let mut first = columns.iter();
        let first = first.find(|one| one.name.starts_with(FIRST_OVERLAP));
        let is_whole = first.is_none_or(|one| names.contains(&one.name));
        (found.count(), is_whole, Reverse(columns.len()))
    };
    let all = TABLES.iter().filter(|of| of.study == study);
    let found = all.max_by_key(|of| common(of))?;
    (common(found).0 > 0).then_some(*found)
}

fn column(name: &str, kind: Kind, fields: Vec<String>) -> Result<Column, ReadError> {
    let name = name.to_owned();
    let broken = |text: &str| damaged(&format!("'{text}' is no value of '{name}'"));
    Ok(match kind {
        Kind::Text => Column::Text {
            name,
            values: fields,
        },
        Kind::Truth => {
            let read = |text: &String| text.parse().map_err(|_| broken(text));
            let values = fields.iter().map(read).collect::<Result<_, _>>()?;
            Column::Truths { name, values }
        }
        Kind::Whole
            if fields
                .iter()
                .all(|text| text.is_empty() || text.parse::<u64>().is_ok()) =>
        {
            let values = fields.iter().map(|text| text.parse().ok()).collect();
            Column::Whole { name, values }
        }
        // Beyond 64 bits whole numbers are real.
        Kind::Whole | Kind::Real => {
            let read = |text: &String| match text.as_str() {
                "" => Ok(None),
                text => text
                    .parse::<f64>()
                    .ok()
                    .filter(|x| !x.is_nan())
                    .map(Some)
                    .ok_or_else(|| broken(text)),
            };
            let values = fields.iter().map(read).collect::<Result<_, _>>()?;
            Column::Numbers { name, values }
        }
    })
}

/// A parameter as in other formats.
fn value(constant: &Column) -> Value {
    match constant {
        Column::Numbers { values, .. } => json!(values.first()),
        Column::Whole { values, .. } => json!(values.first()),
        Column::Truths { values, .. } => json!(values.first()),
        Column::Text { values, .. } => json!(values.first()),
    }
}

fn damaged(reason: &str) -> ReadError {
    ReadError::Damaged("CSV", reason.to_owned())
}
