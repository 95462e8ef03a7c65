//! Command lines of every kind, sense and nonsense: exit code 0, 1 or 2, no panic, an end, and no
//! NaN or infinity in the data of a success.

#![allow(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod support;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use assert_cmd::Command;
use rayon::prelude::*;
use support::Random;
use support::cases::seed;

/// Tells an end from no end: ten times what a line may take, however loaded the machine.
const END: Duration = Duration::from_secs(60);

const GOOD: &str = "link = \"erf\"\nmu = \"0.2:0.8:3\"\ndim = 500\n";
const BAD: &str = "link = [\"erf\"\nmu = nan\nfrog = 3\n";

fn shown(line: &[String]) -> String {
    let quoted = |word: &String| match word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_.=:,/+".contains(c))
    {
        true if !word.is_empty() => word.clone(),
        _ => format!("{word:?}"),
    };
    line.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

/// The first word of a text that is no number although it stands for one.
fn not_finite(text: &str) -> Option<&str> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || c == '.'));
    let bad = |word: &str| {
        let word = word.trim_start_matches('-').to_lowercase();
        ["nan", "inf", "infinity"].contains(&word.as_str())
    };
    words.into_iter().find(|word| bad(word))
}

/// Data files of a run and its subfolders that are text.
fn data(folder: &Path, into: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_data = [".csv", ".json", ".svg"]
            .iter()
            .any(|ext| name.ends_with(ext));
        if path.is_dir() {
            data(&path, into);
        } else if is_data {
            into.push(std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// What is wrong with a line, if anything.
fn complaint(line: &[String]) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("good.toml", GOOD.as_bytes());
    put("bad.toml", BAD.as_bytes());
    put("empty.toml", b"");
    put("binary.toml", &[0xff, 0, 0xfe, 10, 0x80]);
    let output = Command::new(env!("CARGO_BIN_EXE_lorode"))
        .args(line)
        .current_dir(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .timeout(END)
        .output()
        .unwrap();
    let (out, err) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let mut wrong = String::new();
    match output.status.code() {
        Some(0..=2) => {}
        Some(code) => write!(wrong, "code {code}. ").unwrap(),
        None => wrong.push_str("no end, or ended by a signal. "),
    }
    if err.contains("panicked") || out.contains("panicked") {
        wrong.push_str("panicked. ");
    }
    if output.status.code() != Some(0) && err.trim().is_empty() {
        wrong.push_str("nothing said. ");
    }
    if output.status.success() {
        let mut texts = vec![];
        data(folder.path(), &mut texts);
        // Archives are no text, and help may name what is not a number.
        if !line.iter().any(|word| word == "npz" || word == "help") {
            // A command that is repeated may quote what was asked for.
            texts.push(
                out.lines()
                    .filter(|l| !l.contains("command"))
                    .collect::<Vec<_>>()
                    .join("\n"),
            );
        }
        if let Some(word) = texts.iter().find_map(|text| not_finite(text)) {
            write!(wrong, "'{word}' in data. ").unwrap();
        }
    }
    let said: String = err.chars().take(600).collect();
    (!wrong.is_empty()).then(|| format!("lorode {}\n    {wrong}{said}", shown(line)))
}

fn all_end_well(count: usize, seed: u64) {
    let mut random = Random(seed);
    let lines: Vec<Vec<String>> = (0..count).map(|_| random.line()).collect();
    let complaints: Vec<String> = lines
        .par_iter()
        .filter_map(|line| complaint(line))
        .collect();
    assert!(
        complaints.is_empty(),
        "{} of {count} lines:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
#[ignore = "six of these lines have no end within a minute yet; tests/long.sh runs it"]
fn lines_end_well() {
    all_end_well(300, 20_261_126);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn many_lines_end_well() {
    all_end_well(2000, seed(9));
}
