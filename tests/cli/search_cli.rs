//! What `lorode search` promises: its keys, its tables, the command it records.

use super::written::*;
use serde_json::Value;
use std::fs;
use tempfile::TempDir;

const POINT: [&str; 16] = [
    "mu",
    "gradient_norm",
    "curvature",
    "gradient_error",
    "curvature_error",
    "growth_rate",
    "tau",
    "tau_error",
    "exit_time",
    "exit_linear",
    "exit_mean",
    "exit_median",
    "exit_q05",
    "exit_q95",
    "exit_median_linear",
    "outcome",
];

#[test]
fn search_json_is_one_curve_per_pair_and_one_point_per_strength() {
    let json = json(&[
        "search",
        "--teacher",
        "sign",
        "--student",
        "tanh",
        "--teacher",
        "he3",
        "--student",
        "he3",
        "--mu",
        "0.1:0.9:5",
        "--dim",
        "10000",
    ]);
    has_provenance(&json);
    let curves = json["curves"].as_array().unwrap();
    assert_eq!(curves.len(), 2);
    for (curve, (teacher, student)) in curves.iter().zip([("sign", "tanh"), ("he3", "he3")]) {
        assert_eq!(
            keys(curve),
            [
                "teacher",
                "student",
                "points",
                "critical_strengths",
                "critical_unsearched",
                "critical_underflow"
            ]
        );
        assert_eq!(curve["teacher"], teacher);
        assert_eq!(curve["student"], student);
        let points = curve["points"].as_array().unwrap();
        let mus: Vec<f64> = points.iter().map(|p| number(p, "mu")).collect();
        assert_eq!(mus.len(), 5);
        for (i, mu) in mus.iter().enumerate() {
            close(*mu, 0.1 + 0.2 * i as f64, "mu");
        }
        for point in points {
            assert_eq!(keys(point), POINT);
            consistent(point);
        }
    }
    let critical = curves[1]["critical_strengths"].as_array().unwrap();
    assert!(curves[1]["critical_unsearched"].is_null());
    assert_eq!(keys(&critical[0]), ["mu", "curvature", "kind", "within"]);
    assert_eq!(critical[0]["kind"], "trap");
}

/// Relations between the numbers of one point.
fn consistent(point: &Value) {
    let value = |key: &str| number(point, key);
    close(value("tau") * value("growth_rate"), 1.0, "tau * growth");
    let (a, b, rate) = (
        value("gradient_norm"),
        value("curvature"),
        value("growth_rate"),
    );
    let residual = rate * rate - b * rate - a * a;
    let scale = rate * rate + b.abs() * rate + a * a;
    assert!(residual.abs() < 1e-12 * scale, "{point}");
    assert!(value("exit_q05") < value("exit_median"));
    assert!(value("exit_median") < value("exit_mean"));
    assert!(value("exit_mean") < value("exit_q95"));
    assert!(value("exit_time") > 0.0);
    let outcome = point["outcome"].as_str().unwrap();
    assert!(["learned", "noise-floor", "trapped", "unfinished"].contains(&outcome));
}

#[test]
fn search_is_null_where_there_is_none() {
    // Out of time before the exit.
    let json = json(&[
        "search", "--link", "erf", "--mu", "0.9,0.95", "--t-max", "10",
    ]);
    for point in json["curves"][0]["points"].as_array().unwrap() {
        assert!(point["exit_time"].is_null());
        assert_eq!(point["outcome"], "unfinished");
        assert!(point["tau"].is_f64());
    }
    // Perfect pre-training: no gradient, a search without end.
    let json = self::json(&["search", "--link", "erf", "--mu", "1"]);
    let point = &json["curves"][0]["points"][0];
    assert_eq!(point["tau"], "inf");
    for key in [
        "exit_time",
        "exit_linear",
        "exit_median",
        "exit_q05",
        "exit_q95",
        "exit_mean",
        "exit_median_linear",
    ] {
        assert!(
            point[key].is_null(),
            "{key} at mu = 1 is {}, not null",
            point[key]
        );
    }
    // No strength, no mu.
    let json = self::json(&["search", "--link", "erf", "--rho", "-0.4", "--kappa", "0.5"]);
    let point = &json["curves"][0]["points"][0];
    assert!(point["mu"].is_null() && point["tau"].is_f64());
    // No adapter, no search phase.
    let json = self::json(&[
        "search",
        "--link",
        "erf",
        "--mu",
        "0.3",
        "--adapter",
        "full",
    ]);
    let point = &json["curves"][0]["points"][0];
    assert!(point["gradient_norm"].is_null() && point["tau"].is_null());
    assert_eq!(point["outcome"], "learned");
}

#[test]
fn search_tables_load_and_carry_their_parameters() {
    let args = [
        "search",
        "--link",
        "erf",
        "--link",
        "max(x, 0.1*x)",
        "--mu",
        "0.2,0.4,0.99",
        "--nu",
        "0.5",
        "--noise",
        "0.1",
        "--threshold",
        "0.4",
        "--chi",
        "2",
        "--t-max",
        "300",
    ];
    let json = json(&args);
    let csv = columns(&stdout(&[&args[..], &["--format", "csv"]].concat()));
    let arrays = npz(&stdout(&[&args[..], &["--format", "npz"]].concat()));
    let points: Vec<&Value> = json["curves"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|c| c["points"].as_array().unwrap())
        .collect();
    assert_eq!(points.len(), 6);
    for name in &POINT[..11] {
        assert_eq!(csv[*name].len(), 6, "{name}");
        let numbers = arrays[*name].numbers();
        for (row, point) in points.iter().enumerate() {
            match point[*name].as_f64() {
                Some(value) => {
                    // This parser of JSON, without its float_roundtrip, is off by an ulp.
                    let field: f64 = csv[*name][row].parse().unwrap();
                    close(value, field, name);
                    assert_eq!(numbers[row].to_bits(), field.to_bits(), "{name} {row}");
                }
                None => {
                    assert_eq!(csv[*name][row], "", "a missing number is an empty field");
                    assert!(numbers[row].is_nan());
                }
            }
        }
    }
    assert!(csv["exit_time"].iter().any(String::is_empty));
    assert_eq!(csv["teacher"][5], "max(x, 0.1*x)");
    for (name, value) in [
        ("nu", "0.5"),
        ("noise", "0.1"),
        ("threshold", "0.4"),
        ("chi", "2.0"),
        ("t_max", "300.0"),
        ("dim", "1000"),
        ("version", env!("CARGO_PKG_VERSION")),
    ] {
        assert_eq!(csv[name], vec![value; 6], "{name} is a constant column");
    }
    assert!(csv["command"].iter().all(|c| *c == csv["command"][0]));
    // Numpy's archive says in full how it was made.
    let metadata: Value = serde_json::from_str(&arrays["metadata"].words()[0]).unwrap();
    has_provenance(&metadata);
    assert_eq!(metadata["parameters"], json["parameters"]);
    assert_eq!(arrays["outcome"].words()[0], points[0]["outcome"]);
}

#[test]
fn the_recorded_command_repeats_the_run() {
    let folder = TempDir::new().unwrap();
    let problem = folder.path().join("problem.toml");
    fs::write(
        &problem,
        "teacher = ['tanh(3*x)', 'he1 + 0.5*he3']\nstudent = ['erf', 'gelu(x)']\nmu = [0.2, 0.5]\n\
         dim = 500\nangle = 20\nadapter = 'free'\n",
    )
    .unwrap();
    let first = json(&["search", problem.to_str().unwrap(), "--noise", "0.1"]);
    let command = first["command"].as_str().unwrap();
    let words = split(command);
    assert_eq!(words[0], "lorode");
    let args: Vec<&str> = words[1..].iter().map(String::as_str).collect();
    let again = json(&args);
    assert_eq!(first["curves"], again["curves"], "{command}");
}

/// A precision is not physics, but a run cannot be repeated without it.
#[test]
fn the_recorded_command_has_the_precision_if_it_was_given() {
    let json = json(&[
        "solve", "--link", "erf", "--mu", "0.5", "--rtol", "1e-6", "--method", "rk45",
    ]);
    let command = json["command"].as_str().unwrap();
    assert!(command.contains("--rtol"), "{command}");
    assert!(command.contains("--method rk45"), "{command}");
}

#[test]
fn grids_are_laid_out_as_written() {
    let mus = |grid: &str| -> Vec<f64> {
        let json = json(&["search", "--link", "linear", "--mu", grid]);
        let points = json["curves"][0]["points"].as_array().unwrap();
        points.iter().map(|p| number(p, "mu")).collect()
    };
    let same = |ours: Vec<f64>, theirs: &[f64]| {
        assert_eq!(ours.len(), theirs.len());
        for (a, b) in ours.iter().zip(theirs) {
            close(*a, *b, "grid value");
        }
    };
    same(mus("0.3"), &[0.3]);
    same(mus("0.8,0.2, 0.5"), &[0.8, 0.2, 0.5]);
    same(mus("0.1:0.5:3"), &[0.1, 0.3, 0.5]);
    same(mus("log:0.001:0.1:3"), &[0.001, 0.01, 0.1]);
    same(mus("gap:0.9:0.999:3"), &[0.9, 0.99, 0.999]);
    same(mus("0.4:0.4:1"), &[0.4]);
    // Rounding leaves no number beside a short one that is meant.
    assert_eq!(mus("0.1:2:20")[9].to_bits(), 1.0f64.to_bits());
    assert_eq!(mus("0.1:0.9:9")[2].to_bits(), 0.3f64.to_bits());
    assert_eq!(mus("log:1e-5:1e-3:3")[1].to_bits(), 1e-4f64.to_bits());
    assert_eq!(mus("gap:0.99:0.9999:3")[1].to_bits(), 0.999f64.to_bits());
    // Others stay as they are.
    assert_eq!(mus("0:1:4")[1].to_bits(), (1.0f64 / 3.0).to_bits());
    // The ends are what was written, to the last bit.
    let gap = mus("gap:0.1:0.999999:7");
    assert_eq!(gap[0].to_bits(), 0.1f64.to_bits());
    assert_eq!(gap[6].to_bits(), 0.999_999f64.to_bits());
}

#[test]
fn the_table_tells_strengths_apart_and_what_it_leaves_out() {
    let text_of = |mu: &str| {
        text(stdout(&[
            "search", "--link", "erf", "--what", "tau", "--mu", mu,
        ]))
    };
    let few = text_of("0.5,0.999999,0.9999999");
    assert!(
        few.contains(" 1-1.0e-6 ") && few.contains(" 1-1.0e-7 "),
        "{few}"
    );
    assert!(!few.contains("rows of a curve"), "{few}");
    // As many digits as they need, and no more.
    let close = text_of("0.12345678,0.12345679");
    assert!(
        close.contains(" 0.12345678 ") && close.contains(" 0.12345679 "),
        "{close}"
    );
    let close = text_of("0.5:0.500001:11");
    assert!(
        close.contains(" 0.5000002 ") && close.contains(" 0.5000010 "),
        "{close}"
    );
    assert!(text_of("0.1:0.9:3").contains(" 0.1000 "));
    let gap = ["search", "--link", "erf", "--what", "tau", "--gap", "1e-20"];
    let gap = text(stdout(&gap));
    assert!(gap.contains(" 1-1e-20 "), "{gap}");
    // Nothing grows at the target, of one unit and of several.
    let base = ["search", "--link", "erf", "--what", "tau", "--mu", "1"];
    for units in ["1", "2"] {
        let found = json(&[&base[..], &["--units", units, "--teacher-units", units]].concat());
        assert_eq!(found["curves"][0]["points"][0]["tau"], "inf", "{units}");
    }
    assert!(text_of("0.1:0.9:9").contains("(5 of 9 rows of a curve are shown; data have all)"));
}

/// `A = 1 - mu` of the linear link, to all digits of the number that was given, which the double nearest to `mu`
/// has not.
#[test]
fn strengths_next_to_one_are_known_by_what_they_lack() {
    let gradient = |arguments: &[&str]| -> Vec<f64> {
        let base = ["search", "--link", "linear", "--what", "tau"];
        let found = json(&[&base[..], arguments].concat());
        let curves = found["curves"].as_array().unwrap().iter();
        let points = curves.flat_map(|curve| curve["points"].as_array().unwrap());
        points
            .map(|p| p["gradient_norm"].as_f64().unwrap())
            .collect()
    };
    let close = |found: f64, exact: f64| (found / exact - 1.0).abs() < 1e-11;
    assert!(close(gradient(&["--gap", "1e-12"])[0], 1e-12));
    assert!(!close(gradient(&["--mu", "0.999999999999"])[0], 1e-12));
    for (i, found) in gradient(&["--gap", "log:1e-12:1e-6:7"]).iter().enumerate() {
        assert!(close(*found, 10f64.powi(i as i32 - 12)), "{found:e}");
    }
    // Even in the logarithm of 1 - mu, with its digits inside the ends, which are the doubles that were written.
    let grid = gradient(&["--mu", "gap:0.9:0.9999999999999:13"]);
    let ratio = (0.1 / (1.0 - 0.9999999999999_f64)).powf(1.0 / 12.0);
    for pair in grid[5..12].windows(2) {
        assert!(close(pair[0] / pair[1], ratio), "{pair:?}");
    }
}

#[test]
fn neighbours_of_a_fine_grid_stay_apart() {
    let value = crate::running::json(
        "search --link erf --mu 1:1.000000000000001:5 --what tau --format json",
    );
    let points = value["curves"][0]["points"].as_array().unwrap();
    let mu: Vec<f64> = points.iter().map(|p| p["mu"].as_f64().unwrap()).collect();
    assert!(
        mu.len() == 5 && mu.windows(2).all(|pair| pair[0] < pair[1]),
        "{mu:?}"
    );
}
