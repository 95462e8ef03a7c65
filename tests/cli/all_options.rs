//! examples/all-options.toml: every option, valid, with its default.

use super::problem_files::{Folder, json, lorode};
use clap::CommandFactory;
use lorode::problem::ProblemOptions;
use std::fs;
use std::path::{Path, PathBuf};

/// Just the options, as clap sees them.
#[derive(Debug, clap::Parser)]
struct Flags {
    #[command(flatten)]
    _options: ProblemOptions,
}

/// All keys there are: one list for flags and files.
pub(super) fn keys() -> Vec<String> {
    let command = Flags::command();
    let longs = command.get_arguments().filter_map(|a| a.get_long());
    longs
        .filter(|name| *name != "help")
        .map(str::to_owned)
        .collect()
}

fn example() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/all-options.toml");
    let text = fs::read_to_string(&path).unwrap();
    (path, text)
}

/// `key` of a line `key = value` or `# key = value`, and whether it is commented out.
fn key_of(line: &str) -> Option<(&str, bool)> {
    let body = line.strip_prefix("# ");
    let (key, value) = body.unwrap_or(line).split_once(" = ")?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    (is_key && !value.is_empty()).then_some((key, body.is_some()))
}

#[test]
fn the_example_has_every_option_and_is_valid() {
    let (path, text) = example();
    let mut found: Vec<&str> = text
        .lines()
        .filter_map(key_of)
        .map(|(key, _)| key)
        .collect();
    let mut expected = keys();
    assert!(expected.len() >= 23, "{expected:?}");
    found.sort_unstable();
    expected.sort();
    assert_eq!(found, expected, "each option once");
    for command in ["check", "search"] {
        lorode(&[command, path.to_str().unwrap()])
            .args((command == "search").then_some("--format=csv"))
            .assert()
            .success();
    }
}

/// Keys that make a network, which has a start of its own, and noise for some links only.
const NETWORK: [&str; 14] = [
    "units",
    "teacher-units",
    "rank",
    "train-readout",
    "noise-error",
    "teacher-overlap",
    "teacher-overlaps",
    "teacher-readout",
    "student-readout",
    "start-u",
    "start-alignment",
    "start-s",
    "start-c",
    "network",
];

/// A key that is commented out is a known key with an allowed value, once what it excludes is
/// taken away.
#[test]
fn the_keys_behind_a_comment_are_valid_in_turn() {
    let (_, text) = example();
    let commented: Vec<&str> = text
        .lines()
        .filter_map(key_of)
        .filter_map(|(key, off)| off.then_some(key))
        .collect();
    assert!(commented.len() >= 5, "{commented:?}");
    for key in commented {
        // What comes with it, and what it excludes.
        let (with, without): (&[&str], &[&str]) = match key {
            "teacher" | "student" => (&["teacher", "student"], &["link"]),
            "rho" | "kappa" => (&["rho", "kappa"], &["mu", "angle"]),
            "gap" => (&["gap"], &["mu", "angle"]),
            "mixture" => (&["mixture"], &["angle"]),
            "nu" => (&["nu"], &["batch"]),
            "friction" => (&["friction"], &["adapter"]),
            // Its letter stands in no link of the file.
            "set" => (&["set"], &["link"]),
            "pretraining-m" | "pretraining-q" => (
                &["pretraining-m", "pretraining-q"],
                &["u0", "alignment0", "lr", "time", "angle"],
            ),
            "start-m" | "start-q" => (
                &["start-m", "start-q"],
                &["u0", "alignment0", "lr", "time", "angle", "mu", "adapter"],
            ),
            "teacher-overlap" => (
                &["teacher-overlap", "teacher-units"],
                &["u0", "alignment0", "lr", "time"],
            ),
            other if NETWORK.contains(&other) => (&[other], &["u0", "alignment0", "lr", "time"]),
            other => (&[other], &[]),
        };
        let with = [with, if key == "s0" { &["alignment0"] } else { &[] }].concat();
        let lines = text.lines().filter_map(|line| match key_of(line) {
            Some((name, _)) if without.contains(&name) => None,
            Some((name, true)) if with.contains(&name) => line.strip_prefix("# "),
            _ => Some(line),
        });
        let mut changed = lines.collect::<Vec<_>>().join("\n");
        if key.starts_with("start-m") || key.starts_with("start-q") {
            changed.push_str("\nadapter = \"scratch\"\n");
        }
        if key == "friction" {
            changed.push_str("\nadapter = \"free\"\n");
        }
        if key == "set" {
            changed.push_str("\nlink = \"c*he1 + he3\"\n");
        }
        // Known: the parser takes it.
        let options: ProblemOptions =
            toml::from_str(&changed).unwrap_or_else(|error| panic!("{key} is not a key: {error}"));
        let set = serde_json::to_value(&options).unwrap();
        assert!(!set[key].is_null(), "{key} has no effect");
        // Allowed: check takes it.
        let folder = Folder::new();
        let file = folder.file(&changed);
        lorode(&["check", file.to_str().unwrap()])
            .assert()
            .success();
    }
}

/// The defaults in the comments are those of the program.
#[test]
fn the_defaults_in_the_comments_are_the_defaults() {
    let (_, text) = example();
    for (key, default) in [
        ("noise", "0"),
        ("dim", "1000"),
        ("chi", "1"),
        ("decay", "0"),
        ("u0", "0"),
        ("threshold", "0.5"),
        ("t-max", "1e30"),
        ("loss-tolerance", "1e-6"),
    ] {
        // The comment block above the key.
        let lines: Vec<&str> = text.lines().collect();
        let at = lines
            .iter()
            .position(|line| matches!(key_of(line), Some((name, _)) if name == key))
            .unwrap();
        let block = lines[..at].iter().rev().take_while(|line| !line.is_empty());
        let said: Vec<&str> = block.copied().collect();
        let wanted = format!("Default: {default}.");
        assert!(
            said.iter().any(|line| line.contains(&wanted)),
            "{key}: '{wanted}' is not in {said:?}"
        );
        // And it changes nothing.
        let base = ["search", "--link", "erf", "--mu", "0.4"];
        let flag = format!("--{key}={default}");
        let given = json(&[&base[..], &[&flag]].concat());
        assert_eq!(given["curves"], json(&base)["curves"], "{key} = {default}");
    }
}
