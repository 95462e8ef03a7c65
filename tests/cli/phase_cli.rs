//! What `lorode phase`, `merge` and `optimum` promise: matrices, boundaries, parts, files, errors.

use std::path::Path;

use super::map_parts_cli::*;
use crate::running::{fails, json, numbers};
use serde_json::Value;

fn matrix(value: &Value) -> Vec<Vec<Option<f64>>> {
    let rows = value.as_array().unwrap().iter();
    rows.map(|row| row.as_array().unwrap().iter().map(Value::as_f64).collect())
        .collect()
}

#[test]
fn a_map_is_what_solve_says_cell_by_cell() {
    let map = json(
        "phase --link erf --x mu=0.1:0.9:5 --y angle=0:60:3 --value exit_time --rtol 1e-8 --format json",
    );
    assert_eq!(map["x"]["name"], "mu");
    assert_eq!(map["y"]["values"], serde_json::json!([0.0, 30.0, 60.0]));
    assert_eq!(map["value"]["name"], "exit_time");
    let values = matrix(&map["value"]["matrix"]);
    assert_eq!((values.len(), values[0].len()), (3, 5));
    for (j, angle) in [0, 30, 60].iter().enumerate() {
        for (i, mu) in [
            "0.1",
            "0.30000000000000004",
            "0.5",
            "0.7000000000000001",
            "0.9",
        ]
        .iter()
        .enumerate()
        {
            let one = json(&format!(
                "solve --link erf --mu {mu} --angle {angle} --format json"
            ));
            let (ours, theirs) = (values[j][i], one["exit_time"].as_f64());
            match (ours, theirs) {
                // Two integrations at rtol 1e-8: exit times good to 5e-10 each.
                (Some(a), Some(b)) => assert!((a / b - 1.0).abs() < 2e-9, "{mu} {angle}: {a} {b}"),
                (a, b) => assert_eq!(a.is_some(), b.is_some(), "{mu} {angle}"),
            }
            let outcome = map["outcome"][j][i].as_str().unwrap();
            let expected = one["outcome"].as_str().unwrap();
            assert_eq!(outcome, if ours.is_some() { "exited" } else { expected });
        }
    }
}

#[test]
fn values_agree_with_search_and_solve() {
    let search = json("search --link tanh --mu 0.3 --format json");
    let point = &search["curves"][0]["points"][0];
    let solved = json("solve --link tanh --mu 0.3 --rtol 1e-11 --format json");
    for (name, expected) in [
        ("tau", &point["tau"]),
        ("growth_rate", &point["growth_rate"]),
        ("gradient_norm", &point["gradient_norm"]),
        ("curvature", &point["curvature"]),
        ("learn_time", &solved["end_time"]),
    ] {
        let map = json(&format!(
            "phase --link tanh --x mu=0.3 --value {name} --rtol 1e-8 --format json"
        ));
        let value = map["value"]["matrix"][0].as_f64().unwrap();
        let expected = expected.as_f64().unwrap_or_else(|| panic!("{name}"));
        assert!(
            (value / expected - 1.0).abs() < 1e-9,
            "{name}: {value} {expected}"
        );
    }
    let samples = json(
        "phase --link erf --x lr=0.1,0.2 --y batch=100,500 --mu 0.5 --value exit_samples --rtol 1e-8 --format json",
    );
    let rows = matrix(&samples["value"]["matrix"]);
    let time = |lr: &str, batch: &str| {
        let one = json(&format!(
            "solve --link erf --mu 0.5 --lr {lr} --batch {batch} --time samples --format json"
        ));
        one["exit_time"].as_f64().unwrap()
    };
    assert!((rows[1][0].unwrap() / time("0.1", "500") - 1.0).abs() < 2e-9);
    assert!((rows[0][1].unwrap() / time("0.2", "100") - 1.0).abs() < 2e-9);
}

#[test]
fn exit_times_of_sgd_lie_around_those_of_the_law() {
    let line = "phase --link erf --x mu=0.2,0.5 --y noise=0,0.5 --lr 0.2 --batch 500 --dim 1000";
    let simulated =
        matrix(&json(&format!("{line} --value sgd_exit_time --format json"))["value"]["matrix"]);
    let law =
        matrix(&json(&format!("{line} --value exit_median --format json"))["value"]["matrix"]);
    for (a, b) in simulated.iter().flatten().zip(law.iter().flatten()) {
        // The median of 16 has a standard error of 0.3 tau, a median being about 3 tau; and the
        // dimension is worth 2/sqrt(1000).
        assert!((a.unwrap() / b.unwrap() - 1.0).abs() < 0.36, "{a:?} {b:?}");
    }
    let again =
        matrix(&json(&format!("{line} --value sgd_exit_time --format json"))["value"]["matrix"]);
    assert_eq!(simulated, again);
}

#[test]
fn critical_strengths_are_located_to_rounding() {
    // He3: A is proportional to a polynomial in mu whose root search finds as well.
    let search = json("search --link he3 --format json");
    let critical = search["curves"][0]["critical_strengths"][0]["mu"]
        .as_f64()
        .unwrap();
    let curve = json("phase --link he3 --x mu=0.05:0.95:40 --value tau --format json");
    let found = curve["boundaries"][0]["polylines"][0][0][0]
        .as_f64()
        .unwrap();
    assert!((found - critical).abs() < 1e-8, "{found} {critical}");
    // On a map of a coefficient, every vertex is a root of A.
    let map =
        json("phase --link c*he1+he3 --x mu=0.05:0.95:20 --y c=0:1:6 --value tau --format json");
    let line = &map["boundaries"][0];
    assert_eq!(line["kind"], "critical-strength");
    let points = line["polylines"][0].as_array().unwrap();
    assert!(points.len() >= 6);
    for point in points {
        let [mu, c] = [0, 1].map(|i| point[i].as_f64().unwrap());
        let at = json(&format!(
            "phase --link ({c:?})*he1+he3 --x mu={mu:?} --value gradient_norm --format json"
        ));
        let slope = 10.0;
        assert!(
            at["value"]["matrix"][0].as_f64().unwrap().abs() < 1e-6 * slope,
            "{mu} {c}"
        );
    }
}

#[test]
fn ratios_say_where_pretraining_hurts() {
    let map = json(
        "phase --link erf --x mu=0.05:0.85:10 --value speedup_over_full --loss-tolerance 1e-3 --format json",
    );
    let row: Vec<f64> = numbers(&map["value"]["matrix"]);
    // LoRA searches, full fine-tuning does not: it is never slower, less and less so for small mu.
    assert!(row.iter().all(|r| *r < 1.0) && row[0] > row[9], "{row:?}");
    let best =
        json("phase --link he1+he3 --x mu=0:0.9:10 --value slowdown_over_best_mu --format json");
    let row: Vec<f64> = numbers(&best["value"]["matrix"]);
    assert!(row.iter().all(|r| *r >= 1.0 - 1e-9), "{row:?}");
    let optimum = json("optimum --link he1+he3 --format json");
    let value = optimum["value"].as_f64().unwrap();
    let at = json("solve --link he1+he3 --mu 0.5 --format json")["exit_time"]
        .as_f64()
        .unwrap();
    assert!(
        (row[5] - at / value).abs() < 1e-7 * row[5],
        "{} {}",
        row[5],
        at / value
    );
}

#[test]
fn refinement_gives_the_same_picture_with_fewer_solves() {
    let line =
        "phase --link he3 --x mu=0.02:0.98:100 --y angle=0:85:80 --value outcome --format json";
    let (whole, refined) = (json(line), json(&format!("{line} --refine")));
    assert_eq!(whole["value"], refined["value"]);
    assert_eq!(whole["outcome"], refined["outcome"]);
    let solved = refined["refinement"]["solved"].as_u64().unwrap();
    let inferred = refined["refinement"]["inferred"].as_u64().unwrap();
    let marks = refined["solved"].as_array().unwrap().iter();
    let marks = marks.flat_map(|row| row.as_array().unwrap().iter());
    let filled = marks.filter(|mark| mark.as_bool() == Some(false)).count();
    assert_eq!(filled as u64, inferred, "filled-in cells are marked");
    assert_eq!(solved + inferred, 8000);
    assert!(solved * 5 <= 8000, "{solved}");
    // Numbers are filled in to the tolerance that is stated.
    let line = "phase --link erf --x mu=0.02:0.9:60 --y angle=0:10:40 --format json";
    let (whole, refined) = (json(line), json(&format!("{line} --refine")));
    let (a, b) = (
        matrix(&whole["value"]["matrix"]),
        matrix(&refined["value"]["matrix"]),
    );
    let pairs = a.iter().flatten().zip(b.iter().flatten());
    let worst = pairs
        .map(|(a, b)| match (a, b) {
            (Some(a), Some(b)) => (b / a - 1.0).abs(),
            (a, b) => f64::from(u8::from(a.is_some() != b.is_some())),
        })
        .fold(0.0, f64::max);
    let stated = refined["refinement"]["largest_relative_deviation"]
        .as_f64()
        .unwrap();
    assert!(stated <= 0.02 && worst < 2.0 * stated, "{worst} {stated}");
}

#[test]
fn any_grid_is_drawn() {
    for axes in [
        "--x mu=0.1,0.2,0.5 --y angle=0:60:4",
        "--x mu=gap:0.1:0.999:9 --y nu=0,0.1,1",
        "--x mu=0.1:0.9:1201 --y angle=0:60:2",
        "--x mu=0.5 --y angle=30",
        "--x c=-1:1:5 --mu 0.3",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let link = if axes.contains("c=") { "c*he1" } else { "erf" };
        let line = format!(
            "phase --link {link} {axes} --value tau --out {}",
            folder.path().display()
        );
        let text = run(&line);
        // A coefficient of 0 leaves no link: a failed cell, not a failed map.
        assert_eq!(text.contains("1 failed"), link == "c*he1", "{text}");
        assert!(folder.path().join("phase.png").exists());
        assert!(!folder.path().join("phase.cells").exists());
    }
}

#[test]
fn runs_without_an_end_have_no_value() {
    let line = "phase --link erf --x mu=0.1:0.9:9 --t-max 200 --format json --value";
    for value_name in ["outcome", "final_loss", "learn_time"] {
        let map = json(&format!("{line} {value_name}"));
        let words = map["outcome"].as_array().unwrap();
        let values = map["value"]["matrix"].as_array().unwrap();
        assert!(words.iter().any(|w| w == "unfinished") && words.iter().any(|w| w == "learned"));
        for (word, value) in words.iter().zip(values) {
            // The excess loss of a run that learns has no last value.
            let none = word == "unfinished" || (value_name == "final_loss" && word == "learned");
            assert_eq!(none, value.is_null(), "{word} {value}");
        }
    }
}

#[test]
fn times_to_learn_do_not_depend_on_the_tolerance() {
    let times = |rtol: &str| {
        let line =
            format!("phase --link relu --x mu=0,0.5 --value learn_time {rtol} --format json");
        numbers(&json(&line)["value"]["matrix"])
    };
    // The default resolves the excess loss to 1e-5 of its tolerance.
    for (usual, fine) in times("").iter().zip(times("--rtol 1e-12")) {
        assert!((usual / fine - 1.0).abs() < 1e-6, "{usual} {fine}");
    }
    let best = json("optimum --link relu --goal learn --format json");
    assert_eq!(best["mu"], 0.0);
    assert_eq!(best["gain_over_zero"], 1.0);
}

#[test]
fn a_critical_strength_on_an_edge_is_kept() {
    for axes in [
        "--x mu=0.1:0.9:5 --y angle=0:60:4",
        "--x nu=0 --y mu=0.1:0.9:5",
    ] {
        let map = json(&format!(
            "phase --link he3 {axes} --value tau --format json"
        ));
        let point = &map["boundaries"][0]["polylines"][0][0];
        let mu = point[usize::from(axes.starts_with("--x nu"))]
            .as_f64()
            .unwrap();
        assert!((mu - 0.320_724_347).abs() < 1e-6, "{mu}");
    }
}

#[test]
fn a_third_axis_gives_sheets() {
    let map = json(
        "phase --link linear --x mu=0.1:0.9:4 --y nu=0,0.5 --z chi=1,2,4 --value exit_time --rtol 1e-8 --format json",
    );
    let sheets = map["value"]["matrix"].as_array().unwrap();
    assert_eq!((sheets.len(), map["z"]["name"].as_str()), (3, Some("chi")));
    let one = json("solve --link linear --mu 0.9 --nu 0.5 --chi 4 --format json");
    let ours = sheets[2][1][3].as_f64().unwrap();
    assert!((ours / one["exit_time"].as_f64().unwrap() - 1.0).abs() < 2e-9);
}

#[test]
fn a_slurm_script_is_valid_bash_and_names_the_map() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("map.sh");
    run(&format!(
        "{MAP} --slurm {} --slurm-jobs 4 --out results",
        script.display()
    ));
    let checked = std::process::Command::new("bash")
        .arg("-n")
        .arg(&script)
        .status()
        .unwrap();
    assert!(checked.success());
    let text = std::fs::read_to_string(&script).unwrap();
    for part in [
        "--array=1-4",
        "--dependency=afterok",
        "--requeue",
        "mu=0.05:0.95:40",
        "merge",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
}

#[test]
fn bad_input_is_refused_with_the_reason() {
    for (arguments, reason) in [
        (
            "phase --link erf --x mu=0:1:3 --y mu=0:1:3",
            "the axis mu is given twice",
        ),
        (
            "phase --link erf --x c=0:1:3 --mu 0.5",
            "no link has the letter 'c'",
        ),
        (
            "phase --link erf --x width=0:1:3",
            "the axis 'width=0:1:3' is not understood",
        ),
        (
            "phase --link erf --x mu=0.9:0.1:3",
            "start must be below stop",
        ),
        ("phase --link erf --x mu=0.1:0.9:0", "count 0"),
        ("phase --link erf --x mu=0.2,0.1", "its values must ascend"),
        (
            "phase --link erf --x mu=0.1:0.9:3 --mu 0.5",
            "mu is an axis of the diagram and given",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --value speed",
            "invalid value 'speed' for '--value <NAME>'",
        ),
        ("phase --x mu=0.1:0.9:3", "give --link"),
        (
            "phase --link erf --x mu=0.1:0.9:3 --z nu=0,1",
            "z is a third axis",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --value exit_samples",
            "it needs a step size",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --adapter full --value tau",
            "it needs a LoRA adapter",
        ),
        (
            "phase --link erf --x mu=-0.1:0.9:3",
            "mu = -0.1: mu = -0.1 is not allowed",
        ),
        (
            "phase --link erf --x mu=0:1:1e7 --y angle=0:80:1e7 --format csv",
            "choose coarser axes",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --shard 4/3",
            "the shard '4/3' is not understood",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --out /proc/none",
            "is not writable",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --refine --slurm /tmp/never.sh",
            "refine cannot be given together with shard or slurm",
        ),
        (
            "phase --link erf --x mu=0.1:0.9:3 --dynamics map --lr 0.1 --batch 9 --value speedup_over_full",
            "it needs the flow",
        ),
        (
            "optimum --link erf --rtol 1e-20",
            "rtol = 1e-20 is not allowed",
        ),
        (
            "optimum --link erf --dynamics map --lr 0.1 --batch 9",
            "optimum is of the flow",
        ),
        ("optimum --link erf --mu 0.5", "optimum finds the strength"),
        (
            "optimum --link erf --adapter full",
            "optimum needs a LoRA adapter",
        ),
    ] {
        let complaint = fails(arguments, 2);
        assert!(complaint.contains(reason), "{arguments}: {complaint}");
    }
    assert!(!Path::new("/tmp/never.sh").exists());
    assert!(fails("merge /nowhere", 2).contains("cannot be read"));
}
