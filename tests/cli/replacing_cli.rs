//! What stands where a result is to be written: replaced with a word, refused, or left alone.

use std::fs;
use std::path::Path;

use crate::running::{fails, lorode};

/// A line of each command that writes files, and the same with another problem.
const COMMANDS: [(&str, &str); 8] = [
    ("solve --link erf --mu 0.5", "--mu 0.4"),
    ("search --link erf --mu 0.2:0.8:3", "--mu 0.2:0.9:3"),
    (
        "scaling --link erf --mu 0.5 --dims log:1e2:1e5:6",
        "--u0-exponent 0.5",
    ),
    ("optimum --link erf --goal learn", "--noise 0.1"),
    (
        "compare --link erf --mu 0.5 --lr 0.2 --batch 50 --seeds 4 --steps 40",
        "--batch 60",
    ),
    (
        "simulate --link erf --mu 0.5 --lr 0.2 --batch 50 --seeds 2 --steps 40 --per-seed",
        "--steps 50",
    ),
    (
        "phase --link erf --x mu=0.2:0.8:3 --value tau",
        "--value growth_rate",
    ),
    ("links erf", "relu"),
];

/// The line with the flags of `change` in the place of those it has.
fn changed(line: &str, change: &str) -> String {
    let flag = change.split(' ').next().unwrap();
    match line.split_once(&format!("{flag} ")) {
        Some((before, rest)) => {
            let rest = rest.split_once(' ').map_or("", |(_, rest)| rest);
            format!("{before}{change} {rest}")
        }
        None if flag.starts_with("--") => format!("{line} {change}"),
        None => line.replace("erf", change),
    }
}

fn run(line: &str, folder: &Path) -> String {
    let output = lorode(line).current_dir(folder).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{complaint}");
    String::from_utf8(output.stdout).unwrap()
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
    let file = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name, fs::read(entry.path()).unwrap())
    };
    let mut all: Vec<_> = entries.map(file).collect();
    all.sort();
    all
}

#[test]
fn in_the_default_folder_the_last_line_says_what_was_replaced() {
    for (line, change) in COMMANDS {
        let folder = tempfile::tempdir().unwrap();
        let first = run(line, folder.path());
        assert!(!first.contains("replaced"), "{first}");
        assert!(!run(line, folder.path()).contains("replaced"), "{line}");
        let other = changed(line, change);
        let said = run(&other, folder.path());
        let last = said.lines().last().unwrap();
        let command = line.split(' ').next().unwrap();
        assert!(
            last.starts_with(&format!("replaced the result of `lorode {command} ")),
            "{other}: {last}"
        );
        assert!(
            !last.contains(change) && last.contains("erf"),
            "{other}: {last}"
        );
        assert!(
            run(line, folder.path())
                .lines()
                .last()
                .unwrap()
                .contains(change)
        );
    }
}

#[test]
fn in_a_named_folder_another_problem_is_refused_before_anything_is_computed() {
    for (line, change) in COMMANDS {
        let folder = tempfile::tempdir().unwrap();
        let here = format!("--out {}", folder.path().display());
        run(&format!("{line} {here}"), folder.path());
        let before = files(folder.path());
        let other = changed(line, change);
        // Held before its first piece of work, it would never come to an end.
        let complaint = fails(&format!("LORODE_HOLD=1! {other} {here}"), 2);
        let key = change.split(' ').next().unwrap().trim_start_matches("--");
        for word in [".json'", " there: ", ", here: ", "--force"] {
            assert!(complaint.contains(word), "{other}: {complaint}");
        }
        assert!(
            key == "relu" || complaint.contains(&format!("({key} there: ")),
            "{complaint}"
        );
        assert!(files(folder.path()) == before, "{other}");
        let said = run(&format!("{other} {here} --force"), folder.path());
        assert!(
            said.lines()
                .last()
                .unwrap()
                .starts_with("replaced the result of"),
            "{said}"
        );
        assert!(files(folder.path()) != before, "{other}");
    }
}

#[test]
fn resolution_precision_and_unit_are_no_other_problem() {
    let folder = tempfile::tempdir().unwrap();
    let here = format!("--out {}", folder.path().display());
    let mut last = "solve --link erf --mu 0.5 --lr 0.1".to_owned();
    run(&format!("{last} {here}"), folder.path());
    for more in [
        "--points 40",
        "--time steps",
        "--rtol 1e-6",
        "--save npz,csv",
    ] {
        let line = format!("solve --link erf --mu 0.5 --lr 0.1 {more}");
        let said = run(&format!("{line} {here}"), folder.path());
        let told = said.contains(&format!("replaced the result of `lorode {last}`"));
        assert!(told, "{line}: {said}");
        last = line.replace(" --save npz,csv", "");
    }
    run(
        &format!("search --link erf --mu 0.1:0.9:3 {here}"),
        folder.path(),
    );
    run(
        &format!("search --link erf --mu 0.1:0.9:5 {here}"),
        folder.path(),
    );
}

#[test]
fn each_format_says_whose_result_it_is() {
    let line = "search --link he1+0.5*he3 --mu 0.2,0.5 --what tau";
    for format in ["csv", "json", "npz", "parquet", "svg", "png", "pdf"] {
        let folder = tempfile::tempdir().unwrap();
        let here = format!("--save {format} --out {}", folder.path().display());
        run(&format!("{line} {here}"), folder.path());
        let other = line.replace("0.5*he3", "0.4*he3");
        let complaint = fails(&format!("{other} --out {}", folder.path().display()), 2);
        let said = "(link there: 'he1+0.5*he3', here: 'he1+0.4*he3')";
        assert!(complaint.contains(said), "{format}: {complaint}");
        assert!(
            complaint.contains(&format!("search.{format}'")),
            "{complaint}"
        );
        assert!(run(&format!("{line} {here}"), folder.path()).contains("wrote"));
    }
    let folder = tempfile::tempdir().unwrap();
    // Its command takes two lines in a figure.
    let map = "phase --link erf --x mu=0.2:0.8:3 --y angle=0:20:2 --value tau --noise 0.125 --refine --dim 4321";
    for format in ["csv", "json", "npz", "parquet", "svg", "png", "pdf"] {
        let here = format!("--out {}", folder.path().join(format).display());
        run(&format!("{map} --save {format} {here}"), folder.path());
        let complaint = fails(&format!("{} {here}", map.replace("erf", "relu")), 2);
        assert!(
            complaint.contains("link there: erf, here: relu"),
            "{complaint}"
        );
    }
}

#[test]
fn files_of_somebody_else_are_never_touched() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("lorode-out");
    fs::create_dir(&out).unwrap();
    let line = "search --link erf --mu 0.5 --what tau";
    for (name, text) in [
        ("search.csv", "mu,tau\n0.5,1\n"),
        ("search.csv", "mu,command\n0.5,rm -r\n"),
        ("search.json", "{\"program\": \"other\"}"),
        ("search.json", "{"),
        ("search.svg", "<svg><text>lorode is fine</text></svg>"),
        ("search.png", ""),
        ("search-partial.csv", "mine"),
        ("search-seeds.csv", "mine"),
    ] {
        fs::write(out.join(name), text).unwrap();
        for more in ["", "--out lorode-out", "--out lorode-out --force"] {
            let output = lorode(&format!("{line} {more}"))
                .current_dir(folder.path())
                .output();
            let output = output.unwrap();
            let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(2), "{name} {more}: {complaint}");
            assert!(
                complaint.contains(&format!("lorode-out/{name}'")),
                "{complaint}"
            );
            assert!(complaint.contains("left alone"), "{complaint}");
            assert_eq!(fs::read_to_string(out.join(name)).unwrap(), text);
            assert_eq!(files(&out).len(), 1, "{name}");
        }
        fs::remove_file(out.join(name)).unwrap();
    }
    // Of a format that is not written it is nobody's business.
    fs::write(out.join("search.pdf"), "mine").unwrap();
    run(line, folder.path());
    assert_eq!(fs::read_to_string(out.join("search.pdf")).unwrap(), "mine");
}

#[test]
fn joined_parts_are_held_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let map = "phase --link erf --x mu=0.2:0.8:3 --value tau";
    run(
        &format!("{map} --shard 1/1 --out {}", at("parts")),
        folder.path(),
    );
    run(
        &format!("{} --out {}", map.replace("erf", "relu"), at("out")),
        folder.path(),
    );
    let complaint = fails(&format!("merge {} --out {}", at("parts"), at("out")), 2);
    assert!(
        complaint.contains("link there: relu, here: erf"),
        "{complaint}"
    );
    let forced = run(
        &format!("merge {} --out {} --force", at("parts"), at("out")),
        folder.path(),
    );
    assert!(
        forced.contains("replaced the result of `lorode phase --link relu"),
        "{forced}"
    );
    assert!(fails("search --link erf --force", 2).contains("--out"));
}

#[test]
fn what_is_replaced_is_said_where_standard_output_is_data_too() {
    let folder = tempfile::tempdir().unwrap();
    for (line, other) in [
        (
            "search --link erf --mu 0.5 --what tau",
            "search --link relu --mu 0.5 --what tau",
        ),
        (
            "phase --link erf --x mu=0.2:0.8:3 --value tau",
            "phase --link relu --x mu=0.2:0.8:3 --value tau",
        ),
    ] {
        run(&format!("{line} --out x --save json"), folder.path());
        let here = format!("{other} --out x --save json --force --format json");
        let output = lorode(&here).current_dir(folder.path()).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{said}");
        assert!(
            said.contains("lorode: replaced the result of `lorode "),
            "{said}"
        );
        let printed: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(printed["command"].as_str().unwrap().contains("relu"));
    }
}
