//! What the command wrote, read back.

use std::collections::HashMap;
use std::fs;
use std::io::{Cursor, Read};
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

/// Two routes to one number, a few roundings apart.
pub const ROUNDING: f64 = 1e-13;

pub fn lorode(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command.args(args);
    command
}

pub fn stdout(args: &[&str]) -> Vec<u8> {
    let run = lorode(args).assert().success();
    let output = run.get_output();
    assert!(
        output.stderr.is_empty(),
        "{args:?} said {}",
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout.clone()
}

pub fn json(args: &[&str]) -> Value {
    let with = [args, &["--format", "json"]].concat();
    serde_json::from_slice(&stdout(&with)).unwrap()
}

pub fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("'{key}' is {}", value[key]))
}

pub fn close(ours: f64, theirs: f64, what: &str) {
    let gap = (ours / theirs - 1.0).abs();
    assert!(gap < ROUNDING, "{what}: {ours} against {theirs}");
}

pub fn keys(value: &Value) -> Vec<&str> {
    value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

pub fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// A CSV as columns of text.
pub fn columns(bytes: &[u8]) -> HashMap<String, Vec<String>> {
    let mut reader = csv::Reader::from_reader(bytes);
    let names: Vec<String> = reader
        .headers()
        .unwrap()
        .iter()
        .map(str::to_owned)
        .collect();
    let mut columns: HashMap<String, Vec<String>> =
        names.iter().map(|n| (n.clone(), Vec::new())).collect();
    for record in reader.records() {
        let record = record.expect("every line has as many fields as the header");
        for (name, field) in names.iter().zip(&record) {
            columns.get_mut(name).unwrap().push(field.to_owned());
        }
    }
    columns
}

/// An array of an NPZ archive: type, length, data.
pub struct Array {
    pub kind: String,
    pub length: usize,
    pub data: Vec<u8>,
}

impl Array {
    pub fn numbers(&self) -> Vec<f64> {
        assert_eq!(self.kind, "<f8");
        let chunks = self.data.as_chunks::<8>().0;
        chunks.iter().map(|b| f64::from_le_bytes(*b)).collect()
    }

    pub fn words(&self) -> Vec<String> {
        let width: usize = self.kind.strip_prefix("<U").unwrap().parse().unwrap();
        let (letters, rest) = self.data.as_chunks::<4>();
        assert!(rest.is_empty());
        let letter = |b: &[u8; 4]| char::from_u32(u32::from_le_bytes(*b)).unwrap();
        letters
            .chunks(width)
            .map(|word| word.iter().map(letter).filter(|c| *c != '\0').collect())
            .collect()
    }
}

/// Reads what numpy would: the .npy header, version 1.0, C order, one dimension.
pub fn npz(bytes: &[u8]) -> HashMap<String, Array> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut arrays = HashMap::new();
    for i in 0..archive.len() {
        let mut entry = archive.by_index(i).unwrap();
        let name = entry.name().strip_suffix(".npy").unwrap().to_owned();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(&bytes[..8], b"\x93NUMPY\x01\x00", "{name}");
        let length = usize::from(u16::from_le_bytes([bytes[8], bytes[9]]));
        assert_eq!((10 + length) % 64, 0, "numpy maps arrays aligned to 64");
        let header = String::from_utf8(bytes[10..10 + length].to_vec()).unwrap();
        assert!(header.ends_with('\n') && header.contains("'fortran_order': False"));
        let between = |start: &str, end: &str| {
            let from = header.find(start).unwrap() + start.len();
            let to = from + header[from..].find(end).unwrap();
            header[from..to].to_owned()
        };
        let array = Array {
            kind: between("'descr': '", "'"),
            length: match between("'shape': (", ")").as_str() {
                "" => 1,
                shape => shape.trim_end_matches(',').parse().unwrap(),
            },
            data: bytes[10 + length..].to_vec(),
        };
        let size = match array.kind.as_str() {
            "<f8" | "<i8" => 8,
            "|u1" | "|b1" => 1,
            other => 4 * other.strip_prefix("<U").unwrap().parse::<usize>().unwrap(),
        };
        assert_eq!(array.data.len(), size * array.length, "{name}");
        assert!(arrays.insert(name, array).is_none());
    }
    arrays
}

pub fn file_names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

pub const PROVENANCE: [&str; 5] = ["program", "version", "command", "parameters", "cite"];

pub fn has_provenance(value: &Value) {
    for key in PROVENANCE {
        assert!(!value[key].is_null(), "no '{key}'");
    }
    assert_eq!(value["version"], env!("CARGO_PKG_VERSION"));
    assert!(!value["cite"].as_str().unwrap().contains("  "));
}

/// Arguments of a command as a shell would split them (single quotes only).
pub fn split(command: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut quoted = false;
    for c in command.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(c),
        }
    }
    words
}
