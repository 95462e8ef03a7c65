//! A numpy archive, written as the cells are read.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Lattice;
use crate::output::table::npz::{array, metadata_array, npy_header, words};

impl Lattice<'_> {
    /// A numpy archive: an array per axis, the value (NaN where there is none), the index of the
    /// word and whether it was solved in the shape of the map, the words, the metadata as one JSON text.
    ///
    /// # Errors
    /// When cells cannot be read or bytes not written.
    pub fn write_npz(&self, out: &mut (impl Write + Seek)) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(self.cells() > 1 << 28)
            .last_modified_time(DateTime::default());
        let shape: Vec<String> = self
            .axes
            .iter()
            .rev()
            .map(|axis| axis.values.len().to_string())
            .collect();
        let shape = format!("{},", shape.join(", "));
        let mut zip = ZipWriter::new(out);
        for axis in &self.axes {
            zip.start_file(format!("{}.npy", axis.name), options)?;
            zip.write_all(&array(&axis.column()).map_err(io::Error::other)?)?;
        }
        zip.start_file(format!("{}.npy", self.column()), options)?;
        zip.write_all(&npy_header("<f8", &shape))?;
        self.each(|_, cell| zip.write_all(&cell.value.unwrap_or(f64::NAN).to_le_bytes()))?;
        zip.start_file("outcome.npy", options)?;
        zip.write_all(&npy_header("|u1", &shape))?;
        self.each(|_, cell| zip.write_all(&[u8::try_from(cell.word).unwrap_or(u8::MAX)]))?;
        zip.start_file("solved.npy", options)?;
        zip.write_all(&npy_header("|b1", &shape))?;
        self.each(|_, cell| zip.write_all(&[u8::from(cell.solved)]))?;
        let (kind, letters) = words(self.words.iter().copied());
        zip.start_file("outcome_words.npy", options)?;
        zip.write_all(&npy_header(&kind, &format!("{},", self.words.len())))?;
        zip.write_all(&letters)?;
        zip.start_file("metadata.npy", options)?;
        zip.write_all(&metadata_array(self.metadata))?;
        zip.finish()?;
        Ok(())
    }
}
