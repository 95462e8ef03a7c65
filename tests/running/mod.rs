//! Running the program as a user does.

#![allow(dead_code, reason = "each family of tests uses a part")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::CommandCargoExt;
use serde_json::Value;

thread_local! {
    /// A test runs in a thread of its own, and so in a folder of its own: two commands cannot share `lorode-out`.
    static FOLDER: tempfile::TempDir = tempfile::tempdir().unwrap();
}

/// The program with arguments separated by spaces; `NAME=value` words in front set variables. It
/// runs in a temporary folder, so that nothing is left in the project.
pub fn lorode(arguments: &str) -> Command {
    let mut command = Command::cargo_bin("lorode").unwrap();
    FOLDER.with(|folder| command.current_dir(folder.path()));
    for word in arguments.split_whitespace() {
        match word.split_once('=') {
            Some((name, value)) if name.chars().all(|c| c.is_ascii_uppercase() || c == '_') => {
                command.env(name, value);
            }
            _ => {
                command.arg(word);
            }
        }
    }
    command
}

/// Its standard output as JSON.
pub fn json(arguments: &str) -> Value {
    let output = lorode(arguments).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments}\n{complaint}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The commands that it lists.
pub fn commands() -> Vec<String> {
    let output = lorode("--help").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let help = String::from_utf8(output.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.is_empty());
    // Their descriptions go on further to the right.
    let names = listed.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
    let names = names.filter(|name| !name.is_empty() && *name != "help");
    names.map(str::to_owned).collect()
}

/// Its complaint, when it fails with a code.
pub fn fails(arguments: &str, code: i32) -> String {
    let output = lorode(arguments).output().unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(code), "{arguments}\n{complaint}");
    complaint
}

/// The numbers of an array.
pub fn numbers(value: &Value) -> Vec<f64> {
    let all = value.as_array().unwrap().iter();
    all.map(|x| x.as_f64().unwrap()).collect()
}

/// Runs on one thread up to where `units` of its progress are done (see `src/cli/progress.rs`),
/// sends it a signal there, and returns what it wrote to standard error after that.
#[cfg(unix)]
pub fn broken_off(arguments: &str, signal: &str, units: u64) -> String {
    let (code, after, _) = signalled(arguments, signal, &units.to_string());
    assert_ne!(code, Some(0), "{arguments} was not held: {after}");
    after
}

/// The same with any value of `LORODE_HOLD`: the exit code, what it wrote to standard error after the
/// signal, and how long it took from there.
#[cfg(unix)]
pub fn signalled(arguments: &str, signal: &str, hold: &str) -> (Option<i32>, String, Duration) {
    let mut child = lorode(arguments)
        .env("RAYON_NUM_THREADS", "1")
        .env("LORODE_HOLD", hold)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut before = lines.by_ref().map(Result::unwrap);
    let held = before.any(|line| line.starts_with("lorode: held at "));
    let id = child.id().to_string();
    let sent = Instant::now();
    if held {
        let kill = Command::new("kill").args([signal, &id]).status().unwrap();
        assert!(kill.success());
    }
    let after: Vec<String> = lines.map(Result::unwrap).collect();
    let code = child.wait().unwrap().code();
    assert!(held, "{arguments} was not held: {after:?}");
    (code, after.join("\n"), sent.elapsed())
}
