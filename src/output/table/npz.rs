//! NPZ: a zip archive of .npy arrays.
//!
//! The .npy header is written here because fixed-width text has a type known only at run time,
//! which the array crates cannot express.

mod read;

use super::{Column, Table};
use crate::output::OutputError;
use std::io::{Cursor, Write as _};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Name of the array with the JSON metadata.
const METADATA: &str = "metadata";
/// The .npy format wants its data to begin at a multiple of this.
const ALIGNMENT: usize = 64;
/// Magic string, version 1.0 and the two bytes of the header length.
const PREAMBLE: usize = 10;
/// Stands for a missing whole number, of which none is negative.
const MISSING: i64 = -1;

impl Table {
    /// The table as a compressed NPZ archive, with one array per column; constants are in the metadata.
    ///
    /// - real numbers: `<f8`, shape `(rows,)`, a missing value is NaN, an infinite one infinity;
    /// - whole numbers: `<i8`, shape `(rows,)`, a missing value is -1; `<u8` (64 bits without a sign) where one needs it;
    /// - true or false: `|b1`, shape `(rows,)`;
    /// - words: `<U…` (fixed-width unicode), shape `(rows,)`;
    /// - `metadata`: `<U…`, shape `()`, one JSON text, read by `json.loads(str(archive["metadata"]))`.
    ///
    /// `numpy.load(path)` needs no `allow_pickle`. Time stamps in the archive are constant, so equal
    /// tables give equal bytes.
    ///
    /// # Errors
    ///
    /// Those of [`Table::to_csv`]; a column must not be called `metadata`, and a column of whole numbers cannot both lack
    /// one and have one above 2^63.
    pub fn to_npz(&self) -> Result<Vec<u8>, OutputError> {
        self.check()?;
        encode(&self.columns, &self.metadata)
    }
}

/// The columns, already checked, and the metadata as NPZ bytes.
fn encode(columns: &[Column], metadata: &serde_json::Value) -> Result<Vec<u8>, OutputError> {
    if columns.iter().any(|column| column.name() == METADATA) {
        return Err(OutputError::NameTaken {
            name: METADATA.to_owned(),
        });
    }
    let mut arrays = Vec::new();
    for column in columns {
        arrays.push((column.name(), array(column)?));
    }
    arrays.push((METADATA, metadata_array(metadata)));
    archive(&arrays).map_err(|error| OutputError::drawing("encode the table as NPZ", error))
}

/// The metadata as an array of one text without dimensions.
pub(in crate::output) fn metadata_array(metadata: &serde_json::Value) -> Vec<u8> {
    let json = metadata.to_string();
    let letters: Vec<u8> = json.chars().flat_map(letter).collect();
    let mut bytes = npy_header(&format!("<U{}", letters.len() / 4), "");
    bytes.extend(letters);
    bytes
}

fn letter(character: char) -> [u8; 4] {
    u32::from(character).to_le_bytes()
}

/// Fixed-width text: its type and its letters, padded with zeros.
pub(in crate::output) fn words<'a>(
    texts: impl Iterator<Item = &'a str> + Clone,
) -> (String, Vec<u8>) {
    // numpy refuses a width of zero.
    let width = texts.clone().map(|text| text.chars().count()).max();
    let width = width.unwrap_or(0).max(1);
    let padding = std::iter::repeat('\0');
    let padded = texts.flat_map(|text| text.chars().chain(padding.clone()).take(width));
    (format!("<U{width}"), padded.flat_map(letter).collect())
}

fn archive(arrays: &[(&str, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    // A constant date: equal tables must give equal bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in arrays {
        zip.start_file(format!("{name}.npy"), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

/// A column as an array.
pub(in crate::output) fn array(column: &Column) -> Result<Vec<u8>, OutputError> {
    let rows = column.len();
    Ok(match column {
        Column::Numbers { values, .. } => {
            let bits = |value: &Option<f64>| value.unwrap_or(f64::NAN).to_le_bytes();
            let data: Vec<u8> = values.iter().flat_map(bits).collect();
            npy("<f8", rows, &data)
        }
        Column::Whole { name, values } => {
            let is_signed = values.iter().flatten().all(|n| i64::try_from(*n).is_ok());
            if !is_signed && values.contains(&None) {
                let why = format!("{name:?} lacks whole numbers and has one above 2^63");
                return Err(OutputError::drawing("encode the table as NPZ", why));
            }
            let bits = |value: &Option<u64>| value.map_or(MISSING.to_le_bytes(), u64::to_le_bytes);
            let data: Vec<u8> = values.iter().flat_map(bits).collect();
            npy(if is_signed { "<i8" } else { "<u8" }, rows, &data)
        }
        Column::Truths { values, .. } => {
            let data: Vec<u8> = values.iter().copied().map(u8::from).collect();
            npy("|b1", rows, &data)
        }
        Column::Text { values, .. } => {
            let (kind, data) = words(values.iter().map(String::as_str));
            npy(&kind, rows, &data)
        }
    })
}

/// A one-dimensional array in .npy format, version 1.0.
fn npy(kind: &str, length: usize, data: &[u8]) -> Vec<u8> {
    let mut bytes = npy_header(kind, &format!("{length},"));
    bytes.extend(data);
    bytes
}

/// What stands before the data of an array; the shape as Python writes it, without parentheses.
pub(in crate::output) fn npy_header(kind: &str, shape: &str) -> Vec<u8> {
    let mut header = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    let used = PREAMBLE + header.len() + 1;
    header.extend(std::iter::repeat_n(
        ' ',
        used.next_multiple_of(ALIGNMENT) - used,
    ));
    header.push('\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // The header is at most a few lines, far below 64 KiB.
    bytes.extend(
        u16::try_from(header.len())
            .unwrap_or(u16::MAX)
            .to_le_bytes(),
    );
    bytes.extend(header.as_bytes());
    bytes
}

#[cfg(test)]
mod tests {
    use super::super::Table;
    use super::*;

    #[test]
    fn header_bytes() {
        let bytes = npy("<f8", 3, &[7]);
        assert_eq!(&bytes[..10], b"\x93NUMPY\x01\x00\x76\x00");
        let header = format!(
            "{:<117}\n",
            "{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }"
        );
        assert_eq!(&bytes[10..128], header.as_bytes());
        assert_eq!(&bytes[128..], [7]);
    }

    fn whole(values: Vec<Option<u64>>) -> Column {
        let name = "seed".into();
        Column::Whole { name, values }
    }

    #[test]
    fn a_missing_whole_number_is_minus_one() {
        let bytes = array(&whole(vec![None, Some(7)])).unwrap();
        assert_eq!(bytes[128..136], (-1i64).to_le_bytes());
        let error = array(&whole(vec![None, Some(u64::MAX)])).unwrap_err();
        assert!(error.to_string().contains("\"seed\" lacks"), "{error}");
    }

    #[test]
    fn whole_numbers_keep_their_digits() {
        for (value, kind) in [((1 << 53) + 1, "'<i8'"), (u64::MAX, "'<u8'")] {
            let bytes = array(&whole(vec![Some(3), Some(value)])).unwrap();
            assert!(String::from_utf8_lossy(&bytes[..64]).contains(kind));
            assert_eq!(bytes[136..], value.to_le_bytes());
        }
    }

    #[test]
    fn text_is_utf32_padded_with_zeros() {
        let column = Column::Text {
            name: "word".into(),
            values: vec!["μ".into(), "ab".into()],
        };
        let bytes = array(&column).unwrap();
        assert!(String::from_utf8_lossy(&bytes[..64]).contains("'<U2'"));
        assert_eq!(
            &bytes[128..],
            [0xbc, 3, 0, 0, 0, 0, 0, 0, b'a', 0, 0, 0, b'b', 0, 0, 0]
        );
    }

    #[test]
    fn the_archive_holds_every_array_and_is_reproducible() {
        let table =
            Table::new(serde_json::json!({"seed": 7})).numbers("tau", vec![Some(1.5), None]);
        let bytes = table.to_npz().unwrap();
        assert_eq!(bytes, table.to_npz().unwrap());
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let mut stored = Vec::new();
        std::io::Read::read_to_end(&mut zip.by_name("tau.npy").unwrap(), &mut stored).unwrap();
        assert_eq!(&stored[128..136], 1.5f64.to_le_bytes());
        assert!(f64::from_le_bytes(stored[136..144].try_into().unwrap()).is_nan());
        stored.clear();
        std::io::Read::read_to_end(&mut zip.by_name("metadata.npy").unwrap(), &mut stored).unwrap();
        let text = String::from_utf8_lossy(&stored);
        assert!(
            text.contains("'descr': '<U10'") && text.contains("'shape': ()"),
            "{text}"
        );
        let letters: Vec<u8> = stored[128..].iter().copied().step_by(4).collect();
        assert_eq!(letters, br#"{"seed":7}"#);
    }

    #[test]
    fn metadata_is_a_reserved_name() {
        let table = Table::default().numbers("metadata", vec![]);
        assert!(matches!(table.to_npz(), Err(OutputError::NameTaken { .. })));
    }
}
