//! A numpy archive, written as the cells are read.

use std::io::{self, Seek, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::Lattice;
use crate::output::table::npz::npy_header;

impl Lattice<'_> {
    /// A numpy archive: an array per axis, the value (NaN where there is none), the index of the
    /// word and whether it was solved in the shape of the map, the words, the metadata as JSON.
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
            .map(|(_, v)| v.len().to_string())
            .collect();
        let shape = format!("{},", shape.join(", "));
        let mut zip = ZipWriter::new(out);
        for (name, values) in &self.axes {
            zip.start_file(format!("{name}.npy"), options)?;
            zip.write_all(&npy_header("<f8", &format!("{},", values.len())))?;
            for value in *values {
                zip.write_all(&value.to_le_bytes())?;
            }
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
        let width = self
            .words
            .iter()
            .map(|w| w.chars().count())
            .max()
            .unwrap_or(1)
            .max(1);
        zip.start_file("outcome_words.npy", options)?;
        zip.write_all(&npy_header(
            &format!("<U{width}"),
            &format!("{},", self.words.len()),
        ))?;
        for word in self.words {
            for letter in word.chars().chain(std::iter::repeat('\0')).take(width) {
                zip.write_all(&u32::from(letter).to_le_bytes())?;
            }
        }
        let metadata = self.metadata.to_string();
        zip.start_file("metadata.npy", options)?;
        zip.write_all(&npy_header("|u1", &format!("{},", metadata.len())))?;
        zip.write_all(metadata.as_bytes())?;
        zip.finish()?;
        Ok(())
    }
}
