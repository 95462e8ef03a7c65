//! Parquet: one row per cell, written in groups as the cells are read.

use std::io::{self, Write};
use std::sync::Arc;

use parquet::basic::{ConvertedType, Repetition, Type as Physical};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DoubleType};
use parquet::errors::ParquetError;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;

use super::{BLOCK, Column, Lattice, LatticeAxis, LatticeCell};
use crate::output::parquet_file::properties;
use crate::output::table::parquet::{described, write};

impl Lattice<'_> {
    /// A Parquet file: a column per axis, the value (null where there is none), the word,
    /// whether it was solved; how it was made stands in the file's metadata under `lorode`.
    ///
    /// # Errors
    /// When cells cannot be read or bytes not written.
    pub fn write_parquet(&self, out: &mut (impl Write + Send)) -> io::Result<()> {
        let properties = properties(self.metadata);
        let schema = Arc::new(self.schema().map_err(io::Error::other)?);
        let mut file = SerializedFileWriter::new(out, schema, Arc::new(properties))
            .map_err(io::Error::other)?;
        let axes: Vec<Column> = self.axes.iter().map(LatticeAxis::column).collect();
        let (mut first, all) = (0, self.cells());
        while first < all {
            let cells = (self.read)(first, BLOCK.min(all - first))?;
            let mut group = file.next_row_group().map_err(io::Error::other)?;
            self.write_group(&mut group, &axes, first, &cells)
                .map_err(io::Error::other)?;
            group.close().map_err(io::Error::other)?;
            first += cells.len() as u64;
        }
        file.close().map_err(io::Error::other)?;
        Ok(())
    }

    fn schema(&self) -> Result<Type, ParquetError> {
        let mut columns = self
            .axes
            .iter()
            .map(|axis| described(&axis.column()))
            .collect::<Result<Vec<_>, ParquetError>>()?;
        let value = Type::primitive_type_builder(self.column(), Physical::DOUBLE);
        let value = value.with_repetition(Repetition::OPTIONAL);
        columns.push(Arc::new(value.build()?));
        let word = Type::primitive_type_builder("outcome", Physical::BYTE_ARRAY)
            .with_repetition(Repetition::REQUIRED)
            .with_converted_type(ConvertedType::UTF8);
        columns.push(Arc::new(word.build()?));
        let solved = Type::primitive_type_builder("solved", Physical::BOOLEAN)
            .with_repetition(Repetition::REQUIRED);
        columns.push(Arc::new(solved.build()?));
        Type::group_type_builder("lorode")
            .with_fields(columns)
            .build()
    }

    fn write_group<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
        axes: &[Column],
        first: u64,
        cells: &[LatticeCell],
    ) -> Result<(), ParquetError> {
        let missing = || ParquetError::General("the schema lacks a column".to_owned());
        let mut stride = 1;
        for axis in axes {
            let length = axis.len() as u64;
            let place = |i: u64| (i / stride % length) as usize;
            let places: Vec<usize> = (first..first + cells.len() as u64).map(place).collect();
            write(group, &axis.rows(&places))?;
            stride *= length;
        }
        let there: Vec<f64> = cells.iter().filter_map(|cell| cell.value).collect();
        let levels: Vec<i16> = cells
            .iter()
            .map(|cell| i16::from(cell.value.is_some()))
            .collect();
        let mut writer = group.next_column()?.ok_or_else(missing)?;
        writer
            .typed::<DoubleType>()
            .write_batch(&there, Some(&levels), None)?;
        writer.close()?;
        let words: Vec<ByteArray> = cells
            .iter()
            .map(|cell| ByteArray::from(self.word(*cell)))
            .collect();
        let mut writer = group.next_column()?.ok_or_else(missing)?;
        writer
            .typed::<ByteArrayType>()
            .write_batch(&words, None, None)?;
        writer.close()?;
        let solved: Vec<bool> = cells.iter().map(|cell| cell.solved).collect();
        let mut writer = group.next_column()?.ok_or_else(missing)?;
        writer
            .typed::<BoolType>()
            .write_batch(&solved, None, None)?;
        writer.close()
    }
}
