//! What one can ask for beside the usual: letters with values, given times, the search phase alone.

use crate::running::{fails, json, lorode, numbers};

#[test]
fn a_letter_with_a_value_is_the_number() {
    for (command, letters, plain) in [
        (
            "search --mu 0.2,0.7",
            "--link c*he1+he3 --set c=0.5",
            "--link (0.5)*he1+he3",
        ),
        (
            "solve --mu 0.4",
            "--teacher a*erf --student tanh(b*x) --set a=1.5 --set b=-0.5",
            "--teacher (1.5)*erf --student tanh((-0.5)*x)",
        ),
        (
            "phase --x mu=0.1:0.5:3 --y c=1,2 --value tau",
            "--link c*he1+a*he3 --set a=2",
            "--link c*he1+(2.0)*he3",
        ),
    ] {
        let run = |links: &str| {
            let mut made = json(&format!("{command} {links} --format json"));
            let made = made.as_object_mut().unwrap();
            // How it was asked for differs, and how long it took.
            for key in ["command", "parameters", "given", "solver"] {
                made.remove(key);
            }
            made.clone()
        };
        assert_eq!(run(letters), run(plain), "{letters}");
    }
}

#[test]
fn a_letter_that_means_nothing_is_refused() {
    for set in ["c=1", "d", "d=nan", "d=1e400"] {
        let said = fails(&format!("solve --link d*erf --mu 0.5 --set {set}"), 2);
        assert!(
            said.contains("write a letter that stands in a link"),
            "{said}"
        );
    }
}

#[test]
fn a_trajectory_lands_on_the_times_asked_for() {
    let at = |times: &str, more: &str| {
        json(&format!(
            "solve --link erf --mu 0.5 --times {times} {more} --format json"
        ))
    };
    let run = at("150,0,50,200,50", "");
    let t = numbers(&run["trajectory"]["t"]);
    assert_eq!(t, [0.0, 50.0, 150.0, 200.0]);
    // The same states, whatever the other times and the unit.
    let alone = at("150", "");
    let both = [&run["trajectory"]["m"][2], &alone["trajectory"]["m"][0]];
    let [one, other] = both.map(|m| m.as_f64().unwrap());
    assert!((one - other).abs() < 1e-8 * one, "{one} {other}");
    let steps = at("1500", "--time steps --lr 0.1");
    let m = steps["trajectory"]["m"][0].as_f64().unwrap();
    assert_eq!(numbers(&steps["trajectory"]["t"]), [1500.0]);
    assert!((one - m).abs() < 1e-8 * one, "{one} {m}");
    let said = fails("solve --link erf --mu 0.5 --times -1,2", 2);
    assert!(said.contains("times = -1 is not allowed"), "{said}");
}

#[test]
fn the_search_phase_alone_is_that_of_the_whole_search() {
    let points = |more: &str| {
        let run = json(&format!(
            "search --link he3 --mu 0.2:0.9:5 {more} --format json"
        ));
        run["curves"][0]["points"].as_array().unwrap().clone()
    };
    let (whole, alone) = (points(""), points("--what tau"));
    for (whole, alone) in whole.iter().zip(&alone) {
        for key in [
            "tau",
            "gradient_norm",
            "curvature",
            "growth_rate",
            "exit_linear",
        ] {
            assert_eq!(whole[key], alone[key], "{key}");
        }
        assert!(alone["exit_time"].is_null() && alone["outcome"].is_null());
        assert!(!whole["outcome"].is_null());
    }
    assert_eq!(points("--what tau,exit_time"), whole);
    fails("search --link he3 --what mu", 2);
}

/// Runs that end at their exits: the exit times are those of whole runs, whose steps also follow the loss.
#[test]
fn exits_alone_are_those_of_whole_runs() {
    let points = |problem: &str, more: &str| {
        let run = json(&format!("search {problem} {more} --format json"));
        run["curves"][0]["points"].as_array().unwrap().clone()
    };
    for problem in [
        "--link erf --mu 0.1:0.9:5 --angle 20",
        "--link erf --units 2 --teacher-units 2 --mu 0.2,0.6",
    ] {
        let (whole, alone) = (points(problem, ""), points(problem, "--what exit"));
        assert_eq!(whole.len(), alone.len());
        assert!(alone.iter().any(|point| point["exit_time"].is_number()));
        let has_law = whole.iter().any(|point| point["exit_median"].is_number());
        assert_eq!(has_law, !problem.contains("units"));
        for (whole, alone) in whole.iter().zip(&alone) {
            assert!(whole["tau"].is_number());
            assert_eq!(whole["tau"], alone["tau"]);
            // None where a run learns without having reached the threshold.
            let [exit, same] = [whole, alone].map(|point| point["exit_time"].as_f64());
            assert_eq!(exit.is_some(), same.is_some(), "{problem}");
            let (exit, same) = (exit.unwrap_or(0.0), same.unwrap_or(0.0));
            let is_same = (exit - same).abs() <= 1e-8 * exit;
            assert!(is_same, "{problem}: {exit} {same}");
            // A run without an exit says how it ended.
            assert!(!whole["outcome"].is_null());
            assert_eq!(alone["outcome"].is_null(), alone["exit_time"].is_number());
            assert!(alone["exit_median"].is_null() && alone["failure"].is_null());
        }
    }
}

/// A curve for each value, the same to the last bit as the search at that value alone.
#[test]
fn a_further_grid_of_search_is_one_search_per_value() {
    for (base, grid, values) in [
        (
            "--link erf --link he3 --mu 0.3,0.6",
            "angle=0,40",
            ["--angle 0", "--angle 40"],
        ),
        (
            "--link relu --mu 0.3 --mixture",
            "dim=log:100:1e4:2",
            ["--dim 100", "--dim 10000"],
        ),
        (
            "--link c*he1+he3 --mu 0.3,0.6",
            "c=0.5,1",
            ["--set c=0.5", "--set c=1"],
        ),
        (
            "--link erf --rho 0.3",
            "kappa=0.25,0.5",
            ["--kappa 0.25", "--kappa 0.5"],
        ),
    ] {
        let all = json(&format!("search {base} --also {grid} --format json"));
        assert_eq!(all["parameters"]["also"], grid);
        let (key, values_of_key) = grid.split_once('=').unwrap();
        if key.len() > 1 {
            let direct = format!("search {base} --{key} {values_of_key} --format json");
            let direct = json(&direct);
            assert_eq!(direct["curves"], all["curves"], "{base} --{key}");
            assert_eq!(direct["parameters"][key], values_of_key);
        }
        let curves = all["curves"].as_array().unwrap();
        for (i, value) in values.iter().enumerate() {
            let alone = json(&format!("search {base} {value} --format json"));
            let expected = alone["curves"].as_array().unwrap();
            assert_eq!(curves.len(), values.len() * expected.len());
            for (pair, expected) in expected.iter().enumerate() {
                let mut curve = curves[pair * values.len() + i].clone();
                let at = curve.as_object_mut().unwrap().remove(key).unwrap();
                let written = value.rsplit([' ', '=']).next().unwrap();
                assert_eq!(at.as_f64(), written.parse().ok());
                assert_eq!(&curve, expected, "{base} {value}");
            }
        }
    }
}

#[test]
fn a_further_grid_of_search_stands_in_table_and_figure() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().to_str().unwrap();
    for grid in ["--also noise=0,0.5", "--noise 0,0.5"] {
        stands_in_table_and_figure(out, grid);
    }
}

fn stands_in_table_and_figure(out: &str, grid: &str) {
    let line = format!("search --link erf --mu 0.3,0.6 {grid} --nu 0.1 --what tau --rtol 1e-9");
    let ended = lorode(&format!("{line} --out {out}")).output().unwrap();
    let said = String::from_utf8(ended.stdout).unwrap();
    for label in ["erf, noise = 0 ", "erf, noise = 0.5 "] {
        assert!(said.contains(label), "{said}");
    }
    let table = std::fs::read_to_string(format!("{out}/search.csv")).unwrap();
    let mut rows = table.lines().map(|row| row.split(',').collect::<Vec<_>>());
    let column = rows
        .next()
        .unwrap()
        .iter()
        .position(|name| *name == "noise");
    let noises: Vec<&str> = rows.map(|row| row[column.unwrap()]).collect();
    assert_eq!(noises, ["0.0", "0.0", "0.5", "0.5"]);
    let figure = std::fs::read_to_string(format!("{out}/search.svg")).unwrap();
    assert!(figure.contains("noise = 0.5") && figure.contains(grid));
    assert!(figure.contains("--what tau") && figure.contains("--rtol"));
    let again = json(&format!("{line} --format json"))["command"].clone();
    let repeated = again.as_str().unwrap().strip_prefix("lorode ").unwrap();
    let repeated = json(&format!("{repeated} --format json"));
    assert_eq!(repeated["command"], again);
}

#[test]
fn a_further_grid_of_search_is_one_and_of_another_number() {
    let refused = |more: &str| fails(&format!("search --link erf --mu 0.3,0.6 {more}"), 2);
    for (more, why) in [
        ("--also mu=0.1,0.2", "mu, which has a grid of its own"),
        ("--also angle=0:40:3 --angle 10", "angle is given twice"),
        ("--also angle=0,10 --also nu=0,1", "--also"),
        ("--also angel=0,10", "names are mu, angle"),
        ("--also angle=10,0", "must ascend"),
        ("--angle 10,0", "must ascend"),
        ("--angle 0,10 --nu 0,1", "angle and nu are both grids"),
        (
            "--angle 0,10 --also nu=0,1",
            "beside mu one number may have a grid",
        ),
        ("--angle ten", "'ten' is not a finite number"),
        ("--also c=0,1", "write a letter that stands in a link"),
        ("--also chi=0,1", "chi = 0 is not allowed"),
        ("--also kappa=0.1,0.2", "kappa"),
    ] {
        let said = refused(more);
        assert!(said.contains(why), "{more}: {said}");
    }
}
