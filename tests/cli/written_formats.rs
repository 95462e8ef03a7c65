//! `--save`: which files are written, and that each is what it says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::written::{json, lorode};

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .collect()
}

/// Runs it with files in a fresh folder, and lists them.
fn saved(args: &[&str], save: Option<&str>) -> (tempfile::TempDir, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    let mut all = [args, &["--out", out]].concat();
    all.extend(save.iter().flat_map(|list| ["--save", list]));
    lorode(&all).assert().success();
    let names = names(folder.path()).into_iter().collect();
    (folder, names)
}

const SOLVE: [&str; 5] = ["solve", "--link", "erf", "--mu", "0.5"];

#[test]
fn only_what_is_asked_for_is_written() {
    let usual = ["solve.csv", "solve.json", "solve.png", "solve.svg"];
    assert_eq!(saved(&SOLVE, None).1, usual);
    assert_eq!(saved(&SOLVE, Some("pdf,csv")).1, ["solve.csv", "solve.pdf"]);
    let map = [
        "phase",
        "--link",
        "erf",
        "--x",
        "mu=0.2:0.8:4",
        "--value",
        "tau",
    ];
    assert_eq!(saved(&map, Some("pdf")).1, ["phase.pdf"]);
    let seeds = [
        "simulate", "--link", "erf", "--mu", "0.3", "--dim", "100", "--lr", "0.1", "--batch", "20",
        "--steps", "9", "--seeds", "2",
    ];
    assert_eq!(saved(&seeds, Some("parquet")).1, ["simulate.parquet"]);
}

#[test]
fn every_format_begins_as_it_should() {
    let (folder, names) = saved(&SOLVE, Some("csv,json,npz,parquet,svg,png,pdf"));
    assert_eq!(names.len(), 7);
    for (format, begins) in [
        ("csv", &b"t,"[..]),
        ("json", b"{"),
        ("npz", b"PK"),
        ("parquet", b"PAR1"),
        ("svg", b"<svg"),
        ("png", b"\x89PNG"),
        ("pdf", b"%PDF-"),
    ] {
        let bytes = fs::read(folder.path().join(format!("solve.{format}"))).unwrap();
        assert!(bytes.starts_with(begins), "{format}");
    }
    let written: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.path().join("solve.json")).unwrap()).unwrap();
    let printed = json(&SOLVE);
    assert_eq!(written["exit_time"], printed["exit_time"]);
}

#[test]
fn what_cannot_be_saved_is_refused() {
    for (args, says) in [
        (
            &["solve", "--save", "eps"][..],
            "'eps' is no format of files",
        ),
        (
            &[
                "solve", "--link", "erf", "--mu", "0.5", "--save", "pdf", "--format", "json",
            ],
            "name their directory with --out",
        ),
        (&["links", "--save", "pdf"], "are of one link"),
    ] {
        let run = lorode(args).assert().code(2);
        let text = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
        assert!(text.contains(says), "{text}");
    }
}

/// Letters that the font lacks are blank in PNG and PDF, which is said once; SVG has them.
#[test]
fn letters_without_a_glyph_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let style = folder.path().join("style.toml");
    fs::write(&style, "[[panel]]\ntitle = \"損失 loss 損\"\n").unwrap();
    let map = "phase --link erf --x mu=0.2:0.8:3 --value tau";
    let solve = SOLVE.join(" ");
    let file = folder.path().join("solve.json").display().to_string();
    let plot = format!("plot {file}");
    for (command, formats, blank) in [
        (solve.as_str(), "json,png,pdf", "png and pdf"),
        (&solve, "json,svg", ""),
        (map, "png", "png"),
        (&plot, "svg,pdf", "pdf"),
    ] {
        let mut args: Vec<&str> = command.split(' ').collect();
        let out = folder.path().to_str().unwrap();
        args.extend([
            "--style",
            style.to_str().unwrap(),
            "--out",
            out,
            "--save",
            formats,
        ]);
        let output = lorode(&args).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        let expected = format!(
            "lorode: left blank in {blank}: 損失, which the font of figures lacks; svg has them, or give other words\n"
        );
        let expected = if blank.is_empty() { "" } else { &expected };
        assert_eq!(
            (said.as_str(), output.status.code()),
            (expected, Some(0)),
            "{command}"
        );
    }
    let svg = fs::read_to_string(folder.path().join("plot.svg")).unwrap();
    assert!(svg.contains("損失 loss"));
}
