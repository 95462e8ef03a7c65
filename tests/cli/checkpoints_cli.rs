//! Simulations broken off and gone on with.

#![cfg(unix)]

use crate::running::{fails, lorode};
use serde_json::Value;

use super::simulate_cli::BASE;
use crate::running::broken_off;
use std::path::Path;

/// Eight seeds of 2000 steps each.
const LONG: &str = "simulate --link erf --mu 0.5 --lr 0.02 --batch 50 --steps 2000 --seeds 0:7 \
                    --records 60 --per-seed";

fn same_files(a: &Path, b: &Path) {
    for name in [
        "simulate.csv",
        "simulate.json",
        "simulate-seeds.csv",
        "simulate.png",
    ] {
        let read = |folder: &Path| std::fs::read(folder.join(name)).unwrap();
        assert!(read(a) == read(b), "{name} differs");
    }
}

/// Seeds that the checkpoint holds the end of.
fn finished(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("simulate.checkpoint")).unwrap();
    text.matches("\"end\":\"steps\"").count()
}

#[test]
fn a_broken_run_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
    let status = lorode(&format!("{LONG} --out {}", whole.display()))
        .output()
        .unwrap();
    assert!(status.status.success());
    // Killed outright in its third seed; then interrupted in its sixth; then to the end.
    let resume = format!("{LONG} --out {} --resume", part.display());
    broken_off(&resume, "-KILL", 5000);
    assert!(!part.join("simulate.csv").exists());
    assert_eq!(finished(&part), 2);
    broken_off(&resume, "-INT", 11_000);
    assert_eq!(finished(&part), 5);

    // Another problem, a damaged file: refused, and the file is left as it is.
    let path = part.join("simulate.checkpoint");
    let bytes = std::fs::read(&path).unwrap();
    let complaint = fails(&resume.replace("--mu 0.5", "--mu 0.4"), 2);
    assert!(
        complaint.contains("other work (mu there: 0.5, here: 0.4)"),
        "{complaint}"
    );
    for damaged in [&bytes[..bytes.len() / 2], &[b"x", &bytes[1..]].concat()[..]] {
        std::fs::write(&path, damaged).unwrap();
        assert!(fails(&resume, 2).contains("is damaged"), "{complaint}");
        assert!(std::fs::read(&path).unwrap() == damaged);
    }
    std::fs::write(&path, &bytes).unwrap();

    let output = lorode(&resume).output().unwrap();
    assert!(output.status.success());
    same_files(&whole, &part);
    assert!(!path.exists());
}

#[test]
fn ctrl_c_keeps_what_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
    broken_off(&format!("{LONG} --out {}", part.display()), "-INT", 5000);
    // A part of the ensemble does not take the name of the whole one.
    assert!(!part.join("simulate.json").exists());
    let text = std::fs::read_to_string(part.join("simulate-partial.json")).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["seed_numbers"], serde_json::json!([0, 1]));
    assert_eq!(value["seeds"].as_array().unwrap().len(), 2);
    // Without --resume the unfinished run is set aside, and another problem takes its place.
    let output = lorode(&format!("{LONG} --out {}", whole.display()))
        .output()
        .unwrap();
    assert!(output.status.success());
    let aside = format!("{BASE} --seeds 2 --out {}", part.display());
    let output = lorode(&aside).output().unwrap();
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("simulate.checkpoint.old1")
    );
    std::fs::rename(
        part.join("simulate.checkpoint.old1"),
        part.join("simulate.checkpoint"),
    )
    .unwrap();
    let output = lorode(&format!("{LONG} --out {} --resume --force", part.display()))
        .output()
        .unwrap();
    assert!(output.status.success());
    same_files(&whole, &part);
    assert!(!part.join("simulate-partial.json").exists());
}

/// One line of each study whose points are kept as they come, and what it is broken off after.
const POINTS: [(&str, [u64; 2]); 6] = [
    (
        "search --link erf --link he1+0.5*he3 --mu 0.1:0.9:7",
        [5, 12],
    ),
    (
        "search --link erf --mu 0.1:0.8:4 --angle 0:60:3 --what tau",
        [3, 9],
    ),
    (
        "search --link erf --units 2 --teacher-units 2 --mu 0.1:0.9:12 --what tau",
        [3, 9],
    ),
    ("scaling --link erf --mu 0.5 --dims log:1e2:1e8:7", [2, 5]),
    ("optimum --link erf", [60, 150]),
    (
        "compare --link erf --mu 0.3,0.4,0.5 --lr 0.2 --batch 50 --seeds 4",
        [1, 2],
    ),
];

/// All files of a folder, by name.
fn contents(folder: &Path) -> std::collections::BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, std::fs::read(entry.path()).unwrap())
        })
        .collect()
}

#[test]
fn points_are_kept_and_gone_on_with_to_the_same_bytes() {
    for (line, [killed, interrupted]) in POINTS {
        let folder = tempfile::tempdir().unwrap();
        let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
        let run = |line: &str, out: &Path| {
            let output = lorode(&format!("{line} --out {}", out.display())).output();
            let output = output.unwrap();
            let said = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{line}: {said}");
            said
        };
        run(line, &whole);
        let resume = format!("{line} --out {} --resume", part.display());
        broken_off(&resume, "-KILL", killed);
        let command = line.split(' ').next().unwrap();
        let checkpoint = part.join(format!("{command}.checkpoint"));
        let kept = std::fs::read(&checkpoint).unwrap();
        let said = broken_off(&resume, "-INT", interrupted);
        assert!(said.contains("--resume goes on from"), "{line}: {said}");
        assert!(
            std::fs::read(&checkpoint).unwrap().len() > kept.len(),
            "{line}"
        );
        // Other settings, and a file that is not whole: refused, and left as it is.
        let bytes = std::fs::read(&checkpoint).unwrap();
        let foreign = fails(
            &format!("{resume} --lr 0.3 --batch 60").replace("--lr 0.2 --batch 50 ", ""),
            2,
        );
        assert!(
            foreign.contains("belongs to other work (") && foreign.contains("here: "),
            "{foreign}"
        );
        std::fs::write(&checkpoint, &bytes[..bytes.len() - 9]).unwrap();
        assert!(fails(&resume, 2).contains("is damaged"), "{line}");
        std::fs::write(&checkpoint, &bytes).unwrap();
        assert_eq!(run(&format!("{line} --resume"), &part), "", "{line}");
        let (whole, part) = (contents(&whole), contents(&part));
        assert!(whole.keys().eq(part.keys()), "{line}: {:?}", part.keys());
        for (name, bytes) in &whole {
            assert!(part[name] == *bytes, "{line}: {name} differs");
        }
    }
}

#[test]
fn a_comparison_along_a_run_goes_on_with_its_seeds() {
    for problem in ["", "--units 2 --teacher-units 2 --rank 2 --angle 30"] {
        let folder = tempfile::tempdir().unwrap();
        let (whole, part) = (folder.path().join("whole"), folder.path().join("part"));
        let line = format!(
            "compare --link erf --mu 0.5 {problem} --lr 0.02 --batch 50 --seeds 0:5 --steps 1500 --save json,csv"
        );
        let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
        let status = lorode(&format!("{line} --out {}", whole.display())).output();
        assert!(status.unwrap().status.success());
        let resume = format!("{line} --out {} --resume", part.display());
        // In the second seed, of which too few are there for a verdict; then in the fifth.
        broken_off(&resume, "-KILL", 2000);
        let said = broken_off(&resume, "-INT", 7000);
        assert!(said.contains("4 of 6 seeds finished"), "{said}");
        assert!(said.contains("--resume goes on from"), "{said}");
        assert!(lorode(&resume).output().unwrap().status.success());
        assert!(contents(&whole) == contents(&part), "{line}");
    }
}

#[test]
fn results_that_cannot_be_written_do_not_cost_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    std::fs::create_dir_all(out.join("simulate.csv")).unwrap();
    let line = format!("{BASE} --seeds 3 --out {}", out.display());
    assert!(fails(&line, 1).contains("simulate.csv"));
    std::fs::remove_dir(out.join("simulate.csv")).unwrap();
    let output = lorode(&format!("{line} --resume")).output().unwrap();
    assert!(output.status.success());
    assert!(output.stderr.is_empty());
    assert!(out.join("simulate.csv").exists() && !out.join("simulate.checkpoint").exists());
}
