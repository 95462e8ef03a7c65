//! Ctrl-C and SIGTERM: every command ends, what is finished is kept, and nothing else is touched.
#![cfg(unix)]

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::running::{commands, lorode, signalled};
use serde_json::Value;

/// Ten times what is asked for: it tells an end from no end, on any machine.
const SOON: Duration = Duration::from_secs(2);

/// One line of every command.
const COMMANDS: [&str; 17] = [
    "search --link erf --mu 0.5",
    "solve --link erf --mu 0.5",
    "simulate --link erf --mu 0.5 --lr 0.2 --batch 100 --steps 500",
    "compare --link erf --mu 0.5 --lr 0.2 --batch 100 --steps 500 --seeds 4",
    "phase --link erf --x mu=0.1:0.9:3",
    "train recipe.toml",
    "merge parts",
    "optimum --link erf",
    "scaling --link erf --mu 0.5",
    "derive --link erf",
    "kernel --link erf --m 0.5 --q 1",
    "links",
    "explore --no-browser",
    "check problem.toml",
    "plot search.json",
    "completions bash",
    "man",
];

fn text(output: std::process::Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// A command that never looks whether it is to end is left behind.
#[test]
fn every_command_ends_soon_after_a_signal_whatever_it_is_at() {
    let mut names = commands();
    let mut tried = COMMANDS.map(|line| line.split(' ').next().unwrap());
    names.sort_unstable();
    tried.sort_unstable();
    assert_eq!(names, tried, "a command without a line here");
    for (i, line) in COMMANDS.iter().enumerate() {
        let signal = ["-INT", "-TERM"][i % 2];
        let (code, said, took) = signalled(line, signal, "0!");
        assert_eq!(code, Some(1), "{line}: {said}");
        assert_eq!(said, "lorode: interrupted before anything was finished");
        assert!(took < SOON, "{line}: {took:?}");
    }
}

/// All files of a folder with their bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    let file = |path: &Path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read(path).unwrap())
    };
    entries.map(|entry| file(&entry.unwrap().path())).collect()
}

/// A long run, and what it keeps of itself when it is broken off.
struct Long {
    line: &'static str,
    /// Units of its progress after which it never looks again.
    held: &'static str,
    /// Rows of its table by then.
    rows: usize,
    /// To what an interrupted one can be taken up by, if it can.
    resume: &'static str,
}

const LONG: [Long; 11] = [
    Long {
        line: "search --link erf --mu 0.3,0.4,0.5",
        held: "2!",
        rows: 2,
        resume: " --resume",
    },
    Long {
        line: "scaling --link erf --mu 0.5 --dims log:1e2:1e8:7",
        held: "5!",
        rows: 5,
        resume: " --resume",
    },
    Long {
        line: "compare --link erf --mu 0.4,0.5 --lr 0.2 --batch 50 --seeds 4",
        held: "1!",
        rows: 1,
        resume: " --resume",
    },
    Long {
        line: "optimum --link erf",
        held: "30!",
        rows: 30,
        resume: " --resume",
    },
    Long {
        line: "solve --link erf --mu 0.5 --points 40",
        held: "1!",
        rows: 40,
        resume: "",
    },
    Long {
        line: "solve --link erf --mu 0.5 --units 2 --teacher-units 2 --points 40",
        held: "1!",
        rows: 40,
        resume: "",
    },
    Long {
        line: "phase --link erf --x mu=0.1:0.9:5 --y angle=0:40:3",
        held: "7!",
        rows: 7,
        resume: " --resume",
    },
    Long {
        line: "phase --link erf --x mu=0.1:0.9:5 --y angle=0:40:3 --refine",
        held: "4!",
        rows: 4,
        resume: " --resume",
    },
    Long {
        line: "simulate --link erf --mu 0.5 --lr 0.02 --batch 50 --steps 500 --seeds 0:3 --records 10",
        held: "1200!",
        rows: 10,
        resume: " --resume",
    },
    // Stages that are finished, of the ODEs and of a seed.
    Long {
        line: concat!(
            "train ",
            env!("CARGO_MANIFEST_DIR"),
            "/examples/curriculum.toml --points 10"
        ),
        held: "2!",
        rows: 18,
        resume: " --resume",
    },
    Long {
        line: concat!(
            "train ",
            env!("CARGO_MANIFEST_DIR"),
            "/examples/curriculum.toml --sgd --seeds 0:1 --points 10"
        ),
        held: "7000!",
        rows: 30,
        resume: " --resume",
    },
];

/// Whether or not the point in hand ever looks, what was finished before it is there, marked as a
/// part; the complete result beside it keeps its bytes; and the next complete one removes the part.
#[test]
fn what_is_finished_is_kept_beside_a_complete_result() {
    for Long {
        line,
        held,
        rows,
        resume,
    } in LONG
    {
        let folder = tempfile::tempdir().unwrap();
        let here = format!("{line} --out {}", folder.path().display());
        text(lorode(&here).output().unwrap());
        let complete = files(folder.path());
        let (code, said, took) = signalled(&here, "-TERM", held);
        assert_eq!(code, Some(1), "{line}: {said}");
        assert!(said.contains("interrupted"), "{line}: {said}");
        assert!(took < SOON, "{line}: {took:?}");
        let mut left = files(folder.path());
        for (name, bytes) in &complete {
            assert!(left.remove(name).as_ref() == Some(bytes), "{line}: {name}");
        }
        let command = line.split(' ').next().unwrap();
        let part = |ending: &str| left.get(&format!("{command}-partial{ending}"));
        let table = String::from_utf8(part(".csv").unwrap().clone()).unwrap();
        assert_eq!(table.lines().count(), rows + 1, "{line}:\n{table}");
        let json: Value = serde_json::from_slice(part(".json").unwrap()).unwrap();
        assert_eq!(json["complete"], false, "{line}");
        assert!(json["why"].as_str().unwrap().contains("interrupted"));
        text(lorode(&format!("{here}{resume}")).output().unwrap());
        assert!(files(folder.path()) == complete, "{line}");
    }
}

/// Work that looks ends by itself, and keeps the same.
#[test]
fn work_that_looks_keeps_the_same() {
    for Long {
        line, held, rows, ..
    } in LONG
    {
        let folder = tempfile::tempdir().unwrap();
        let here = format!("{line} --out {}", folder.path().display());
        let (code, said, took) = signalled(&here, "-INT", held.trim_end_matches('!'));
        assert_eq!(code, Some(1), "{line}: {said}");
        assert!(took < SOON, "{line}: {took:?}");
        let command = line.split(' ').next().unwrap();
        let left = files(folder.path());
        assert!(!left.contains_key(&format!("{command}.csv")), "{line}");
        let table = String::from_utf8(left[&format!("{command}-partial.csv")].clone()).unwrap();
        let found = table.lines().count() - 1;
        // The point in hand may be finished too.
        assert!((rows..=rows + 1).contains(&found), "{line}:\n{table}");
    }
}

/// A map that was broken off between its grid and its lines has all its cells.
#[test]
fn lines_of_a_map_are_broken_off_too() {
    let folder = tempfile::tempdir().unwrap();
    let line = "phase --link he1+0.5*he3 --x mu=0.1:0.9:5 --y angle=0:40:3";
    let here = format!("{line} --out {}", folder.path().display());
    let (code, said, took) = signalled(&here, "-INT", "16!");
    assert_eq!(code, Some(1), "{said}");
    assert!(took < SOON && said.contains("15 of 15 cells"), "{said}");
    text(lorode(&format!("{here} --resume")).output().unwrap());
    assert!(!files(folder.path()).contains_key("phase-partial.csv"));
}

/// Five failures in full, and a count.
#[test]
fn many_failures_are_five_and_a_count() {
    let line = "search --link erf --mu 0.1:0.9:12 --max-steps 1 --format csv";
    let output = lorode(line).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 7, "{said}");
    assert!(lines[0].contains("mu = 0.1") && lines[4].contains("--max-steps"));
    assert!(lines[5].contains("7 more") && lines[6].contains("12 of 12 points failed"));
    // They are in the table as well, each with its reason.
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.lines().next().unwrap().contains(",outcome,failure,"));
    assert_eq!(table.matches(",failed,").count(), 12, "{table}");
}
