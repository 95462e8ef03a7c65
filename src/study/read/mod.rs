//! Results of studies read back: from JSON, NPZ, Parquet and CSV, into the tables that were written.

mod csv;
mod error;
mod places;
mod report;

use serde_json::{Map, Value};

pub use error::ReadError;

use super::Report;
use super::schema::VERSION;
use crate::output::{FileFormat, Table};

/// A result that was saved.
///
/// ```
/// use lorode::output::FileFormat;
/// use lorode::study::{Report, Study, read::Saved, search::Search};
///
/// let mut search = Search::default();
/// (search.problem.link, search.problem.mu) = (vec!["he3".into()], Some("0,0.5".parse()?));
/// let report = search.run(&lorode::watch::Cancel::default())?;
/// let saved = Saved::read(report.json().to_string().as_bytes(), FileFormat::Json)?;
/// assert_eq!(saved.table().columns, report.table().columns);
/// assert_eq!((&*saved.study, saved.parameters["dim"].as_u64()), ("search", Some(1000)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The study, as on the command line.
    pub study: String,
    /// The version of lorode that made it.
    pub version: String,
    /// The command that repeats it.
    pub command: String,
    /// All parameters as they were in force; from CSV those that stand in it.
    pub parameters: Map<String, Value>,
    /// Those that were given.
    pub given: Vec<String>,
    /// Why it is not the whole answer, if it is not; CSV does not say.
    pub incomplete: Option<String>,
    /// Its tables by their names (docs/files.md), at least one.
    pub tables: Vec<(String, Table)>,
    /// All of it, from JSON.
    pub json: Option<Value>,
}

impl Saved {
    /// Reads a result from a file; its extension says the format.
    ///
    /// # Errors
    /// [`ReadError`]: as [`read`](Self::read), and what cannot be read at all.
    #[cfg(feature = "system")]
    pub fn open(path: &std::path::Path) -> Result<Self, ReadError> {
        let named = |source: ReadError| ReadError::In {
            path: path.to_path_buf(),
            source: Box::new(source),
        };
        let extension = path.extension().and_then(std::ffi::OsStr::to_str);
        let extension = extension.unwrap_or_default().to_ascii_lowercase();
        let format = extension
            .parse()
            .map_err(|_| named(ReadError::NoTable(extension)))?;
        let bytes = std::fs::read(path).map_err(|error| named(ReadError::Unreadable(error)))?;
        Self::read(&bytes, format).map_err(named)
    }

    /// Reads a result from bytes of a format.
    ///
    /// # Errors
    /// [`ReadError`]: what is not ours, of version 0.1, of a newer layout, or not whole.
    pub fn read(bytes: &[u8], format: FileFormat) -> Result<Self, ReadError> {
        match format {
            FileFormat::Json => {
                let json: Value = serde_json::from_slice(bytes)
                    .map_err(|error| ReadError::Damaged("JSON", error.to_string()))?;
                Self::of_json(json)
            }
            FileFormat::Csv => csv::read(bytes),
            #[cfg(feature = "npz")]
            FileFormat::Npz => Self::of_table(Table::from_npz(bytes)?),
            #[cfg(feature = "parquet")]
            FileFormat::Parquet => Self::of_table(Table::from_parquet(bytes)?),
            other => Err(ReadError::NoTable(other.name().to_owned())),
        }
    }

    /// The first table, the one that every study has.
    pub fn table(&self) -> &Table {
        static NONE: std::sync::LazyLock<Table> = std::sync::LazyLock::new(Table::default);
        self.tables.first().map_or(&NONE, |(_, table)| table)
    }

    /// An answer as it is saved in JSON; of further tables only what JSON says.
    ///
    /// # Errors
    /// [`ReadError`]: an answer that does not say what it holds.
    pub(crate) fn of_report(report: &impl Report) -> Result<Self, ReadError> {
        let json = report.json();
        let mut saved = Self::made(&json)?;
        saved.tables.push((name(&json["schema"]), report.table()));
        saved.json = Some(json);
        Ok(saved)
    }

    fn of_json(json: Value) -> Result<Self, ReadError> {
        let mut saved = Self::made(&json)?;
        let schema = &json["schema"];
        let more = schema["more"].as_array().into_iter().flatten();
        for one in [schema].into_iter().chain(more) {
            saved.tables.push((name(one), places::table(&json, one)?));
        }
        saved.json = Some(json);
        Ok(saved)
    }

    #[cfg(any(feature = "npz", feature = "parquet"))]
    fn of_table(table: Table) -> Result<Self, ReadError> {
        let mut saved = Self::made(&table.metadata)?;
        let name = name(&table.metadata["schema"]);
        saved.tables.push((name, table));
        Ok(saved)
    }

    /// What a result says of how it was made, without its tables.
    fn made(made: &Value) -> Result<Self, ReadError> {
        if made["program"] != "lorode" {
            return Err(ReadError::NotOurs);
        }
        let text = |key: &str| {
            let text = made[key].as_str().map(str::to_owned);
            text.ok_or(ReadError::Lacks(key.to_owned()))
        };
        let (version, command) = (text("version")?, text("command")?);
        let Some(layout) = made["schema"]["version"].as_u64() else {
            return Err(ReadError::Old { version, command });
        };
        if layout > VERSION {
            return Err(ReadError::Newer { layout, version });
        }
        let parameters = made["parameters"].as_object();
        let complete = made["complete"].as_bool();
        let complete = complete.ok_or(ReadError::Lacks("complete".to_owned()))?;
        Ok(Self {
            study: study(&command)?,
            version,
            command,
            parameters: parameters
                .cloned()
                .ok_or(ReadError::Lacks("parameters".to_owned()))?,
            given: given(made),
            incomplete: if complete { None } else { Some(text("why")?) },
            tables: Vec::new(),
            json: None,
        })
    }
}

/// The parameters that were given, as metadata say.
fn given(made: &Value) -> Vec<String> {
    let given = made["given"].as_array().into_iter().flatten();
    given.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The name of a schema's table.
fn name(schema: &Value) -> String {
    schema["table"].as_str().unwrap_or_default().to_owned()
}

/// The study that a command asks for.
fn study(command: &str) -> Result<String, ReadError> {
    let mut words = command.split(' ');
    match (words.next(), words.next()) {
        (Some("lorode"), Some(study)) => Ok(study.to_owned()),
        _ => Err(ReadError::NotOurs),
    }
}
