//! Tables that other programs wrote: CSV with a line of names, JSON, NPZ.

use serde_json::Value;

use crate::error::Error;
use crate::numeral::counted;
#[cfg(feature = "npz")]
use crate::output::OutputError;
use crate::output::{Column, FileFormat, Table};

/// The table in a file; its extension says the format.
///
/// # Errors
/// What cannot be read, and what is no table.
#[cfg(feature = "system")]
pub fn open(path: &std::path::Path) -> Result<Table, Error> {
    let name = path.display().to_string();
    let extension = path.extension().and_then(std::ffi::OsStr::to_str);
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    let format = extension.parse().map_err(|_| refused(&name, FORMATS))?;
    let bytes = std::fs::read(path).map_err(|error| refused(&name, &error.to_string()))?;
    read(&name, &bytes, format)
}

const FORMATS: &str = "give a file that ends in .csv, .json or .npz";

/// The table in the bytes of a format: of CSV the columns; of JSON an object of lists, or a list of objects; of NPZ the
/// arrays.
///
/// # Errors
/// What is no table.
pub fn read(name: &str, bytes: &[u8], format: FileFormat) -> Result<Table, Error> {
    let table = match format {
        FileFormat::Csv => of_csv(bytes),
        FileFormat::Json => of_json(bytes),
        #[cfg(feature = "npz")]
        FileFormat::Npz => Table::from_any_npz(bytes).map_err(|error| match error {
            // The file is the user's, not ours.
            OutputError::Damaged { reason, .. } => reason,
            other => other.to_string(),
        }),
        _ => Err(FORMATS.to_owned()),
    };
    let table = table.map_err(|why| refused(name, &why))?;
    let rows = table.rows();
    match table.columns.iter().find(|column| column.len() != rows) {
        Some(column) => Err(refused(
            name,
            &format!(
                "its column '{}' has {}, others {rows}",
                column.name(),
                counted(column.len(), "value")
            ),
        )),
        None => Ok(table),
    }
}

/// A column of numbers where all are, else of words.
fn column(name: &str, fields: Vec<String>) -> Column {
    let number = |text: &String| match text.trim() {
        "" => Some(None),
        text => text
            .parse::<f64>()
            .ok()
            .map(|x| Some(x).filter(|x| !x.is_nan())),
    };
    let name = name.trim().to_owned();
    match fields.iter().map(number).collect() {
        Some(values) => Column::Numbers { name, values },
        None => Column::Text {
            name,
            values: fields,
        },
    }
}

fn of_csv(bytes: &[u8]) -> Result<Table, String> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names = reader.headers().map_err(|error| error.to_string())?.clone();
    let mut fields: Vec<Vec<String>> = vec![Vec::new(); names.len()];
    for record in reader.records() {
        let record = record.map_err(|error| error.to_string())?;
        for (column, field) in fields.iter_mut().zip(&record) {
            column.push(field.to_owned());
        }
    }
    let columns = names.iter().zip(fields);
    Ok(columns.fold(Table::default(), |table, (name, fields)| {
        table.with(column(name, fields))
    }))
}

fn of_json(bytes: &[u8]) -> Result<Table, String> {
    let json: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    let number = |value: &Value| value.as_f64();
    let mut table = Table::default();
    match &json {
        Value::Object(columns) => {
            for (name, values) in columns {
                if let Value::Array(values) = values {
                    table = table.numbers(name.as_str(), values.iter().map(number).collect());
                }
            }
        }
        Value::Array(rows) => {
            let names = rows.first().and_then(Value::as_object);
            for name in names.into_iter().flat_map(|first| first.keys()) {
                let values = rows.iter().map(|row| number(&row[name.as_str()]));
                table = table.numbers(name.as_str(), values.collect());
            }
        }
        _ => {}
    }
    match table.columns.is_empty() {
        true => Err("it is no object of lists and no list of objects".to_owned()),
        false => Ok(table),
    }
}

fn refused(name: &str, why: &str) -> Error {
    Error::Setting(format!("data '{name}' cannot be read: {why}"))
}
