//! What all commands promise: files where asked, the same bytes every time, links, help.

use std::fs;
use std::path::Path;

use super::written::*;
use serde_json::Value;
use tempfile::TempDir;

#[test]
fn files_go_where_asked_and_nowhere_else() {
    let base = TempDir::new().unwrap();
    for (command, stem, args) in [
        (
            "search",
            "search",
            &["--link", "erf", "--mu", "0.2:0.8:4"][..],
        ),
        ("solve", "solve", &["--link", "erf", "--mu", "0.5"]),
    ] {
        let expected: Vec<String> = ["csv", "json", "png", "svg"]
            .map(|ending| format!("{stem}.{ending}"))
            .to_vec();
        // Default: lorode-out in the working directory.
        let here = TempDir::new().unwrap();
        let run = lorode(&[&[command], args].concat())
            .current_dir(here.path())
            .assert()
            .success();
        assert_eq!(file_names(here.path()), ["lorode-out"]);
        assert_eq!(file_names(&here.path().join("lorode-out")), expected);
        let said = text(run.get_output().stdout.clone());
        for name in &expected {
            assert!(said.contains(name.as_str()), "{name} is not mentioned");
        }
        // --out, parents made; with any format.
        let deep = base.path().join(format!("{command} out/πά"));
        let out = deep.to_str().unwrap();
        lorode(&[&[command], args, &["--out", out, "--format", "json"]].concat())
            .assert()
            .success();
        assert_eq!(file_names(&deep), expected);
        // Other formats write no files unless asked.
        let empty = TempDir::new().unwrap();
        lorode(&[&[command], args, &["--format", "csv"]].concat())
            .current_dir(empty.path())
            .assert()
            .success();
        assert!(file_names(empty.path()).is_empty());
        well_formed(&deep, stem);
    }
}

fn well_formed(folder: &Path, stem: &str) {
    let file = |ending: &str| fs::read(folder.join(format!("{stem}.{ending}"))).unwrap();
    let svg = text(file("svg"));
    let document = roxmltree::Document::parse(&svg).unwrap();
    assert_eq!(document.root_element().tag_name().name(), "svg");
    assert!(!svg.contains("NaN") && !svg.contains("inf\""));
    let png = file("png");
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let json: Value = serde_json::from_slice(&file("json")).unwrap();
    has_provenance(&json);
    assert!(!columns(&file("csv")).is_empty());
}

#[test]
fn npz_is_also_a_file_when_asked_for() {
    for (command, mu) in [("search", "0.2,0.5"), ("solve", "0.5")] {
        let folder = TempDir::new().unwrap();
        let out = folder.path().to_str().unwrap();
        let bytes = stdout(&[
            command, "--link", "erf", "--mu", mu, "--format", "npz", "--out", out,
        ]);
        let file = fs::read(folder.path().join(format!("{command}.npz"))).unwrap();
        assert_eq!(bytes, file, "standard output and file are the same archive");
        let column = if command == "solve" {
            "alignment"
        } else {
            "tau"
        };
        assert!(npz(&file)[column].numbers().len() > 1);
    }
}

/// Text of a run on one thread and on two, of files and of standard output.
#[test]
fn bytes_do_not_depend_on_the_run_or_the_threads() {
    let outputs = |threads: &str, command: &str, args: &[&str]| {
        let folder = TempDir::new().unwrap();
        let out = folder.path().join("out");
        let run = lorode(&[&[command], args, &["--format", "json", "--out"]].concat())
            .arg(&out)
            .env("RAYON_NUM_THREADS", threads)
            .assert()
            .success();
        let files: Vec<Vec<u8>> = file_names(&out)
            .iter()
            .map(|name| fs::read(out.join(name)).unwrap())
            .collect();
        (run.get_output().stdout.clone(), files)
    };
    let search = [
        "--link",
        "erf",
        "--link",
        "tanh(2*x)",
        "--link",
        "relu",
        "--mu",
        "0.1:0.95:9",
    ];
    let first = outputs("1", "search", &search);
    for threads in ["1", "2", "7"] {
        let again = outputs(threads, "search", &search);
        assert!(first == again, "search differs on {threads} threads");
    }
    let solve = ["--link", "gelu", "--mu", "0.7"];
    let (shown, files) = outputs("1", "solve", &solve);
    for threads in ["1", "2"] {
        let (_, again) = outputs(threads, "solve", &solve);
        assert!(files == again, "solve differs on {threads} threads");
    }
    // The time it took is told, not stored.
    assert!(text(shown).contains("\"seconds\""));
    for file in &files {
        let file = String::from_utf8_lossy(file);
        assert!(!file.contains("seconds"));
    }
}

#[test]
fn links_lists_all_and_describes_one() {
    let list = json(&["links"]);
    let names: Vec<&str> = list["links"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| l["name"].as_str().unwrap())
        .collect();
    for name in [
        "linear",
        "erf",
        "relu",
        "sigmoid",
        "tanh",
        "softplus",
        "gelu",
        "silu",
        "cos",
        "sin",
        "sign",
        "heaviside",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    let human = text(stdout(&["links"]));
    assert!(names.iter().all(|name| human.contains(name)));
    let one = json(&["links", "he1 + 0.5*he3"]);
    let coefficient = |k: usize| one["hermite_coefficients"][k].as_f64().unwrap();
    assert!((coefficient(1) - 1.0).abs() < 1e-14 && (coefficient(3) - 0.5).abs() < 1e-14);
    assert_eq!(one["information_exponent"], 1);
    assert_eq!(one["parity"], "odd");
    // E[(x + (x^3 - 3x)/2)^2] = 1 + 6/4; slope 1 + 3 (x^2 - 1)/2 squared: 1 + 9/2.
    close(number(&one, "norm"), 2.5, "norm");
    close(number(&one, "slope_power"), 5.5, "E[sigma'^2]");
    let relu = json(&["links", "relu"]);
    assert_eq!(relu["breaks"][0]["slope_jump"], 1.0);
    close(
        number(&relu, "mean"),
        1.0 / (2.0 * std::f64::consts::PI).sqrt(),
        "mean",
    );
    assert_eq!(json(&["links", "square(he3)"])["parity"], "even");
    assert_eq!(json(&["links", "he4"])["information_exponent"], 4);
}

#[test]
fn links_draws_a_picture() {
    let folder = TempDir::new().unwrap();
    let out = folder.path().to_str().unwrap();
    stdout(&["links", "max(-1, min(1, x))", "--out", out]);
    assert_eq!(
        file_names(folder.path()),
        ["link.csv", "link.json", "link.png", "link.svg"]
    );
}

#[test]
fn every_command_has_help_that_describes_its_options() {
    let commands = crate::running::commands();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = text(stdout(&[&command, "--help"]));
        let lines: Vec<&str> = help.lines().collect();
        assert!(help.contains(&format!("Usage: lorode {command}")), "{help}");
        assert!(
            lines.iter().all(|line| line.chars().count() <= 100),
            "{help}"
        );
        // Options stand up to six columns to the right; what is said of them ten, or behind them.
        let is_option =
            |line: &str| line.trim_start().starts_with('-') && !line.starts_with("        ");
        for (option, about) in lines.iter().zip(&lines[1..]) {
            let below = about.starts_with("          ") && about.trim_start() != "";
            let described = below || option.trim_start().contains("  ");
            assert!(described || !is_option(option), "{command}: {option}");
        }
        assert!(help.contains("-h, --help"), "{help}");
    }
    assert!(text(stdout(&["--version"])).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn completions_and_manual_know_every_command() {
    let help = text(stdout(&["--help"]));
    let commands = help
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1);
    let commands: Vec<&str> = commands
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(commands.len() > 12, "{commands:?}");
    let manual = text(stdout(&["man"]));
    for shell in ["bash", "zsh", "fish"] {
        let script = text(stdout(&["completions", shell]));
        for command in &commands {
            assert!(script.contains(command), "{shell}: {command}");
        }
        // Words of their own where any text may stand: of styles, formats and links.
        for word in ["alignment0", "aps-column", "parquet", "leaky-relu", "he3"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
    }
    for command in commands.iter().filter(|command| **command != "help") {
        assert!(manual.contains(&format!("lorode\\-{command}")), "{command}");
        let page = text(stdout(&["man", command]));
        assert!(
            page.starts_with(".ie") && page.contains(".SH OPTIONS"),
            "{command}"
        );
    }
    let refused = lorode(&["man", "solv"]).assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("there is no command 'solv'"), "{said}");
}
