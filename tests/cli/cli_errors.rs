//! Bad input: one line that names the argument, exit 2. Never a panic.

use std::fs;

use super::said::*;
use tempfile::TempDir;

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
