//! Command lines of every kind, sense and nonsense: exit code 0, 1 or 2, no panic, an end, and no
//! NaN or infinity in the data of a success. Lines that are long work have an end when they are told to.
#![cfg(unix)]

use std::fmt::Write;
use std::io::{Read, Seek};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use crate::support::Random;
use crate::support::cases::seed;
use rayon::prelude::*;

/// After this a line is interrupted, as a user would.
const PATIENCE: Duration = Duration::from_secs(10);
/// Tells an end from no end, however loaded the machine.
const END: Duration = Duration::from_secs(60);
/// Lines of a hundred that may be so long: ten times what is on an idle machine.
const LONG: usize = 10;

const GOOD: &str = "link = \"erf\"\nmu = \"0.2:0.8:3\"\ndim = 500\n";
const BAD: &str = "link = [\"erf\"\nmu = nan\nfrog = 3\n";
const HISTORY: &str = "link = \"erf\"\n[tasks.a]\n[tasks.b]\nangle = { a = 50 }\n\
    [[stage]]\ntask = \"a\"\nadapter = \"full\"\ndim = 100\nlr = 0.1\nbatch = 10\nuntil = { t = 3 }\n\
    [[stage]]\ntask = \"b\"\ndim = 100\nlr = 0.1\nbatch = 10\nuntil = { excess = 0.05, plateau = 0.01, t = 20 }\n";
/// At rest where no limit is met.
const TRAPPED: &str = "link = \"he3\"\n[tasks.a]\n[[stage]]\ntask = \"a\"\ndim = 100\nlr = 0.001\nbatch = 10\nuntil = { excess = 1e-3 }\n";
const ODD_HISTORY: &str = "link = \"erf\"\n[tasks.a]\n[tasks.b]\nangle = { a = 50 }\n\
    [[stage]]\ntask = \"b\"\nalignment0 = 5e-324\ndim = 4\nlr = 1e308\nbatch = 1\nuntil = { t = 5e-324 }\n";

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

/// The first word of a text that is no number although it stands for one. A search time may be infinite, where nothing
/// grows (docs/files.md): "inf" as a text in JSON, in the column tau elsewhere, the screen included.
fn not_finite(text: &str) -> Option<String> {
    let text = without_search_times(text).replace("\"inf\"", "");
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-' || c == '.'));
    let bad = |word: &str| {
        let word = word.trim_start_matches('-').to_lowercase();
        ["nan", "inf", "infinity"].contains(&word.as_str())
    };
    words.into_iter().find(|word| bad(word)).map(str::to_owned)
}

/// A table without its column tau; any other text as it is.
fn without_search_times(text: &str) -> String {
    let header = text.lines().next().unwrap_or_default();
    let Some(tau) = header.split(',').position(|name| name == "tau") else {
        return without_shown_search_times(text);
    };
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    let others = rows.flat_map(|row| {
        let row = row.unwrap();
        let others = row.iter().enumerate().filter(|(i, _)| *i != tau);
        others.map(|(_, cell)| cell.to_owned()).collect::<Vec<_>>()
    });
    others.collect::<Vec<_>>().join("\n")
}

/// What `search` says on the screen, without the column tau. Names of links have spaces: columns are counted from the right.
fn without_shown_search_times(text: &str) -> String {
    let mut tau = None;
    let lines = text.lines().map(|line| {
        let mut words: Vec<&str> = line.split_whitespace().rev().collect();
        if words.first() == Some(&"outcome") {
            tau = words.iter().position(|name| *name == "tau");
        } else if let Some(tau) = tau.filter(|tau| *tau < words.len()) {
            words.remove(tau);
        }
        words.join(" ")
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn only_search_times_may_be_infinite() {
    let shown = |cells: &str| {
        not_finite(&format!(
            "in t\n\nlink mu A B tau exit outcome\nx y {cells} trapped\n"
        ))
    };
    assert_eq!(shown("0 0 1 inf -"), None);
    assert_eq!(shown("0 0 inf 1 -"), Some("inf".to_owned()));
    let csv = |cells: &str| not_finite(&format!("mu,tau,exit_time\n{cells}\n"));
    assert_eq!(csv("0,inf,"), None);
    assert_eq!(csv("0,1,inf"), Some("inf".to_owned()));
    assert_eq!(not_finite(r#"{"tau": "inf"}"#), None);
    assert_eq!(not_finite(r#"{"tau": NaN}"#), Some("NaN".to_owned()));
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

/// How a line ends; `None` where it had to be killed. It is interrupted where it takes long, which is counted.
fn end(mut child: Child, interrupted: &AtomicUsize) -> Option<ExitStatus> {
    let id = child.id().to_string();
    let (ended, waiting) = mpsc::channel();
    let waiter = std::thread::spawn(move || ended.send(child.wait().unwrap()));
    let signal = |name: &str| {
        let _may_have_ended = Command::new("kill").args([name, &id]).status();
    };
    let mut status = waiting.recv_timeout(PATIENCE).ok();
    if status.is_none() {
        interrupted.fetch_add(1, Ordering::Relaxed);
        signal("-INT");
        status = waiting.recv_timeout(END).ok();
    }
    if status.is_none() {
        signal("-KILL");
    }
    let _sent = waiter.join();
    status
}

/// What is wrong with a line, if anything.
fn complaint(line: &[String], interrupted: &AtomicUsize) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    put("good.toml", GOOD.as_bytes());
    put("bad.toml", BAD.as_bytes());
    put("history.toml", HISTORY.as_bytes());
    put("trapped.toml", TRAPPED.as_bytes());
    put("odd-history.toml", ODD_HISTORY.as_bytes());
    put("empty.toml", b"");
    put("binary.toml", &[0xff, 0, 0xfe, 10, 0x80]);
    // Into files, as nobody reads a pipe while it runs.
    let said = [0, 1].map(|_| tempfile::tempfile().unwrap());
    let to = |i: usize| Stdio::from(said[i].try_clone().unwrap());
    let child = Command::new(env!("CARGO_BIN_EXE_lorode"))
        .args(line)
        .current_dir(folder.path())
        .env("RAYON_NUM_THREADS", "1")
        .stdin(Stdio::null())
        .stdout(to(0))
        .stderr(to(1))
        .spawn()
        .unwrap();
    let status = end(child, interrupted);
    let [out, err] = said.map(|mut file| {
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    });
    let code = status.and_then(|status| status.code());
    let mut wrong = String::new();
    match code {
        Some(0..=2) => {}
        Some(code) => write!(wrong, "code {code}. ").unwrap(),
        None => wrong.push_str("no end, or ended by a signal. "),
    }
    if err.contains("panicked") || out.contains("panicked") {
        wrong.push_str("panicked. ");
    }
    if code != Some(0) && err.trim().is_empty() {
        wrong.push_str("nothing said. ");
    }
    if code == Some(0) {
        let mut texts = vec![];
        data(folder.path(), &mut texts);
        // Archives are no text, and help may name what is not a number.
        if !line
            .iter()
            .any(|word| ["npz", "parquet", "help"].contains(&word.as_str()))
        {
            // A command that is repeated may quote what was asked for.
            texts.push(
                out.lines()
                    .filter(|l| !l.contains("\"command\""))
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
    let interrupted = AtomicUsize::new(0);
    let complaints: Vec<String> = lines
        .par_iter()
        .filter_map(|line| complaint(line, &interrupted))
        .collect();
    let interrupted = interrupted.into_inner();
    assert!(
        100 * interrupted <= LONG * count,
        "{interrupted} long lines"
    );
    assert!(
        complaints.is_empty(),
        "{} of {count} lines:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn lines_end_well() {
    all_end_well(300, 20_261_126);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn many_lines_end_well() {
    all_end_well(2000, seed(9));
}
