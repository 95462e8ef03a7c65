//! What the command said, and with what code it ended.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub struct Said {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn lorode(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command.args(args).stdin(Stdio::null());
    command
}

pub fn said(command: &mut Command) -> Said {
    let output = command.output().unwrap();
    let said = Said {
        code: output.status.code().expect("not killed by a signal"),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
    said
}

/// One line, exit 2, nothing computed, each of `words` in it.
pub fn refused(args: &[&str], words: &[&str]) {
    let start = Instant::now();
    let said = said(&mut lorode(args));
    let shown: String = format!("{args:?}: {}", said.stderr)
        .chars()
        .take(900)
        .collect();
    assert_eq!(said.code, 2, "{shown}");
    assert_eq!(said.stderr.lines().count(), 1, "{shown}");
    assert!(said.stderr.starts_with("lorode: "), "{shown}");
    assert!(said.stderr.len() < 700, "too long for one line: {shown}");
    assert!(said.stdout.is_empty(), "{shown}");
    for word in words {
        assert!(said.stderr.contains(word), "no '{word}' in {shown}");
    }
    // Tells an end from no end, however slow the machine.
    assert!(start.elapsed() < Duration::from_secs(60), "{shown}");
}

pub fn search_refused(args: &[&str], words: &[&str]) {
    let base = ["search", "--link", "erf", "--format", "json"];
    refused(&[&base[..], args].concat(), words);
}
