//! What `lorode compare --data` promises: measured runs are judged as simulated ones are.

use std::fs;
use std::path::Path;

use crate::running::lorode;
use serde_json::{Value, json};

fn runs(folder: &Path, line: &str) -> Vec<u8> {
    let output = lorode(line).current_dir(folder).output().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}\n{complaint}");
    output.stdout
}

fn answer(folder: &Path, line: &str) -> Value {
    serde_json::from_slice(&runs(folder, &format!("{line} --format json"))).unwrap()
}

const PROBLEM: &str = "--link erf --mu 0.5 --dim 200 --batch 50 --lr 0.2";

/// Seeds that were simulated here, handed in as if somebody else had.
#[test]
fn measured_runs_are_judged_as_simulated_ones_are() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (starts, simulated) in [("fixed", " --alignment0 0.1"), ("random", "")] {
        let problem = format!(
            "{PROBLEM} --starts {starts}{}",
            if starts == "fixed" { simulated } else { "" }
        );
        let sgd = "--steps 400 --seeds 8 --records 40";
        let own = answer(folder, &format!("compare {problem} {sgd}"));
        runs(
            folder,
            &format!(
                "simulate {PROBLEM}{simulated} {sgd} --per-seed --save csv,npz --out {starts}"
            ),
        );
        for ending in ["csv", "npz"] {
            let data = format!("{starts}/simulate-seeds.{ending}");
            let held = answer(folder, &format!("compare {problem} --data {data}"));
            for key in [
                "deviation",
                "deviation_from_map",
                "verdict",
                "follows",
                "records",
                "seeds_counted",
            ] {
                assert_eq!(held[key], own[key], "{starts} {ending}: {key}");
            }
            assert_eq!(held["parameters"]["data"], data);
            assert_eq!(held["parameters"]["seeds"], Value::Null);
        }
    }
}

#[test]
fn units_of_time_agree_and_numbers_may_be_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sgd = "--alignment0 0.1 --steps 300 --seeds 4 --every 50 --per-seed --format csv";
    let csv = runs(folder, &format!("simulate {PROBLEM} {sgd}"));
    let mut reader = csv::Reader::from_reader(&csv[..]);
    let names = reader.headers().unwrap().clone();
    let place = |name: &str| names.iter().position(|one| one == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let number = |row: &csv::StringRecord, name: &str| row[place(name)].parse::<f64>().unwrap();
    // The batch is 50 and the step size 0.2.
    let of = |unit: &str, factor: f64| -> Vec<Value> {
        let row = |row: &csv::StringRecord| json!({"seed": number(row, "seed"), unit: factor * number(row, "step"), "loss": number(row, "loss"), "m": number(row, "m")});
        rows.iter().map(row).collect()
    };
    let mut answers = Vec::new();
    for (unit, factor) in [("step", 1.0), ("t", 0.2), ("samples", 50.0)] {
        fs::write(
            folder.join("mine.json"),
            json!(of(unit, factor)).to_string(),
        )
        .unwrap();
        let held = answer(
            folder,
            &format!("compare {PROBLEM} --alignment0 0.1 --data mine.json"),
        );
        let compared: Vec<&String> = held["deviation"].as_object().unwrap().keys().collect();
        assert_eq!(compared, ["m", "loss"], "{held}");
        answers.push(held["records"]["step"].clone());
        assert_eq!(held["follows"], true);
    }
    assert!(
        answers
            .iter()
            .all(|steps| *steps == json!([0, 50, 100, 150, 200, 250, 300])),
        "{answers:?}"
    );
    // Another theory is found out.
    let held = answer(
        folder,
        &format!("compare {PROBLEM} --alignment0 0.1 --angle 60 --data mine.json"),
    );
    assert_eq!(held["follows"], false, "{}", held["verdict"]);
    runs(
        folder,
        &format!("compare {PROBLEM} --alignment0 0.1 --data mine.json --out drawn"),
    );
    for ending in ["svg", "png", "csv", "json"] {
        assert!(folder.join(format!("drawn/compare.{ending}")).exists());
    }
}

#[test]
fn what_cannot_be_compared_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let seeds = |header: &str, row: &str| {
        let rows: String = (0..4)
            .map(|seed| row.replace('S', &seed.to_string()))
            .collect();
        format!("{header}\n{rows}")
    };
    for (text, said) in [
        (
            seeds("seed,loss", "S,1\n"),
            "it has no column that says when: step (a step of SGD), or t",
        ),
        (
            seeds("seed,time,loss", "S,0,1\n"),
            "its column 'time' does not say its unit: call it step",
        ),
        (
            seeds("seed,step,loss", "S,0,1\nS,9,1\nS,3,1\n"),
            "step goes back in row 3: 3 follows 9 (seed 0)",
        ),
        (
            seeds("seed,step,t,loss", "S,0,0,1\nS,10,99,1\n"),
            "its columns step and t contradict each other in row 2: step = 10 is t = ",
        ),
        (
            seeds("seed,step,cost", "S,0,1\n"),
            "it has none of the columns u, alignment, s, m, q, loss",
        ),
        (
            seeds("seed,step,loss", "S,0,1\nS,1,\n"),
            "its column 'loss' has no number in row 2",
        ),
        (
            seeds("seed,step,loss", "S,0,x\n"),
            "its column 'loss' holds no numbers",
        ),
        (
            seeds("seed,step,loss", "S,-1,1\n"),
            "step = -1 in row 1 is not allowed",
        ),
        (
            seeds("seed,step,loss", "S,0,1\n") + "3,1,1\n",
            "seed 3 is not recorded at the same step as seed 0",
        ),
        (
            "step,loss\n0,1\n1,1\n".into(),
            "1 seed cannot tell chance from a wrong theory",
        ),
        ("seed,step,loss\n0,1\n".into(), "cannot be read"),
    ] {
        fs::write(folder.join("mine.csv"), &text).unwrap();
        let line = format!("compare {PROBLEM} --data mine.csv");
        let output = lorode(&line).current_dir(folder).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(
            complaint.contains("data 'mine.csv'") && complaint.contains(said),
            "{text}: {complaint}"
        );
    }
    fs::write(folder.join("mine.csv"), seeds("seed,step,loss", "S,0,1\n")).unwrap();
    for (line, said) in [
        (
            format!("compare {PROBLEM} --data mine.csv --seeds 4"),
            "--seeds",
        ),
        (
            format!("compare {PROBLEM} --data mine.txt"),
            "give a file that ends in .csv, .json or .npz",
        ),
        (
            "compare --link erf --mu 0.5 --data mine.csv".into(),
            "lr is needed",
        ),
    ] {
        let output = lorode(&line).current_dir(folder).output().unwrap();
        let complaint = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(said), "{line}: {complaint}");
    }
}
