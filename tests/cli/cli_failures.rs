//! Failures: one line, exit 1, what was finished kept. Never a panic.

use super::said::*;
use std::fs;
use std::process::Stdio;
use tempfile::TempDir;

/// Exit 1, the reason on the last line.
fn failed(said: &Said, words: &[&str]) {
    assert_eq!(said.code, 1, "{}", said.stderr);
    assert!(!said.stderr.is_empty());
    for word in words {
        assert!(said.stderr.contains(word), "no '{word}' in {}", said.stderr);
    }
}

#[test]
fn a_run_that_does_not_come_through_says_where_and_why() {
    let args = ["solve", "--link", "erf", "--mu", "0.5", "--max-steps", "20"];
    let solve = said(lorode(&args).args(["--format", "json"]));
    failed(&solve, &["t = ", "20 steps", "--max-steps"]);
    assert_eq!(solve.stderr.lines().count(), 1);
    // A sweep keeps the points that came through.
    let args = [
        "search",
        "--link",
        "linear",
        "--mu",
        "0.5",
        "--max-steps",
        "5",
        "--format",
        "json",
    ];
    let search = said(&mut lorode(&args));
    failed(&search, &["mu = 0.5", "1 of 1 point failed"]);
    let json: serde_json::Value = serde_json::from_str(&search.stdout).unwrap();
    let point = &json["curves"][0]["points"][0];
    assert!(point["tau"].is_f64() && point["exit_time"].is_null() && point["outcome"].is_null());
}

/// An exit is kept of a run that fails on its way to the end.
#[test]
fn a_search_keeps_the_exit_of_a_run_that_fails_after_it() {
    let point = |steps: u64| {
        let line = format!("search --link erf --mu 0.5 --max-steps {steps} --format json");
        let said = said(&mut lorode(&line.split(' ').collect::<Vec<_>>()));
        let json: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        json["curves"][0]["points"][0].clone()
    };
    let exit = point(10_000)["exit_time"].as_f64().unwrap();
    // The smallest budget that lets the run exit does not let it learn.
    let first = (100..200)
        .map(point)
        .find(|point| !point["exit_time"].is_null());
    let first = first.unwrap();
    assert!(first["outcome"].is_null(), "{first}");
    assert!((first["exit_time"].as_f64().unwrap() / exit - 1.0).abs() < 1e-12);
}

/// What was computed before a failure is not lost.
#[test]
fn a_failed_solve_keeps_what_it_has() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().to_str().unwrap();
    let args = [
        "solve",
        "--link",
        "erf",
        "--mu",
        "0.5",
        "--max-steps",
        "60",
        "--out",
        out,
    ];
    failed(&said(&mut lorode(&args)), &["--max-steps"]);
    let table =
        fs::read_to_string(folder.path().join("solve-partial.csv")).expect("the run so far");
    assert!(table.lines().count() > 2);
}

#[test]
fn a_map_that_diverges_is_an_error() {
    let said = said(&mut lorode(&[
        "solve",
        "--link",
        "he5",
        "--mu",
        "0.5",
        "--dynamics",
        "map",
        "--lr",
        "5",
        "--batch",
        "10",
        "--format",
        "json",
    ]));
    failed(&said, &["diverged", "lr"]);
    assert_eq!(said.stderr.lines().count(), 1);
}

/// Every format of every command into a device without room.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_no_panic() {
    for args in COMMANDS {
        for format in ["human", "json", "csv", "npz", "parquet"] {
            let folder = TempDir::new().unwrap();
            let full = fs::OpenOptions::new().write(true).open("/dev/full");
            let said = said_to(args, format, &folder, Stdio::from(full.unwrap()));
            failed(&said, &["standard output", "No space left"]);
            assert_eq!(said.stderr.lines().count(), 1);
        }
    }
    // Standard error full as well: nothing to say, no panic, still exit 1.
    let full = || {
        fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap()
    };
    let status = lorode(&["links"]).stdout(full()).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(1));
    let status = lorode(&["--help"]).stdout(full()).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(1));
    let status = lorode(&["nonsense"]).stderr(full()).status();
    assert_eq!(status.unwrap().code(), Some(2));
}

/// `lorode … | head -0`: the reader has gone; that is no error of a summary, but data that was asked
/// for did not arrive.
#[cfg(unix)]
#[test]
fn a_closed_pipe_is_the_end_and_no_panic() {
    for args in COMMANDS {
        for format in ["human", "json", "csv", "npz", "parquet"] {
            let folder = TempDir::new().unwrap();
            let (reader, writer) = std::io::pipe().unwrap();
            drop(reader);
            let said = said_to(args, format, &folder, Stdio::from(writer));
            if format == "human" {
                assert_eq!(said.code, 0, "{args:?}: {}", said.stderr);
                assert!(said.stderr.is_empty(), "{}", said.stderr);
            } else {
                assert_eq!(said.code, 1, "{args:?} {format}: {}", said.stderr);
                assert!(
                    said.stderr
                        .contains("standard output was closed before all data")
                );
                assert_eq!(said.stderr.lines().count(), 1, "{}", said.stderr);
            }
        }
    }
    for args in [&["--help"][..], &["search", "--help"], &["--version"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = lorode(args).stdout(writer).status().unwrap();
        assert_eq!(status.code(), Some(0));
    }
}

const COMMANDS: [&[&str]; 4] = [
    &["search", "--link", "linear", "--mu", "0.5"],
    &["solve", "--link", "linear", "--mu", "0.5"],
    &["kernel", "--link", "linear", "--m", "0", "--q", "1"],
    &["links", "linear"],
];

fn said_to(args: &[&str], format: &str, folder: &TempDir, stdout: Stdio) -> Said {
    let mut command = lorode(args);
    command
        .args(["--format", format])
        .current_dir(folder.path())
        .stdout(stdout)
        .stderr(Stdio::piped());
    let output = command.spawn().unwrap().wait_with_output().unwrap();
    let said = Said {
        code: output.status.code().expect("not killed by a signal"),
        stdout: String::new(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    };
    assert!(!said.stderr.contains("panicked"), "{}", said.stderr);
    said
}
