//! Random problems: exits at default tolerances against those at far tighter ones; a few against
//! SGD with many seeds.

use crate::running::{lorode, numbers};
use crate::support::Random;
use crate::support::cases::seed;
use crate::support::generated::Kind;
use rayon::prelude::*;
use serde_json::Value;

/// Times at default tolerances, as promised.
const TIMES: f64 = 1e-8;

fn json(arguments: &[String]) -> Result<Value, String> {
    let mut command = lorode("");
    let output = command
        .args(arguments)
        .args(["--format", "json"])
        .output()
        .unwrap();
    match output.status.success() {
        true => Ok(serde_json::from_slice(&output.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

fn any_problem(random: &mut Random) -> Vec<String> {
    let kind = random.pick(&[Kind::Smooth, Kind::Smooth, Kind::Kinked]);
    problem(random, kind)
}

fn problem(random: &mut Random, kind: Kind) -> Vec<String> {
    let (teacher, student) = random.pair(kind);
    let mut line: Vec<String> = ["solve", "--teacher", &teacher, "--student", &student]
        .map(str::to_owned)
        .into();
    line.extend(random.problem());
    // Noise that traps a run for ever makes it long, and no other.
    line.extend(["--t-max", "1e5"].map(str::to_owned));
    line
}

/// Where the default differs from what a tighter tolerance says.
fn complaint(line: &[String]) -> Option<String> {
    let tight: Vec<String> = line
        .iter()
        .cloned()
        .chain(["--rtol".to_owned(), "1e-12".to_owned()])
        .collect();
    let (found, right) = match (json(line), json(&tight)) {
        (Ok(found), Ok(right)) => (found, right),
        (Err(a), Err(b)) if a == b => return None,
        (a, b) => return Some(format!("{line:?}: {:?}, {:?}", a.err(), b.err())),
    };
    let mut wrong = String::new();
    if found["outcome"] != right["outcome"] {
        wrong += &format!(" outcome {} for {}", found["outcome"], right["outcome"]);
    }
    let (a, b) = (found["exit_time"].as_f64(), right["exit_time"].as_f64());
    let close = match (a, b) {
        (Some(a), Some(b)) => (a - b).abs() <= TIMES * b.abs(),
        _ => a == b,
    };
    if !close {
        wrong += &format!(" exit_time {a:?} for {b:?}");
    }
    // The end of a run at rest is when rounding hides its movement; that of one that learned is a time.
    let ends = [&found, &right].map(|run| run["end_time"].as_f64().unwrap());
    if right["outcome"] == "learned" && (ends[0] - ends[1]).abs() > TIMES * ends[1] {
        wrong += &format!(" end_time {ends:?}");
    }
    (!wrong.is_empty()).then(|| format!("{}:{wrong}", line.join(" ")))
}

/// The outcome of a problem at several tolerances, where it is not the same.
fn outcomes_differ(line: &[String]) -> Option<String> {
    let with = |rtol: &str| {
        let tolerance = ["--rtol", rtol].map(str::to_owned);
        let line: Vec<String> = line.iter().cloned().chain(tolerance).collect();
        json(&line).map(|run| run["outcome"].as_str().unwrap().to_owned())
    };
    let found = ["1e-6", "1e-8", "1e-11"].map(with);
    let same = found.windows(2).all(|pair| pair[0] == pair[1]);
    (!same).then(|| format!("{}: {found:?}", line.join(" ")))
}

fn defaults_hold(count: usize, seed: u64) {
    let mut random = Random(seed);
    let lines: Vec<Vec<String>> = (0..count).map(|_| any_problem(&mut random)).collect();
    let complaints: Vec<String> = lines
        .par_iter()
        .filter_map(|line| complaint(line))
        .collect();
    assert!(
        complaints.is_empty(),
        "{} of {count}:\n{}",
        complaints.len(),
        complaints.join("\n")
    );
}

#[test]
fn default_tolerances_hold_against_tight_ones() {
    defaults_hold(20, 3);
}

#[test]
fn outcomes_do_not_depend_on_the_tolerance() {
    // Links with kinks and curves, whose averages take their time, are in the long form.
    let mut random = Random(5);
    let lines: Vec<Vec<String>> = (0..60)
        .map(|_| problem(&mut random, Kind::Smooth))
        .collect();
    let differing = lines.par_iter().filter_map(|line| outcomes_differ(line));
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
#[ignore = "long: tests/long.sh"]
fn default_tolerances_hold_on_many_problems() {
    defaults_hold(1000, seed(4));
}

/// SGD from one start against the finite-step map: the mean over the seeds.
fn sgd_keeps_to_the_theory(seeds: usize) {
    for problem in [
        "--link erf --mu 0.5 --dim 2000",
        "--link relu --mu 0.6 --dim 2000",
        "--teacher tanh --student erf --mu 0.7 --angle 20 --dim 2000",
        "--link he1+0.5*he3 --mu 0.4 --dim 2000 --noise 0.3",
    ] {
        let run = |line: &str| {
            json(
                &line
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>(),
            )
            .unwrap()
        };
        let (batch, steps, rate) = (400, 300, 0.1);
        let sgd = format!(
            "simulate {problem} --lr {rate} --batch {batch} --steps {steps} --seeds {seeds} --records 8 --test-batch 1"
        );
        let theory = run(&format!(
            "solve {problem} --dynamics map --lr {rate} --batch {batch} --t-max {}",
            rate * f64::from(steps)
        ));
        let along = |name: &str, t: f64| {
            let (times, values) = (
                numbers(&theory["trajectory"]["t"]),
                numbers(&theory["trajectory"][name]),
            );
            let i = times.partition_point(|x| *x < t).clamp(1, times.len() - 1);
            let share = (t - times[i - 1]) / (times[i] - times[i - 1]);
            values[i - 1] + share * (values[i] - values[i - 1])
        };
        let fixed = run(&format!("{sgd} --alignment0 0.0223606797749979"));
        let (times, count) = (numbers(&fixed["records"]["t"]), seeds as f64);
        let spread = |name: &str| numbers(&fixed["records"][name]["std"]);
        let (of_alignment, of_u) = (spread("alignment"), spread("u"));
        for name in ["alignment", "u", "m", "q"] {
            let of = &fixed["records"][name];
            for (i, (t, (mean, std))) in times
                .iter()
                .zip(numbers(&of["mean"]).iter().zip(numbers(&of["std"])))
                .enumerate()
            {
                let right = along(name, *t);
                // Five standard errors, and a bias of the order of what fluctuates squared: m has the mean of u times the
                // alignment, q that of u^2.
                let largest = std.max(of_alignment[i]).max(of_u[i]);
                let allowed = 5.0 * std / count.sqrt() + 2.0 * largest * largest + 2e-4;
                assert!(
                    (mean - right).abs() <= allowed,
                    "{problem}: {name} at {t}: {mean}, {right} +- {allowed}"
                );
            }
        }
    }
}

#[test]
fn sgd_with_200_seeds_keeps_to_the_theory() {
    sgd_keeps_to_the_theory(200);
}

#[test]
#[ignore = "long: tests/long.sh"]
fn sgd_with_2000_seeds_keeps_to_the_theory() {
    sgd_keeps_to_the_theory(2000);
}
