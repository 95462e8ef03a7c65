//! Parquet files that this program wrote, read back.

use bytes::Bytes;
use parquet::basic::LogicalType;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use super::super::{Column, Table};
use super::quietly::quietly;
use crate::output::OutputError;
use crate::output::parquet_file::KEY;

/// Bytes to which a file is unpacked, or so many times its size.
const MOST: i128 = 1 << 30;
const TIMES: i128 = 16;

impl Table {
    /// The table of a Parquet file that this program wrote. Constants are in the metadata.
    ///
    /// # Errors
    /// [`OutputError::Damaged`] when it is no whole file of such columns.
    pub fn from_parquet(bytes: &[u8]) -> Result<Self, OutputError> {
        let read = || -> Result<(Vec<Column>, String), ParquetError> {
            let file = SerializedFileReader::new(Bytes::copy_from_slice(bytes))?;
            let about = file.metadata().file_metadata();
            let made = about.key_value_metadata().into_iter().flatten();
            let made = made
                .filter(|one| one.key == KEY)
                .find_map(|one| one.value.clone());
            let made = made.ok_or_else(|| broken("it has no metadata of lorode"))?;
            let columns = about.schema_descr().columns();
            let cells = i128::from(about.num_rows()) * columns.len() as i128;
            if 8 * cells > MOST.max(TIMES * bytes.len() as i128) {
                let why = format!("it unpacks to {cells} cells, which no result of this size does");
                return Err(broken(&why));
            }
            let columns = (0..columns.len()).map(|place| column(&file, place));
            Ok((columns.collect::<Result<_, _>>()?, made))
        };
        // The library ends in a panic on pages that do not fit their headers.
        let read = quietly(read);
        let read = read.unwrap_or_else(|| Err(broken("its pages do not fit their headers")));
        let (columns, made) = read.map_err(|error| damaged(&error.to_string()))?;
        let metadata: Value =
            serde_json::from_str(&made).map_err(|error| damaged(&error.to_string()))?;
        let table = Self {
            columns,
            constants: Vec::new(),
            metadata,
        };
        table.check()?;
        Ok(table)
    }
}

/// A column through all groups of rows.
fn column(file: &SerializedFileReader<Bytes>, place: usize) -> Result<Column, ParquetError> {
    let described = file.metadata().file_metadata().schema_descr().column(place);
    let name = described.name().to_owned();
    let optional = described.max_def_level() > 0;
    let (mut reals, mut whole, mut truths, mut words) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for group in 0..file.num_row_groups() {
        let group = file.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
        let how = (optional, rows);
        match group.get_column_reader(place)? {
            ColumnReader::DoubleColumnReader(reader) => reals.extend(values(reader, how)?),
            ColumnReader::Int64ColumnReader(reader) => whole.extend(values(reader, how)?),
            ColumnReader::BoolColumnReader(reader) => truths.extend(values(reader, how)?),
            ColumnReader::ByteArrayColumnReader(reader) => words.extend(values(reader, how)?),
            _ => return Err(foreign(&name)),
        }
    }
    let missing = || broken(&format!("column {name} lacks a value"));
    use parquet::basic::Type as Physical;
    Ok(match described.physical_type() {
        Physical::DOUBLE => Column::Numbers {
            name,
            values: reals,
        },
        Physical::INT64
            if matches!(
                described.logical_type_ref(),
                Some(LogicalType::Integer { .. })
            ) =>
        {
            let values = whole
                .into_iter()
                .map(|bits| bits.map(i64::cast_unsigned))
                .collect();
            Column::Whole { name, values }
        }
        Physical::BOOLEAN => {
            let values = truths
                .into_iter()
                .collect::<Option<_>>()
                .ok_or_else(missing)?;
            Column::Truths { name, values }
        }
        Physical::BYTE_ARRAY => {
            let word = |bytes: parquet::data_type::ByteArray| bytes.as_utf8().map(str::to_owned);
            let words = words
                .into_iter()
                .map(|bytes| word(bytes.ok_or_else(missing)?));
            let values = words.collect::<Result<_, _>>()?;
            Column::Text { name, values }
        }
        _ => return Err(foreign(&name)),
    })
}

/// All values of a column in a group of so many rows.
fn values<T: DataType>(
    mut reader: ColumnReaderImpl<T>,
    (optional, rows): (bool, usize),
) -> Result<Vec<Option<T::T>>, ParquetError> {
    let (mut values, mut levels) = (Vec::new(), Vec::new());
    let levels_too = optional.then_some(&mut levels);
    reader.read_records(rows, levels_too, None, &mut values)?;
    let mut values = values.into_iter();
    Ok(match optional {
        true => levels
            .iter()
            .map(|level| (*level > 0).then(|| values.next()).flatten())
            .collect(),
        false => values.map(Some).collect(),
    })
}

fn foreign(name: &str) -> ParquetError {
    broken(&format!("column {name} has a type of no column of ours"))
}

fn broken(reason: &str) -> ParquetError {
    ParquetError::General(reason.to_owned())
}

fn damaged(reason: &str) -> OutputError {
    OutputError::damaged("Parquet", reason)
}
