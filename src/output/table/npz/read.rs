//! Archives that this program wrote, read back.

use std::io::{Cursor, Read as _};

use serde_json::Value;
use zip::ZipArchive;

use super::super::{Column, Table};
use super::{METADATA, MISSING, PREAMBLE};
use crate::output::OutputError;

/// Name of the array with the words of a map.
const WORDS: &str = "outcome_words";
/// Bytes to which a file is unpacked, or four times its size: more than the largest maps.
const MOST: u64 = 1 << 30;
/// Stands for a cell that is not there.
const NO_WORD: u8 = u8::MAX;

/// An array as it is stored.
struct Array {
    name: String,
    kind: String,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Table {
    /// The table of an NPZ archive that this program wrote; a map as a table with a row per cell, those that are not
    /// there left out. Constants are in the metadata.
    ///
    /// # Errors
    /// [`OutputError::Damaged`] when it is no whole archive of such arrays.
    pub fn from_npz(bytes: &[u8]) -> Result<Self, OutputError> {
        let table = Self::from_any_npz(bytes)?;
        match table.metadata.is_null() {
            true => Err(damaged("it has no array \"metadata\"")),
            false => Ok(table),
        }
    }

    /// The same of any archive of columns, also one that says nothing of itself: then without metadata.
    ///
    /// # Errors
    /// [`OutputError::Damaged`] when it is no whole archive of arrays of whole or real numbers, truths or words, all of
    /// one length.
    pub fn from_any_npz(bytes: &[u8]) -> Result<Self, OutputError> {
        let mut arrays = arrays(bytes, MOST.max(4 * bytes.len() as u64))?;
        let metadata = arrays.iter().position(|array| array.name == METADATA);
        let metadata = match metadata.map(|place| arrays.remove(place)) {
            Some(metadata) => {
                let text = metadata.words()?.into_iter().next().unwrap_or_default();
                serde_json::from_str(&text).map_err(|error| damaged(&error.to_string()))?
            }
            None => Value::Null,
        };
        let words = arrays.iter().position(|array| array.name == WORDS);
        let columns = match words.map(|place| arrays.remove(place)) {
            Some(words) => map(&arrays, &words.words()?)?,
            None => arrays.iter().map(Array::column).collect::<Result<_, _>>()?,
        };
        let table = Self {
            columns,
            constants: Vec::new(),
            metadata,
        };
        table.check()?;
        Ok(table)
    }
}

/// The columns of a map, x running fastest.
fn map(arrays: &[Array], words: &[String]) -> Result<Vec<Column>, OutputError> {
    let outcome = arrays.iter().position(|array| array.name == "outcome");
    let place = outcome.filter(|place| *place >= 1 && arrays.len() == place + 2);
    let place = place.ok_or_else(|| damaged("its arrays are not those of a map"))?;
    let codes = &arrays[place].data;
    let there: Vec<usize> = (0..codes.len()).filter(|i| codes[*i] != NO_WORD).collect();
    let mut columns = Vec::new();
    let mut stride = 1;
    for axis in &arrays[..place - 1] {
        let length = axis.shape.iter().product::<usize>().max(1);
        let places: Vec<usize> = there.iter().map(|i| i / stride % length).collect();
        columns.push(axis.column()?.rows(&places));
        stride = stride.saturating_mul(length);
    }
    columns.push(arrays[place - 1].column()?.rows(&there));
    let word = |i: &usize| words.get(usize::from(codes[*i])).cloned();
    let values: Option<Vec<String>> = there.iter().map(word).collect();
    columns.push(Column::Text {
        name: "outcome".to_owned(),
        values: values.ok_or_else(|| damaged("an outcome has no word"))?,
    });
    columns.push(arrays[place + 1].column()?.rows(&there));
    Ok(columns)
}

/// All arrays of an archive that unpacks to at most so many bytes.
fn arrays(bytes: &[u8], most: u64) -> Result<Vec<Array>, OutputError> {
    let broken = |error: zip::result::ZipError| damaged(&error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(broken)?;
    let (mut all, mut left) = (Vec::new(), most);
    for place in 0..archive.len() {
        let mut entry = archive.by_index(place).map_err(broken)?;
        let name = entry.name().trim_end_matches(".npy").to_owned();
        let mut bytes = Vec::new();
        // What the archive says of its sizes may be wrong.
        let read = entry.by_ref().take(left + 1).read_to_end(&mut bytes);
        read.map_err(|error| damaged(&error.to_string()))?;
        left = left
            .checked_sub(bytes.len() as u64)
            .ok_or_else(|| damaged(&too_large(most)))?;
        all.push(Array::read(name, &bytes)?);
    }
    Ok(all)
}

/// Bytes of a value of a type of numpy, of those that are read.
fn size_of(kind: &str) -> Option<usize> {
    if let Some(width) = kind.strip_prefix("<U") {
        return width.parse::<usize>().ok()?.checked_mul(4);
    }
    match kind.strip_prefix(['<', '>', '|'])? {
        "f8" | "i8" | "u8" => Some(8),
        "f4" | "i4" | "u4" => Some(4),
        "i2" | "u2" => Some(2),
        "i1" | "u1" | "b1" => Some(1),
        _ => None,
    }
}

/// A number of a type, by its letter and its bytes, the lowest first.
fn real(letter: Option<char>, bytes: &[u8]) -> Option<f64> {
    let is_negative = letter == Some('i') && bytes.last().is_some_and(|top| *top >= 0x80);
    // What is above a whole number repeats its sign.
    let mut eight = [if is_negative { 0xff } else { 0 }; 8];
    eight.get_mut(..bytes.len())?.copy_from_slice(bytes);
    match (letter?, bytes.len()) {
        ('f', 4) => Some(f64::from(f32::from_le_bytes(bytes.try_into().ok()?))),
        ('f', 8) => Some(f64::from_le_bytes(eight)),
        ('i', _) => Some(i64::from_le_bytes(eight) as f64),
        _ => Some(u64::from_le_bytes(eight) as f64),
    }
}

impl Array {
    fn read(name: String, bytes: &[u8]) -> Result<Self, OutputError> {
        let broken = || damaged(&format!("{name}.npy is no array of ours"));
        let length = bytes.get(8..PREAMBLE).ok_or_else(broken)?;
        let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
        let header = bytes.get(PREAMBLE..PREAMBLE + length).ok_or_else(broken)?;
        let header = std::str::from_utf8(header).map_err(|_| broken())?;
        let between = |start: &str, end: char| {
            let (_, rest) = header.split_once(start)?;
            Some(rest.split_once(end)?.0.to_owned())
        };
        let kind = between("'descr': '", '\'').ok_or_else(broken)?;
        let shape = between("'shape': (", ')').ok_or_else(broken)?;
        let sizes = shape
            .split(',')
            .map(str::trim)
            .filter(|size| !size.is_empty());
        let shape: Vec<usize> = sizes
            .map(str::parse)
            .collect::<Result<_, _>>()
            .map_err(|_| broken())?;
        let data = bytes[PREAMBLE + length..].to_vec();
        let size = size_of(&kind).ok_or_else(|| {
            damaged(&format!(
                "{name}.npy has values of the type {kind}: real and whole numbers, truths and words are read"
            ))
        })?;
        let whole = shape
            .iter()
            .try_fold(size, |size, length| size.checked_mul(*length));
        if whole != Some(data.len()) {
            return Err(damaged(&format!("{name}.npy is not whole")));
        }
        Ok(Self {
            name,
            kind,
            shape,
            data,
        })
    }

    fn column(&self) -> Result<Column, OutputError> {
        let name = self.name.clone();
        let eights = self.data.as_chunks::<8>().0;
        Ok(match self.kind.as_str() {
            "<f8" => {
                let number =
                    |bytes: &[u8; 8]| Some(f64::from_le_bytes(*bytes)).filter(|x| !x.is_nan());
                let values = eights.iter().map(number).collect();
                Column::Numbers { name, values }
            }
            "<i8" => {
                let number = |bytes: &[u8; 8]| match i64::from_le_bytes(*bytes) {
                    MISSING => Ok(None),
                    number => u64::try_from(number).map(Some),
                };
                let values = eights.iter().map(number).collect::<Result<_, _>>();
                let values =
                    values.map_err(|_| damaged(&format!("{name} has a negative number")))?;
                Column::Whole { name, values }
            }
            "<u8" => {
                let values = eights
                    .iter()
                    .map(|bytes| Some(u64::from_le_bytes(*bytes)))
                    .collect();
                Column::Whole { name, values }
            }
            "|b1" => {
                let values = self.data.iter().map(|byte| *byte != 0).collect();
                Column::Truths { name, values }
            }
            kind if kind.contains('U') => {
                let values = self.words()?;
                Column::Text { name, values }
            }
            // Numbers as other programs store them.
            kind => {
                let (order, letter) = (kind.chars().next(), kind.chars().nth(1));
                let number = |bytes: &[u8]| {
                    let mut little = bytes.to_vec();
                    if order == Some('>') {
                        little.reverse();
                    }
                    real(letter, &little).filter(|x| !x.is_nan())
                };
                let width = size_of(kind).unwrap_or(1).max(1);
                let values = self.data.chunks_exact(width).map(number).collect();
                Column::Numbers { name, values }
            }
        })
    }

    fn words(&self) -> Result<Vec<String>, OutputError> {
        let broken = || damaged(&format!("{} has no words", self.name));
        let width = self
            .kind
            .strip_prefix("<U")
            .and_then(|width| width.parse::<usize>().ok());
        let width = width.filter(|width| *width > 0).ok_or_else(broken)?;
        let letters = self.data.as_chunks::<4>().0;
        let word = |letters: &[[u8; 4]]| -> Option<String> {
            let letters = letters
                .iter()
                .map(|bytes| char::from_u32(u32::from_le_bytes(*bytes)));
            let word: Option<String> = letters.collect();
            word.map(|word| word.trim_end_matches('\0').to_owned())
        };
        letters
            .chunks(width)
            .map(|one| word(one).ok_or_else(broken))
            .collect()
    }
}

fn too_large(most: u64) -> String {
    format!("it unpacks to more than {most} bytes, which no result of this size of file does")
}

fn damaged(reason: &str) -> OutputError {
    OutputError::damaged("NPZ", reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_file_that_unpacks_to_much_is_refused() {
        let zeros = vec![Some(0.0); 100_000];
        let table = Table::new(serde_json::json!({})).numbers("x", zeros);
        let bytes = table.to_npz().unwrap();
        let array = 8 * 100_000;
        assert!(bytes.len() < array);
        let said = arrays(&bytes, array as u64).err().unwrap().to_string();
        assert!(
            said.ends_with("which no result of this size of file does"),
            "{said}"
        );
        assert!(arrays(&bytes, 2 * array as u64).is_ok());
    }

    #[test]
    fn numbers_of_every_width_and_order_are_read() {
        let read = |kind: &str, data: &[u8]| {
            let array = Array {
                name: "x".to_owned(),
                kind: kind.to_owned(),
                shape: vec![data.len() / size_of(kind).unwrap()],
                data: data.to_vec(),
            };
            match array.column().unwrap() {
                Column::Numbers { values, .. } => values,
                other => panic!("{other:?}"),
            }
        };
        let both = [Some(1.5), Some(-2.0)];
        let singles = [1.5_f32, -2.0];
        assert_eq!(read("<f4", &singles.map(f32::to_le_bytes).concat()), both);
        assert_eq!(read(">f4", &singles.map(f32::to_be_bytes).concat()), both);
        let doubles = [1.5_f64, -2.0].map(f64::to_be_bytes);
        assert_eq!(read(">f8", &doubles.concat()), both);
        let whole = [3_i32, -2].map(i32::to_le_bytes).concat();
        assert_eq!(read("<i4", &whole), [Some(3.0), Some(-2.0)]);
        assert_eq!(read("|i1", &[0xfe]), [Some(-2.0)]);
        assert_eq!(read(">u2", &[0xff, 0xfe]), [Some(65534.0)]);
        assert_eq!(read("<f4", &f32::NAN.to_le_bytes()), [None]);
    }
}
