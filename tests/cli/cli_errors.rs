//! Bad input: one line that names the argument, exit 2. Failures: one line, exit 1. Never a panic.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

struct Said {
    code: i32,
    stdout: String,
    stderr: String,
}

fn lorode(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command.args(args).stdin(Stdio::null());
    command
}

fn said(command: &mut Command) -> Said {
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
fn refused(args: &[&str], words: &[&str]) {
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

fn search_refused(args: &[&str], words: &[&str]) {
    let base = ["search", "--link", "erf", "--format", "json"];
    refused(&[&base[..], args].concat(), words);
}

#[test]
fn strengths() {
    search_refused(&["--mu", "-0.5"], &["mu = -0.5", ">= 0"]);
    search_refused(&["--mu", "-0.1:0.5:3"], &["mu = -0.1"]);
    search_refused(&["--mu", "0.5,-0.5"], &["mu = -0.5"]);
    search_refused(&["--angle", "20"], &["mu", "angle"]);
    search_refused(&["--mixture"], &["mu", "mixture"]);
    search_refused(
        &["--mu", "0.5", "--angle", "-1"],
        &["angle = -1", "[0, 180]"],
    );
    search_refused(&["--mu", "0.5", "--angle", "181"], &["angle = 181"]);
    search_refused(&["--mu", "1.5", "--mixture"], &["mu = 1.5", "mixture"]);
    search_refused(
        &["--mu", "0.5", "--mixture", "--angle", "3"],
        &["angle", "mixture"],
    );
    search_refused(&["--rho", "0.5"], &["kappa"]);
    search_refused(&["--kappa", "0.5"], &["rho"]);
    search_refused(
        &["--rho", "0.5", "--kappa", "0.2"],
        &["kappa = 0.2", "rho^2"],
    );
    search_refused(
        &["--rho", "0.5", "--kappa", "0.3", "--mu", "0.5"],
        &["rho", "mu"],
    );
    search_refused(
        &["--rho", "0.5", "--kappa", "0.3", "--angle", "5"],
        &["rho", "angle"],
    );
    search_refused(&["--mu", "0.5", "--adapter", "scratch"], &["scratch", "mu"]);
}

#[test]
fn grids() {
    search_refused(&["--mu", ""], &["--mu", "empty"]);
    search_refused(&["--mu", " "], &["--mu", "empty"]);
    search_refused(&["--mu", ","], &["--mu", "not a finite number"]);
    search_refused(&["--mu", "0.1,,0.3"], &["--mu", "0.1,,0.3"]);
    for count in [
        "0",
        "1e9",
        "-3",
        "2.5",
        "many",
        "99999999999999999999",
        "nan",
        "inf",
    ] {
        let grid = format!("0.1:0.9:{count}");
        search_refused(&["--mu", &grid], &["--mu", "count", count]);
    }
    for grid in [
        "0.1:0.9",
        "0.1:0.9:3:4",
        "log:0.1:0.9",
        "gap:0.1",
        ":",
        "::",
    ] {
        search_refused(&["--mu", grid], &["--mu", &format!("'{grid}'")]);
    }
    search_refused(&["--mu", "lin:0.1:0.9:3"], &["--mu", "lin"]);
    search_refused(
        &["--mu", "0.9:0.1:3"],
        &["--mu", "start must be below stop"],
    );
    search_refused(
        &["--mu", "0.5:0.5:3"],
        &["--mu", "start must be below stop"],
    );
    search_refused(&["--mu", "log:0:0.9:3"], &["--mu", "above 0"]);
    search_refused(&["--mu", "gap:0.1:1:3"], &["--mu", "below 1"]);
    for bad in ["nan", "inf", "-inf", "1e999", "0,5;0,6", "½", "0x10"] {
        search_refused(&["--mu", bad], &["--mu", "finite number"]);
    }
    refused(
        &["solve", "--link", "erf", "--mu", "0.1,0.2"],
        &["mu", "search"],
    );
}

#[test]
fn numbers_that_are_none() {
    for flag in [
        "angle",
        "noise",
        "dim",
        "batch",
        "lr",
        "nu",
        "chi",
        "decay",
        "u0",
        "alignment0",
        "s0",
        "threshold",
        "t-max",
        "loss-tolerance",
        "rtol",
        "atol",
    ] {
        for bad in ["nan", "inf", "-inf"] {
            let option = format!("--{flag}");
            let name = format!("{flag} = ");
            search_refused(&["--mu", "0.5", &option, bad], &[&name, "not allowed"]);
        }
        let option = format!("--{flag}");
        search_refused(&["--mu", "0.5", &option, "much"], &[&option, "much"]);
        search_refused(&["--mu", "0.5", &option], &[&option]);
    }
    search_refused(&["--rho", "nan", "--kappa", "1"], &["rho = NaN"]);
    search_refused(&["--rho", "0.1", "--kappa", "nan"], &["kappa = NaN"]);
    search_refused(&["--rho", "0.1", "--kappa", "inf"], &["kappa = inf"]);
}

#[test]
fn numbers_out_of_range() {
    for (flag, values) in [
        ("threshold", &["1", "1.5", "0", "-0.5"][..]),
        ("dim", &["1", "0", "-5", "10.5"]),
        ("batch", &["0", "0.5", "-1"]),
        ("lr", &["0", "-0.1"]),
        ("nu", &["-0.5"]),
        ("noise", &["-0.1"]),
        ("chi", &["0", "-1"]),
        ("decay", &["-0.1"]),
        ("alignment0", &["1.01", "-2"]),
        ("t-max", &["0", "-1"]),
        ("loss-tolerance", &["0", "1", "-0.1"]),
        ("rtol", &["0", "-1", "1"]),
        ("atol", &["0", "-1", "1"]),
        ("max-steps", &["0"]),
    ] {
        for value in values {
            let option = format!("--{flag}");
            let named = format!("{flag} = {value}");
            search_refused(&["--mu", "0.5", &option, value], &[&named]);
        }
    }
    search_refused(&["--mu", "0.5", "--max-steps", "1e6"], &["--max-steps"]);
    let solve = ["solve", "--link", "erf", "--mu", "0.5", "--points"];
    for points in ["0", "3", "1e4", "10000001"] {
        refused(&[&solve[..], &[points]].concat(), &["--points"]);
    }
}

/// A negative count is a wrong value of its option, not a stray argument.
#[test]
fn negative_counts() {
    search_refused(&["--mu", "0.5", "--max-steps", "-1"], &["max-steps"]);
    refused(
        &["solve", "--link", "erf", "--mu", "0.5", "--points", "-1"],
        &["points"],
    );
}

#[test]
fn options_that_contradict_each_other_or_mean_nothing() {
    search_refused(
        &["--mu", "0.5", "--nu", "1", "--lr", "0.1", "--batch", "10"],
        &["nu", "lr", "batch"],
    );
    search_refused(
        &["--mu", "0.5", "--alignment0", "0.1", "--s0", "0.5"],
        &["s0 = 0.5", "0.05"],
    );
    search_refused(
        &[
            "--mu",
            "0.5",
            "--angle",
            "30",
            "--alignment0",
            "0.9",
            "--s0",
            "-0.5",
        ],
        &["s0 = -0.5"],
    );
    for (adapter, flag) in [
        ("full", "--chi"),
        ("full", "--u0"),
        ("full", "--s0"),
        ("full", "--alignment0"),
    ] {
        search_refused(
            &["--mu", "0.5", "--adapter", adapter, flag, "0.5"],
            &[flag.trim_start_matches('-'), "full"],
        );
    }
    search_refused(
        &["--adapter", "scratch", "--decay", "0.1"],
        &["decay", "scratch"],
    );
    search_refused(&["--mu", "0.5", "--dynamics", "map"], &["lr"]);
    search_refused(
        &["--mu", "0.5", "--dynamics", "map", "--lr", "0.1"],
        &["batch"],
    );
    let map = [
        "--mu",
        "0.5",
        "--dynamics",
        "map",
        "--lr",
        "0.1",
        "--batch",
        "10",
    ];
    search_refused(
        &[&map[..], &["--adapter", "free"]].concat(),
        &["map", "adapter"],
    );
    search_refused(&[&map[..], &["--chi", "2"]].concat(), &["chi", "map"]);
    search_refused(&[&map[..], &["--decay", "1"]].concat(), &["decay", "map"]);
    search_refused(&["--mu", "0.5", "--time", "steps"], &["lr", "steps"]);
    search_refused(
        &["--mu", "0.5", "--time", "samples", "--lr", "0.1"],
        &["batch", "samples"],
    );
}

#[test]
fn words_that_are_none_of_the_choices() {
    search_refused(
        &["--mu", "0.5", "--adapter", "lora"],
        &["--adapter", "spherical"],
    );
    search_refused(
        &["--mu", "0.5", "--dynamics", "ode"],
        &["--dynamics", "flow"],
    );
    search_refused(
        &["--mu", "0.5", "--method", "euler"],
        &["--method", "implicit"],
    );
    search_refused(&["--mu", "0.5", "--time", "s"], &["--time", "samples"]);
    refused(&["search", "--format", "xml"], &["--format", "csv"]);
    refused(&["search", "--mu", "0.5", "--nux", "1"], &["--nux", "--nu"]);
    refused(&["frobnicate"], &["frobnicate"]);
    refused(&["serch"], &["serch", "search"]);
    refused(&["search", "--mu", "0.5", "--mu", "0.6"], &["--mu"]);
    refused(&["search", "one.toml", "two.toml"], &["two.toml"]);
}

/// Nothing at all: the commands there are, by name.
#[test]
fn no_command() {
    refused(&[], &["search", "solve", "kernel", "links", "check"]);
}

#[test]
fn links() {
    for command in [
        &["search", "--mu", "0.5", "--link"][..],
        &["solve", "--mu", "0.5", "--link"],
        &["kernel", "--m", "0", "--q", "1", "--link"],
        &["links"],
    ] {
        let with = |link: &str, words: &[&str]| refused(&[command, &[link]].concat(), words);
        with("relux", &["relux", "did you mean 'relu'", "known names"]);
        with("", &["empty"]);
        with("   ", &["empty"]);
        with("he1 +", &["he1 +", "column 6"]);
        with("(x", &["column 3"]);
        with("x)", &["column 2"]);
        with("x y", &["column 3"]);
        with("max(x)", &["max"]);
        with("relu(x, 1)", &["relu"]);
        with("he31", &["he31", "he1 to he30"]);
        with("he0", &["he0"]);
        with("hé3", &["column"]);
        with("１＋x", &["column 1"]);
        with("1/x", &["1/x", "x = 0"]);
        with("log(x)", &["log(x)", "finite"]);
        with("sqrt(x)", &["sqrt(x)"]);
        with("exp(x^2)", &["exp(x^2)", "Gaussian averages do not exist"]);
        with("exp(exp(x))", &["Gaussian averages do not exist"]);
        with("1e400*x", &["1e400"]);
        with("x^1000", &["x^1000"]);
        with(&"(".repeat(400), &["column"]);
    }
}

/// A message quotes what it is about, not thousands of characters of it.
#[test]
fn very_long_links() {
    for link in ["tanh(".repeat(2000), format!("x{}", "+x".repeat(20_000))] {
        for command in [
            &["search", "--mu", "0.5", "--link"][..],
            &["solve", "--mu", "0.5", "--link"],
            &["kernel", "--m", "0", "--q", "1", "--link"],
            &["links"],
        ] {
            refused(&[command, &[&link]].concat(), &["characters", "1000"]);
        }
    }
}

#[test]
fn students() {
    for jump in ["sign", "heaviside", "sign(x-1)", "x + 0.1*heaviside(x)"] {
        for command in [
            &["search", "--mu", "0.5"][..],
            &["solve", "--mu", "0.5"],
            &["kernel", "--m", "0", "--q", "1"],
        ] {
            refused(
                &[command, &["--link", jump]].concat(),
                &["student", jump, "jumps"],
            );
        }
    }
    let pairs = ["--mu", "0.5", "--teacher", "erf", "--student", "erf"];
    search_refused(&pairs, &["link", "teacher"]);
    refused(&["search", "--teacher", "erf", "--mu", "0.5"], &["student"]);
    refused(&["search", "--student", "erf", "--mu", "0.5"], &["teacher"]);
    refused(
        &[
            "search",
            "--teacher",
            "erf",
            "--student",
            "erf",
            "--teacher",
            "relu",
        ],
        &["student"],
    );
    refused(&["solve", "--mu", "0.5"], &["--link"]);
    refused(
        &["solve", "--mu", "0.5", "--link", "erf", "--link", "relu"],
        &["one link"],
    );
    refused(&["solve", "--link", "erf"], &["mu"]);
}

#[test]
fn kernel_points() {
    let kernel = |args: &[&str], words: &[&str]| {
        refused(&[&["kernel", "--link", "erf"], args].concat(), words);
    };
    kernel(&["--m", "2", "--q", "1"], &["m = 2", "m^2 <= q"]);
    kernel(&["--m", "-1.0000001", "--q", "1"], &["m = -1.0000001"]);
    kernel(&["--m", "nan", "--q", "1"], &["m = NaN"]);
    kernel(&["--m", "inf", "--q", "1"], &["m = inf"]);
    for q in ["0", "-1", "nan", "inf"] {
        kernel(&["--m", "0", "--q", q], &["q = "]);
    }
    kernel(&["--m", "0", "--q", "1", "--noise", "-1"], &["noise = -1"]);
    kernel(
        &["--m", "0", "--q", "1", "--noise", "nan"],
        &["noise = NaN"],
    );
    kernel(&["--m", "0"], &["--q"]);
    kernel(&["--q", "1"], &["--m"]);
    kernel(
        &["--m", "0", "--q", "1", "--teacher", "erf"],
        &["--teacher"],
    );
    refused(&["kernel", "--m", "0", "--q", "1"], &["--link"]);
    refused(
        &["kernel", "--teacher", "erf", "--m", "0", "--q", "1"],
        &["--student"],
    );
}

#[test]
fn files_that_cannot_be_read() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for command in ["search", "solve", "check"] {
        let missing = path("no such file.toml");
        refused(&[command, &missing], &[&missing, "No such file"]);
        refused(&[command, folder.path().to_str().unwrap()], &["directory"]);
        let binary = path("binary.toml");
        fs::write(&binary, [0xff, 0xfe, 0x00, 0x80]).unwrap();
        refused(&[command, &binary], &[&binary, "UTF-8"]);
    }
    refused(&["check"], &["FILE"]);
}

#[test]
fn folders_that_cannot_be_written() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    for out in [file.to_str().unwrap(), "/proc/lorode", "/dev/null/x"] {
        for command in [
            &["search", "--link", "erf", "--mu", "0.5"][..],
            &["solve", "--link", "erf", "--mu", "0.5"],
            &["links", "erf"],
        ] {
            let words = [out, "not writable", "--out"];
            refused(&[command, &["--out", out]].concat(), &words);
        }
    }
    search_refused(&["--mu", "0.5", "--out", ""], &["--out"]);
    // Refused before a second of work is done, also by default.
    let occupied = folder.path().join("lorode-out");
    fs::write(&occupied, "").unwrap();
    let said = said(lorode(&["search"]).current_dir(folder.path()));
    assert_eq!(said.code, 2, "{}", said.stderr);
    assert!(said.stderr.contains("lorode-out"), "{}", said.stderr);
}

// ---------------------------------------------------------------- failures

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
    failed(&search, &["mu = 0.5", "1 of 1 points failed"]);
    let json: serde_json::Value = serde_json::from_str(&search.stdout).unwrap();
    let point = &json["curves"][0]["points"][0];
    assert!(point["tau"].is_f64() && point["exit_time"].is_null() && point["outcome"].is_null());
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
        for format in ["human", "json", "csv", "npz"] {
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
        for format in ["human", "json", "csv", "npz"] {
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
