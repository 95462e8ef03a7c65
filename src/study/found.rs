//! What a file says of how it was made: the one place that knows where each format has it.

use std::fs::File;
use std::io::{BufReader, Read as _};
use std::path::Path;

use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde::de::{Deserializer as _, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};
use zip::ZipArchive;

use crate::output::FileFormat;
use crate::storage::open_file;

/// What is known of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// It does not say that lorode made it.
    Foreign,
    /// The command that made it, and the history of training that stood in the file it names, where that is kept.
    Made(String, Option<Value>),
}

/// How every command of ours begins.
const PROGRAM: &str = "lorode ";
/// Most bytes of metadata, and of a figure, which may have it at its end.
const METADATA: u64 = 1 << 24;
const FIGURE: u64 = 1 << 28;

/// What a file in a format says; a damaged one says nothing.
pub(super) fn found(path: &Path, format: FileFormat) -> Found {
    let made = open_file(path, false).ok().and_then(|file| match format {
        FileFormat::Json => of_metadata(&of_json(file)),
        FileFormat::Csv => of_csv(file).map(|command| (command, None)),
        FileFormat::Npz => of_npz(file),
        FileFormat::Parquet => of_parquet(file),
        FileFormat::Svg | FileFormat::Png | FileFormat::Pdf => {
            of_figure(file, format).map(|command| (command, None))
        }
    });
    match made.filter(|(command, _)| command.starts_with(PROGRAM)) {
        Some((command, history)) => Found::Made(command, history),
        None => Found::Foreign,
    }
}

fn of_metadata(metadata: &Value) -> Option<(String, Option<Value>)> {
    let command = metadata["command"].as_str()?.to_owned();
    Some((command, metadata["parameters"].get("history").cloned()))
}

/// The keys of a JSON object up to the parameters, which follow the command: what follows, a whole map perhaps, is
/// not read.
struct UntilParameters<'a>(&'a mut Value);

impl<'de> Visitor<'de> for UntilParameters<'_> {
    type Value = ();

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "command" => self.0[key] = map.next_value()?,
                "parameters" => {
                    self.0[key] = map.next_value()?;
                    return Ok(());
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

fn of_json(file: File) -> Value {
    let mut metadata = Value::Object(Map::new());
    let mut reader = serde_json::Deserializer::from_reader(BufReader::new(file));
    // It ends in an error where it stops early.
    let _rest = reader.deserialize_map(UntilParameters(&mut metadata));
    metadata
}

fn of_csv(file: File) -> Option<String> {
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    let column = reader.headers().ok()?.iter().position(|n| n == "command")?;
    match reader.records().next() {
        Some(first) => first.ok()?.get(column).map(str::to_owned),
        // A table without rows has the names of its columns.
        None => Some(PROGRAM.to_owned()),
    }
}

fn of_npz(file: File) -> Option<(String, Option<Value>)> {
    let mut archive = ZipArchive::new(file).ok()?;
    let mut bytes = Vec::new();
    let entry = archive.by_name("metadata.npy").ok()?;
    entry.take(METADATA).read_to_end(&mut bytes).ok()?;
    let length = u16::from_le_bytes([*bytes.get(8)?, *bytes.get(9)?]);
    let (header, data) = bytes.get(10..)?.split_at_checked(usize::from(length))?;
    // Bytes of UTF-8, or one text of letters of four bytes.
    let text = match String::from_utf8_lossy(header).contains("<U") {
        false => String::from_utf8(data.to_vec()).ok()?,
        true => data
            .chunks_exact(4)
            .filter_map(|c| char::from_u32(u32::from_le_bytes([c[0], c[1], c[2], c[3]])))
            .filter(|c| *c != '\0')
            .collect(),
    };
    of_metadata(&serde_json::from_str(&text).ok()?)
}

fn of_parquet(file: File) -> Option<(String, Option<Value>)> {
    let reader = SerializedFileReader::new(file).ok()?;
    let pairs = reader.metadata().file_metadata().key_value_metadata()?;
    let made = pairs.iter().find(|pair| pair.key == "lorode")?;
    of_metadata(&serde_json::from_str(made.value.as_ref()?).ok()?)
}

/// Of a figure: the text `COMMAND, lorode VERSION` in it.
fn of_figure(file: File, format: FileFormat) -> Option<String> {
    let mut bytes = Vec::new();
    file.take(FIGURE).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let text = match format {
        FileFormat::Svg => plain_text(&text),
        FileFormat::Pdf => text.replace("\\(", "(").replace("\\)", ")"),
        _ => text.into_owned(),
    };
    let begins = text.match_indices(PROGRAM).map(|(at, _)| &text[at..]);
    let mut commands = begins.filter_map(|text| text.split_once(", lorode "));
    let is_one = |text: &str| !text.contains(char::is_control);
    commands
        .find(|(command, _)| is_one(command))
        .map(|(command, _)| command.to_owned())
}

/// The description of an SVG, or without one its texts, joined by single spaces: last first, as version 0.1 set the
/// lines of the caption from the bottom of the page.
fn plain_text(svg: &str) -> String {
    let described = svg.split_once("<desc>");
    let described = described.and_then(|(_, text)| text.split_once("</desc>"));
    let svg = described.map_or(svg, |(text, _)| text);
    let texts = svg
        .rsplit('<')
        .map(|part| part.split_once('>').unwrap_or(("", part)));
    let words: Vec<&str> = texts
        .flat_map(|(_, text)| text.split_whitespace())
        .collect();
    let text = words.join(" ");
    let text = text.replace("&apos;", "'").replace("&quot;", "\"");
    let text = text.replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&amp;", "&")
}
