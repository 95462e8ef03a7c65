//! Parquet: one group of rows, a column for each of the table's.

mod quietly;
mod read;

use std::io::Write;
use std::sync::Arc;

use parquet::basic::{LogicalType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{Column, Table};
use crate::output::OutputError;
use crate::output::parquet_file::properties;

impl Table {
    /// The table as a Parquet file: real numbers as doubles, whole numbers as 64 bits without a sign (both null where a
    /// value is missing), true or false as booleans, words as UTF-8; how it was made stands in the file's metadata under
    /// `lorode`, the constants there only.
    ///
    /// # Errors
    ///
    /// Those of [`Table::to_csv`].
    pub fn to_parquet(&self) -> Result<Vec<u8>, OutputError> {
        self.check()?;
        self.encode_parquet()
            .map_err(|error| OutputError::drawing("encode the table as Parquet", error))
    }

    fn encode_parquet(&self) -> Result<Vec<u8>, ParquetError> {
        let columns: Result<Vec<_>, ParquetError> = self.columns.iter().map(described).collect();
        let schema = Type::group_type_builder("lorode").with_fields(columns?);
        let mut bytes = Vec::new();
        let properties = Arc::new(properties(&self.metadata));
        let mut file =
            SerializedFileWriter::new(&mut bytes, Arc::new(schema.build()?), properties)?;
        let mut group = file.next_row_group()?;
        for column in &self.columns {
            write(&mut group, column)?;
        }
        group.close()?;
        file.close()?;
        Ok(bytes)
    }
}

/// A column in the schema of a file.
pub(in crate::output) fn described(column: &Column) -> Result<Arc<Type>, ParquetError> {
    let (physical, logical, repetition) = match column {
        Column::Numbers { .. } => (Physical::DOUBLE, None, Repetition::OPTIONAL),
        Column::Whole { .. } => (
            Physical::INT64,
            Some(LogicalType::integer(64, false)),
            Repetition::OPTIONAL,
        ),
        Column::Truths { .. } => (Physical::BOOLEAN, None, Repetition::REQUIRED),
        Column::Text { .. } => (
            Physical::BYTE_ARRAY,
            Some(LogicalType::String),
            Repetition::REQUIRED,
        ),
    };
    let column = Type::primitive_type_builder(column.name(), physical)
        .with_logical_type(logical)
        .with_repetition(repetition);
    Ok(Arc::new(column.build()?))
}

/// Writes the next column of a group.
pub(in crate::output) fn write<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    column: &Column,
) -> Result<(), ParquetError> {
    let missing = || ParquetError::General("the schema lacks a column".to_owned());
    let mut writer = group.next_column()?.ok_or_else(missing)?;
    match column {
        Column::Numbers { values, .. } => {
            let there: Vec<f64> = values.iter().copied().flatten().collect();
            let typed = writer.typed::<DoubleType>();
            typed.write_batch(&there, Some(&levels(values)), None)?;
        }
        Column::Whole { values, .. } => {
            // The same bits: the schema says that there is no sign.
            let there = values.iter().flatten().map(|v| v.cast_signed());
            let bits: Vec<i64> = there.collect();
            let typed = writer.typed::<Int64Type>();
            typed.write_batch(&bits, Some(&levels(values)), None)?;
        }
        Column::Truths { values, .. } => {
            writer.typed::<BoolType>().write_batch(values, None, None)?;
        }
        Column::Text { values, .. } => {
            let words: Vec<ByteArray> =
                values.iter().map(|v| ByteArray::from(v.as_str())).collect();
            writer
                .typed::<ByteArrayType>()
                .write_batch(&words, None, None)?;
        }
    }
    writer.close()
}

/// 1 where there is a value.
fn levels<T>(values: &[Option<T>]) -> Vec<i16> {
    values.iter().map(|v| i16::from(v.is_some())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::RowAccessor;

    #[test]
    fn every_kind_of_column_comes_back() {
        let table = Table::new(serde_json::json!({"seed": 7}))
            .numbers("tau", vec![Some(1.5), None])
            .whole("seed", vec![3, u64::MAX])
            .whole("exit_step", vec![None, Some(7)])
            .truths("solved", vec![false, true])
            .constant_text("version", "9")
            .text("word", vec!["μ".into(), "ab".into()]);
        let bytes = table.to_parquet().unwrap();
        assert_eq!(bytes, table.to_parquet().unwrap());
        let mut stored = tempfile::tempfile().unwrap();
        std::io::Write::write_all(&mut stored, &bytes).unwrap();
        let file = SerializedFileReader::new(stored).unwrap();
        let made = file
            .metadata()
            .file_metadata()
            .key_value_metadata()
            .unwrap();
        assert!(
            made.iter()
                .any(|m| m.key == "lorode" && m.value.as_deref() == Some(r#"{"seed":7}"#))
        );
        let rows: Vec<_> = file
            .get_row_iter(None)
            .unwrap()
            .map(Result::unwrap)
            .collect();
        assert_eq!(rows[0].get_double(0).unwrap().to_bits(), 1.5f64.to_bits());
        assert!(rows[1].get_double(0).is_err());
        assert_eq!(rows[1].get_ulong(1).unwrap(), u64::MAX);
        assert!(rows[0].get_ulong(2).is_err());
        assert_eq!(rows[1].get_ulong(2).unwrap(), 7);
        assert!(rows[1].get_bool(3).unwrap());
        assert_eq!(rows[0].get_string(4).unwrap(), "μ");
        assert_eq!(rows[0].len(), 5);
    }
}
