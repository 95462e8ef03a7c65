//! Problem files: the same as flags, overridden by flags, refused where they are wrong.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::all_options::keys;
use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

pub(super) struct Folder(TempDir);

impl Folder {
    pub(super) fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    pub(super) fn file(&self, text: &str) -> PathBuf {
        let path = self.0.path().join("problem.toml");
        fs::write(&path, text).unwrap();
        path
    }
}

pub(super) fn lorode(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lorode"));
    command.args(args);
    command
}

pub(super) fn json(args: &[&str]) -> Value {
    let run = lorode(args).args(["--format", "json"]).assert().success();
    serde_json::from_slice(&run.get_output().stdout).unwrap()
}

/// A run of `command` on a file with this text and flags.
fn run_file(command: &str, text: &str, flags: &[&str]) -> Value {
    let folder = Folder::new();
    let file = folder.file(text);
    json(&[&[command, file.to_str().unwrap()], flags].concat())
}

/// The line on standard error of a file that is refused.
fn refusal(text: &str) -> String {
    let folder = Folder::new();
    let file = folder.file(text);
    refusal_of(&["check", file.to_str().unwrap()])
}

fn refusal_of(args: &[&str]) -> String {
    let run = lorode(args).assert().code(2);
    let output = run.get_output();
    assert!(output.stdout.is_empty());
    let said = String::from_utf8(output.stderr.clone()).unwrap();
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(!said.contains("panicked"), "{said}");
    said
}

/// Every option with flags that set it and the same in a file, valid together with
/// `link = "erf"` and `mu = 0.5`.
const SAME: [(&[&str], &str); 16] = [
    (&["--angle", "20"], "angle = 20"),
    (&["--mixture"], "mixture = true"),
    (&["--adapter", "free"], "adapter = \"free\""),
    (
        &["--dynamics", "map", "--lr", "0.05", "--batch", "400"],
        "dynamics = \"map\"\nlr = 0.05\nbatch = 400",
    ),
    (&["--noise", "0.25"], "noise = 0.25"),
    (&["--dim", "5000"], "dim = 5e3"),
    (
        &["--lr", "0.01", "--batch", "50"],
        "eta = 1e-2\nbatch = 50.0",
    ),
    (&["--nu", "0.5"], "nu = 0.5"),
    (&["--chi", "4"], "chi = 4"),
    (&["--decay", "0.001"], "decay = 0.001"),
    (&["--u0", "-1e-3"], "u0 = -0.001"),
    (
        &["--alignment0", "-0.02", "--s0", "-0.01"],
        "alignment0 = -0.02\ns0 = -0.01",
    ),
    (&["--threshold", "0.25"], "threshold = 0.25"),
    (
        &["--t-max", "50", "--loss-tolerance", "1e-3"],
        "t-max = 50\nloss-tolerance = 0.001",
    ),
    (
        &["--t-max", "60", "--loss-tolerance", "1e-4"],
        "t_max = 60\nloss_tolerance = 1e-4",
    ),
    (
        &["--time", "steps", "--lr", "0.1", "--hermite-time"],
        "time = \"steps\"\nlr = 0.1\nhermite-time = true",
    ),
];

#[test]
fn a_file_says_the_same_as_flags() {
    let mut kinds = BTreeSet::new();
    for (flags, text) in SAME {
        let from_flags = json(&[&["search", "--link", "erf", "--mu", "0.5"], flags].concat());
        let text = format!("link = \"erf\"\nmu = 0.5\n{text}\n");
        let from_file = run_file("search", &text, &[]);
        assert_eq!(from_flags, from_file, "{text}");
        // Each changes the outcome of the run, or its parameters at the least.
        kinds.insert(from_file["curves"].to_string());
    }
    // The two spellings of t-max and loss-tolerance do the same.
    assert_eq!(kinds.len(), SAME.len() - 1, "every option does something");
}

#[test]
fn solve_reads_the_same_file() {
    let text = "teacher = \"sign\"\nstudent = \"erf\"\nrho = 0.3\nkappa = 0.5\nt-max = 20\n";
    let mut from_file = run_file("solve", text, &["--points", "10"]);
    let mut from_flags = json(&[
        "solve",
        "--teacher",
        "sign",
        "--student",
        "erf",
        "--rho",
        "0.3",
        "--kappa",
        "0.5",
        "--t-max",
        "20",
        "--points",
        "10",
    ]);
    for value in [&mut from_file, &mut from_flags] {
        value["solver"]["seconds"] = Value::Null;
    }
    assert_eq!(from_file, from_flags);
}

fn mus(json: &Value) -> Vec<f64> {
    let points = json["curves"][0]["points"].as_array().unwrap();
    points.iter().map(|p| p["mu"].as_f64().unwrap()).collect()
}

#[test]
fn a_grid_is_a_number_an_array_or_a_text() {
    for (grid, flag) in [
        ("0.5", "0.5"),
        ("1", "1"),
        ("[0.2, 0.5]", "0.2,0.5"),
        ("\"0.2,0.5\"", "0.2,0.5"),
        ("\"gap:0.5:0.99:4\"", "gap:0.5:0.99:4"),
    ] {
        let from_file = run_file("search", &format!("link = 'linear'\nmu = {grid}\n"), &[]);
        let from_flag = json(&["search", "--link", "linear", "--mu", flag]);
        assert_eq!(mus(&from_file), mus(&from_flag), "{grid}");
    }
}

#[test]
fn flags_override_the_file() {
    let text = "link = \"erf\"\nmu = \"0.1:0.9:9\"\nnoise = 0.1\nthreshold = 0.3\ndim = 100\n";
    let json = run_file(
        "search",
        text,
        &["--mu", "0.5", "--noise", "0", "--threshold", "0.6"],
    );
    assert_eq!(mus(&json), [0.5]);
    assert_eq!(json["parameters"]["noise"], 0.0);
    assert_eq!(json["parameters"]["threshold"], 0.6);
    assert_eq!(json["parameters"]["dim"], 100.0, "what no flag names stays");
}

#[test]
fn link_flags_replace_all_links_of_the_file() {
    let links = |json: &Value| -> Vec<(String, String)> {
        let curves = json["curves"].as_array().unwrap();
        let word = |c: &Value, key: &str| c[key].as_str().unwrap().to_owned();
        curves
            .iter()
            .map(|c| (word(c, "teacher"), word(c, "student")))
            .collect()
    };
    let pair = |t: &str, s: &str| (t.to_owned(), s.to_owned());
    let apart = "teacher = [\"sign\", \"he3\"]\nstudent = [\"tanh\", \"tanh\"]\nmu = 0.5\n";
    let alike = "link = [\"erf\", \"relu\"]\nmu = 0.5\n";
    assert_eq!(
        links(&run_file("search", apart, &[])),
        [pair("sign", "tanh"), pair("he3", "tanh")]
    );
    assert_eq!(
        links(&run_file("search", apart, &["--link", "linear"])),
        [pair("linear", "linear")]
    );
    let flags = ["--teacher", "he2", "--student", "relu"];
    assert_eq!(
        links(&run_file("search", alike, &flags)),
        [pair("he2", "relu")]
    );
    assert_eq!(
        links(&run_file("search", alike, &["--link", "linear"])),
        [pair("linear", "linear")]
    );
}

/// Switches of a file can only be turned off in the file; a flag for something that excludes
/// them is a conflict, said as one.
#[test]
fn a_flag_that_contradicts_the_file_is_told() {
    let folder = Folder::new();
    let file = folder.file("link = \"erf\"\nmu = 0.5\nmixture = true\n");
    let said = refusal_of(&["search", file.to_str().unwrap(), "--angle", "20"]);
    assert!(said.contains("angle") && said.contains("mixture"), "{said}");
}

#[test]
fn an_unknown_key_is_refused_with_file_line_names_and_the_nearest() {
    for (line, nearest) in [
        ("angel = 3.0", "angle"),
        ("tmax = 3.0", "t-max"),
        ("Dim = 100", "dim"),
        ("treshold = 0.4", "threshold"),
        ("alignement0 = 0.4", "alignment0"),
        ("links = \"erf\"", "link"),
        ("\"μ\" = 0.4", "mu"),
    ] {
        let said = refusal(&format!(
            "# a comment\nlink = \"erf\"\n\n{line}\nmu = 0.5\n"
        ));
        assert!(said.contains("problem.toml:4:"), "{said}");
        let key = line.split(' ').next().unwrap().trim_matches('"');
        assert!(said.contains(&format!("'{key}'")), "{said}");
        if key.is_ascii() {
            assert!(said.contains(&format!("'{nearest}'")), "{said}");
        }
        for name in keys() {
            assert!(
                said.contains(&name),
                "{name} is not among the allowed: {said}"
            );
        }
    }
}

#[test]
fn a_wrong_value_is_refused_with_file_and_line() {
    for (line, word) in [
        ("mu = \"0.1:0.9\"", "0.1:0.9"),
        ("mu = []", "empty"),
        ("mu = [0.1, nan]", "NaN"),
        ("mu = \"0.1:0.9:1e9\"", "1e9"),
        ("mu = true", "true"),
        ("noise = \"much\"", "much"),
        ("adapter = \"lora\"", "spherical"),
        ("dynamics = \"ode\"", "flow"),
        ("time = \"seconds\"", "samples"),
        ("mixture = 1", "1"),
        ("link = 3", "text"),
        ("link = [\"erf\", 3]", "text"),
        ("link = []", "link: the list is empty"),
        ("teacher = []", "teacher: the list is empty"),
        ("student = [ ]", "student: the list is empty"),
        ("mu = []", "mu"),
        ("mu = \"\"", "mu"),
        ("noise = []", "noise: "),
        ("dim = ", "line"),
        ("mu 0.5", "expected `=`"),
        ("noise = 0.1\nnoise = 0.2", "duplicate key"),
    ] {
        let said = refusal(&format!("# a problem\n\n{line}\n"));
        let place = if line.contains('\n') { ":4:" } else { ":3:" };
        assert!(
            said.contains(&format!("problem.toml{place}")),
            "{line}: {said}"
        );
        if word != "line" {
            assert!(said.contains(word), "{line}: {said}");
        }
    }
}

/// What is wrong in itself, not as TOML, is refused with the file it came from.
#[test]
fn values_out_of_range_are_refused_with_their_name() {
    for (line, word) in [
        ("mu = -0.1", "mu"),
        ("mu = 0.5\nthreshold = 1", "threshold"),
        ("mu = 0.5\nthreshold = nan", "threshold"),
        ("mu = 0.5\ndim = 1", "dim"),
        ("mu = 0.5\nlr = 0", "lr"),
        ("mu = 0.5\nnoise = inf", "noise"),
        ("mu = 0.5\nrho = 0.5\nkappa = 0.5", "rho"),
        ("angle = 20", "mu"),
    ] {
        let said = refusal(&format!("link = \"erf\"\n{line}\n"));
        assert!(said.contains(word), "{line}: {said}");
    }
    let said = refusal("link = \"erfx\"\nmu = 0.5\n");
    assert!(said.contains("erfx") && said.contains("erf"), "{said}");
    let said = refusal("link = \"erf\"\nteacher = \"erf\"\nstudent = \"erf\"\nmu = 0.5\n");
    assert!(said.contains("link") && said.contains("teacher"), "{said}");
}

#[test]
fn an_empty_file_is_the_main_job() {
    let folder = Folder::new();
    let file = folder.file("# nothing\n");
    let run = lorode(&["check", file.to_str().unwrap()])
        .assert()
        .success();
    let said = String::from_utf8(run.get_output().stdout.clone()).unwrap();
    for link in ["linear", "erf", "relu", "sigmoid", "he2", "he3", "he5"] {
        assert!(said.contains(link), "{link}: {said}");
    }
    assert!(
        said.contains("0.005") && said.contains("0.995"),
        "the strengths of the main job: {said}"
    );
}

/// A byte order mark and Windows line ends are no error, and do not move the line numbers.
#[test]
fn files_from_other_systems_are_read() {
    let json = run_file("search", "link = \"erf\"\r\nmu = 0.5\r\n", &[]);
    assert_eq!(mus(&json), [0.5]);
    let said = refusal("link = \"erf\"\r\n\r\nangel = 0.5\r\n");
    assert!(said.contains(":3:"), "{said}");
    let json = run_file("search", "\u{feff}link = \"erf\"\nmu = 0.5\n", &[]);
    assert_eq!(mus(&json), [0.5]);
}

/// Units of time included.
#[test]
fn check_refuses_what_search_refuses() {
    for lines in ["time = \"steps\"", "time = \"samples\"\nlr = 0.1"] {
        let text = format!("link = \"erf\"\nmu = 0.5\n{lines}\n");
        let folder = Folder::new();
        let file = folder.file(&text);
        let searched = refusal_of(&["search", file.to_str().unwrap()]);
        assert_eq!(refusal(&text), searched);
    }
}
