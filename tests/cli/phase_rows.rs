//! Times of long smooth rows are interpolated: how well, how it is said, and that nothing else changes with it.

use super::map_parts_cli::run;
use crate::running::{fails, json};

/// A row of erf whose end, next to the target, is not smooth enough, and one that never exits.
const MAP: &str =
    "phase --link erf --x mu=0.02:0.98:300 --y angle=0,30,89.99 --value exit_time --format json";

fn flat(matrix: &serde_json::Value) -> Vec<&serde_json::Value> {
    let rows = matrix.as_array().unwrap().iter();
    rows.flat_map(|row| row.as_array().unwrap()).collect()
}

#[test]
fn interpolated_times_hold_to_the_tolerance_of_the_runs() {
    for (line, tolerance) in [(MAP, 1e-7), (&*format!("{MAP} --rtol 1e-9"), 1e-9)] {
        let map = json(line);
        let fine = json(&format!("{MAP} --every-cell --rtol 1e-11"));
        // One that grazes the threshold is so called at 1e-11 only: at neither tolerance is it less precise than asked.
        let exits = |map: &serde_json::Value| {
            let words = flat(&map["outcome"])
                .into_iter()
                .map(|word| word == "exited" || word == "grazed");
            words.collect::<Vec<_>>()
        };
        assert!(
            !flat(&map["outcome"])
                .into_iter()
                .any(|word| word == "grazed")
        );
        assert!(exits(&map) == exits(&fine));
        let solved = flat(&map["solved"])
            .into_iter()
            .filter(|mark| mark.as_bool() == Some(true));
        let solved = solved.count();
        assert!(solved * 3 < 2 * 900, "{solved} of 900 were solved");
        assert!(
            flat(&fine["solved"])
                .into_iter()
                .all(|mark| mark.as_bool() == Some(true))
        );
        let values = flat(&map["value"]["matrix"]);
        for (found, right) in values.into_iter().zip(flat(&fine["value"]["matrix"])) {
            assert_eq!(found.is_number(), right.is_number());
            if let Some((found, right)) = found.as_f64().zip(right.as_f64()) {
                // As good as a run at this tolerance, whose error is below it, through a polynomial that is off by no more.
                assert!(
                    (found / right - 1.0).abs() < 2.0 * tolerance,
                    "{found} {right}"
                );
            }
        }
    }
}

#[test]
fn a_place_where_the_alignment_only_just_reaches_the_threshold_is_solved() {
    // At 12.63 degrees the search ends on a slope that flattens at the threshold.
    let line = "phase --link erf --angle 12.63 --x mu=0.85:0.95:400 --format json";
    let (map, every) = (json(line), json(&format!("{line} --every-cell")));
    assert_eq!(map["outcome"], every["outcome"]);
    let pairs = map["value"]["matrix"].as_array().unwrap().iter();
    for (found, right) in pairs.zip(every["value"]["matrix"].as_array().unwrap()) {
        if let Some((found, right)) = found.as_f64().zip(right.as_f64()) {
            assert!((found / right - 1.0).abs() < 2e-7, "{found} {right}");
        }
    }
}

#[test]
fn a_time_that_is_less_precise_than_asked_is_marked() {
    // Right above 0.32302149380494 the alignment turns back at the threshold; times by the explicit method at 1e-13.
    let near = |threshold: &str, more: &str| {
        let line =
            format!("phase --link he1+0.5*he3 --mu 0.5 --x angle=120 --threshold {threshold}");
        let map = json(&format!("{line} --value exit_time {more} --format json"));
        let time = map["value"]["matrix"][0].as_f64().unwrap();
        (time, map["outcome"][0].clone())
    };
    for (threshold, more, right, word) in [
        (
            "0.3229891916555576",
            "--rtol 1e-8",
            17.399775355043,
            "exited",
        ),
        (
            "0.3230211707834443",
            "--rtol 1e-8",
            17.502614062729,
            "exited",
        ),
        ("0.3230214935", "--rtol 1e-8", 17.513, "grazed"),
        // The finer run takes more than this many steps, the first one does not.
        (
            "0.3230211707834443",
            "--rtol 1e-9 --max-steps 300",
            17.502614,
            "grazed",
        ),
    ] {
        let (time, said) = near(threshold, more);
        let allowed = if word == "exited" { 1e-8 } else { 1e-3 };
        assert!((time / right - 1.0).abs() < allowed, "{threshold}: {time}");
        assert_eq!(said, word, "{threshold} {more}");
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let bytes = |threads: u32| run(&format!("RAYON_NUM_THREADS={threads} {MAP}"));
    assert_eq!(bytes(1), bytes(2));
}

#[test]
fn the_summary_says_what_was_solved() {
    let said = run("phase --link erf --x mu=0.02:0.9:200");
    let line = said.lines().find(|line| line.starts_with("solved"));
    assert!(
        line.unwrap()
            .contains("interpolated along rows to the same tolerance (solved = false in the data)")
    );
    let every = run("phase --link erf --x mu=0.02:0.9:200 --every-cell");
    assert!(!every.contains("interpolated"), "{every}");
    // Short rows, whole numbers and values that are no times of one run are solved throughout.
    for line in [
        "--link erf --x mu=0.1:0.9:12",
        "--link erf --mu 0.5 --x dim=100:1000:100",
        "--link erf --x mu=0.02:0.9:60 --value exit_mean",
        "--link erf --x mu=0.02:0.9:60 --value outcome",
    ] {
        assert!(
            !run(&format!("phase {line}")).contains("interpolated"),
            "{line}"
        );
    }
}

#[test]
fn every_cell_and_refine_are_one_or_the_other() {
    let said = fails("phase --link erf --x mu=0.1:0.9:9 --refine --every-cell", 2);
    assert!(
        said.contains("refine fills cells in, every-cell does not"),
        "{said}"
    );
}
