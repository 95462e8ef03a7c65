//! What `lorode scaling` promises: laws of known systems, tables, files, the same bytes, errors.

use crate::running::{fails, json, lorode};
use serde_json::Value;

/// The fit of a single pair.
fn fit(arguments: &str) -> Value {
    json(&format!("scaling {arguments} --format json"))["fits"][0].clone()
}

fn number(value: &Value, key: &str) -> f64 {
    value[key]
        .as_f64()
        .unwrap_or_else(|| panic!("{key}: {value}"))
}

fn column(run: &Value, key: &str) -> Vec<f64> {
    let points = run["curves"][0]["points"].as_array().unwrap().iter();
    points.map(|p| p[key].as_f64().unwrap()).collect()
}

#[test]
fn with_a_gradient_at_the_start_the_slope_is_half_tau() {
    // a grows like e^{t/tau} from 1/sqrt(d) = 3e-4 at most over the fit. The rates' next terms are
    // quadratic where the problem has no symmetry v -> -v (tilted) and worse at a kink (relu);
    // otherwise they are cubic and their effect falls like 1/d.
    for (problem, allowed) in [
        ("--link erf --mu 0.5", 1e-6),
        ("--link linear --mu 0.5", 1e-6),
        ("--link he3 --mu 0.5", 1e-6),
        ("--link he3 --mu 0.5 --angle 20", 3e-5),
        ("--link erf --mu 0.5 --adapter free", 1e-6),
        ("--teacher tanh --student erf --mu 0.9", 1e-6),
        ("--link relu --mu 0.5", 1e-4),
    ] {
        let fit = fit(problem);
        assert_eq!(fit["law"], "logarithmic", "{problem}: {fit}");
        let ratio = number(&fit, "slope") / (0.5 * number(&fit, "tau"));
        assert!((ratio - 1.0).abs() < allowed, "{problem}: {ratio}");
        let stated = number(&fit, "uncertainty") / number(&fit, "slope");
        assert!(stated < 2.0 * allowed, "{problem}: {stated}");
        assert_eq!((number(&fit, "from"), number(&fit, "to")), (1e7, 1e12));
    }
}

#[test]
fn from_scratch_the_information_exponent_decides() {
    // dm/dt = k k! m^(k-1) (1 - m^2) from m = 1/sqrt(d) to 1/2.
    let one = fit("--link he1 --adapter scratch");
    assert_eq!(one["law"], "constant", "{one}");
    assert!(
        (number(&one, "time") - 0.5_f64.atanh()).abs() < 1e-8,
        "{one}"
    );
    let two = fit("--link he2 --adapter scratch");
    // dm/dt = 4 m: m = e^{4t} / sqrt(d), t = ln(d) / 8.
    assert_eq!(two["law"], "logarithmic", "{two}");
    assert!((number(&two, "slope") - 0.125).abs() < 1e-7, "{two}");
    assert!(two["tau"].is_null());
    for k in 3..=8_u32 {
        let fit = fit(&format!("--link he{k} --adapter scratch"));
        assert_eq!(fit["law"], "power", "{k}: {fit}");
        let off = (number(&fit, "exponent") - 0.5 * f64::from(k - 2)).abs();
        assert!(off <= number(&fit, "uncertainty"), "{k}: {fit}");
        // He3 still feels its additive constant, 1/sqrt(d) of the whole.
        assert!(
            number(&fit, "uncertainty") < 1e-3 && off < 2e-4,
            "{k}: {fit}"
        );
        let factor = f64::from((1..=k).product::<u32>() * k * (k - 2));
        let prefactor = number(&fit, "prefactor") * factor;
        assert!((prefactor - 1.0).abs() < 2e-3, "{k}: {prefactor}");
    }
}

#[test]
fn without_a_gradient_the_amplitude_comes_first() {
    // A = 0, B > 0: u grows from d^-2 to its plateau in a time ~ ln d, then a like a^(k-1).
    let two = fit("--link he2 --mu 0 --u0-exponent 2");
    assert_eq!(two["law"], "logarithmic", "{two}");
    for (link, exponent) in [("he4", 1.0), ("he6", 2.0)] {
        let fit = fit(&format!("--link {link} --mu 0 --u0-exponent 2"));
        assert_eq!(fit["law"], "power", "{fit}");
        assert!((number(&fit, "exponent") - exponent).abs() < 1e-6, "{fit}");
        assert!(number(&fit, "uncertainty") < 1e-5, "{fit}");
    }
    let constant = fit("--link relu --mu 0");
    assert_eq!(constant["law"], "constant", "{constant}");
}

#[test]
fn what_is_measured_is_what_the_expansion_near_the_start_predicts() {
    for problem in [
        "--link erf --mu 0.5",
        "--link he3 --mu 0.5 --chi 3 --decay 0.01",
        "--teacher tanh --student he1+0.2*he3 --mu 0.2",
        "--link he1+he3 --mu 0.8 --adapter free",
        "--link he1 --adapter scratch",
        "--link he2 --adapter scratch",
        "--link he4 --adapter scratch",
        "--teacher he4+he5 --student he4 --adapter scratch",
        "--link he2 --mu 0 --u0-exponent 2",
        "--link he2 --mu 0 --u0-exponent 0.7",
        "--link he4 --mu 0 --u0-exponent 2",
        "--link he4 --mu 0 --u0-exponent 2 --chi 3 --decay 0.5",
        "--link he4 --mu 0 --u0-exponent 1 --adapter free",
        "--link he6 --mu 0 --u0 1e-4",
        "--link cos --mu 0 --u0 1e-4",
        "--link he3 --mu 0 --u0 1e-4",
        "--link he4 --mu 0",
        // The larger of u0 and 1/sqrt(d) starts the growing mode.
        "--link erf --mu 0.5 --u0 0.1",
        "--link he2 --mu 0 --u0 0.1 --adapter free",
        "--link he4 --mu 0 --u0 0.4 --chi 2 --adapter free",
        "--link he18 --mu 0 --u0 0.1 --t-max 1e200",
        "--link relu --mu 0",
        "--link relu --mu 0 --adapter free",
        "--link erf --mu 1",
    ] {
        let fit = fit(problem);
        let predicted = &fit["predicted"];
        assert_eq!(fit["law"], predicted["law"], "{problem}: {fit}");
        // The upper half of the range is fitted; what is not yet in the law is of order 1e-4 there.
        for (key, allowed) in [("slope", 1e-4), ("exponent", 1e-4), ("prefactor", 1e-2)] {
            if let (Some(told), Some(found)) = (predicted[key].as_f64(), fit[key].as_f64()) {
                let gap = (told - found).abs();
                assert!(
                    gap <= allowed * found.abs(),
                    "{problem}, {key}: {told}, {found}"
                );
            }
        }
    }
    // A noisy flow, or a gradient that does not point to the target, is not predicted.
    for problem in [
        "--link erf --mu 0.5 --nu 0.1",
        "--link he3 --mu 0.5 --angle 90",
    ] {
        assert!(fit(problem)["predicted"].is_null(), "{problem}");
    }
}

#[test]
fn times_do_not_depend_on_the_tolerances() {
    let line = "scaling --link he4 --mu 0 --u0-exponent 2 --format json";
    let usual = column(&json(line), "exit_time");
    for other in ["--atol 1e-40", "--rtol 1e-10"] {
        let times = column(&json(&format!("{line} {other}")), "exit_time");
        for (a, b) in usual.iter().zip(&times) {
            assert!((a / b - 1.0).abs() < 1e-7, "{other}: {a} {b}");
        }
    }
    // An absolute tolerance far above u0 is honoured when it is asked for, and it is recorded.
    let command = json(&format!("{line} --atol 1e-16"))["command"].clone();
    assert!(command.as_str().unwrap().contains("--atol"), "{command}");
}

#[test]
fn runs_that_never_leave_are_a_result() {
    for (start, hint) in [("", true), ("--u0-exponent 2", false), ("--u0 1e-4", false)] {
        let line = format!("scaling --link he3 --mu 0 {start}");
        let run = json(&format!("{line} --format json"));
        assert_eq!(run["fits"][0]["law"], "none");
        assert!(run["fits"][0]["uncertainty"].is_null());
        let points = run["curves"][0]["points"].as_array().unwrap();
        assert!(
            points
                .iter()
                .all(|p| p["outcome"] == "trapped" && p["exit_time"].is_null())
        );
        let folder = tempfile::tempdir().unwrap();
        let text = lorode(&format!("{line} --out {}", folder.path().display()))
            .output()
            .unwrap();
        assert!(text.status.success());
        let text = String::from_utf8(text.stdout).unwrap();
        assert!(text.contains("no run leaves: 21 trapped"), "{text}");
        assert_eq!(text.contains("--u0-exponent"), hint, "{text}");
        assert!(folder.path().join("scaling.png").exists());
    }
}

#[test]
fn what_did_not_leave_is_counted_beside_the_law() {
    let folder = tempfile::tempdir().unwrap();
    let line = format!(
        "scaling --link erf --mu 0.5 --t-max 400 --out {}",
        folder.path().display()
    );
    let text = String::from_utf8(lorode(&line).output().unwrap().stdout).unwrap();
    assert!(text.contains("logarithmic"), "{text}");
    assert!(
        text.contains("8 without an exit between d = 3.16e8 and 1.00e12 (8 unfinished)"),
        "{text}"
    );
}

#[test]
fn the_table_is_what_solve_says() {
    let run = json("scaling --link erf --mu 0.5 --dims log:1e2:1e7:6 --format json");
    assert_eq!(column(&run, "dim"), [1e2, 1e3, 1e4, 1e5, 1e6, 1e7]);
    let times = column(&run, "exit_time");
    let one = json("solve --link erf --mu 0.5 --dim 1e4 --format json");
    assert!((times[2] / one["exit_time"].as_f64().unwrap() - 1.0).abs() < 1e-12);
    let point = &run["curves"][0]["points"];
    assert!(point[0]["local_exponent"].is_null());
    let local = (times[3] / times[2]).ln() / 10_f64.ln();
    assert!((number(&point[3], "local_exponent") - local).abs() < 1e-12);
    // Steps are times over eta, the law's parameters with them.
    let steps = json(
        "scaling --link erf --mu 0.5 --dims log:1e2:1e7:6 --lr 0.2 --time steps --format json",
    );
    for key in ["slope", "tau", "uncertainty"] {
        let ratio = number(&steps["fits"][0], key) / number(&run["fits"][0], key);
        assert!((ratio - 5.0).abs() < 1e-3, "{key}: {ratio}");
    }
    let csv = lorode("scaling --link erf --link he2 --mu 0.5 --chi 2 --u0-exponent 3 --format csv");
    let csv = String::from_utf8({ csv }.output().unwrap().stdout).unwrap();
    let mut rows = csv.lines();
    let header: Vec<&str> = rows.next().unwrap().split(',').collect();
    assert_eq!(
        header,
        [
            "teacher",
            "student",
            "dim",
            "u0",
            "exit_time",
            "exit_mean",
            "exit_median",
            "exit_q05",
            "exit_q95",
            "exit_median_linear",
            "local_exponent",
            "predicted_exponent",
            "outcome",
            "mu",
            "chi",
            "u0_exponent",
            "version",
            "command"
        ]
    );
    assert_eq!(rows.clone().count(), 42);
    assert!(
        rows.next().unwrap().starts_with("erf,erf,100,1e-6,"),
        "{csv}"
    );
}

#[test]
fn the_recorded_command_repeats_the_run_whatever_the_threads() {
    let outputs = |line: &str| {
        let folder = tempfile::tempdir().unwrap();
        let line = format!("{line} --format npz --out {}", folder.path().display());
        let run = lorode(&line).output().unwrap();
        assert!(
            run.status.success(),
            "{}",
            String::from_utf8_lossy(&run.stderr)
        );
        let files = ["csv", "json", "npz", "svg", "png"]
            .map(|ending| std::fs::read(folder.path().join(format!("scaling.{ending}"))).unwrap());
        assert_eq!(run.stdout, files[2]);
        files
    };
    let line = "scaling --link he4 --mu 0 --dims log:1e2:1e9:8 --u0-exponent 2";
    let first = outputs(line);
    assert!(first == outputs(&format!("RAYON_NUM_THREADS=1 {line}")));
    let json: Value = serde_json::from_slice(&first[1]).unwrap();
    let command = json["command"].as_str().unwrap().strip_prefix("lorode ");
    assert!(first == outputs(command.unwrap()));
}

#[test]
fn a_problem_file_may_have_a_dimension_for_other_commands() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("problem.toml");
    std::fs::write(&file, "link = \"erf\"\nmu = 0.5\ndim = 1000\n").unwrap();
    let run = json(&format!("scaling {} --format json", file.display()));
    assert_eq!(run["fits"][0]["law"], "logarithmic");
    assert_eq!(column(&run, "dim").len(), 21);
}

#[test]
fn bad_input_is_refused_with_the_reason() {
    for (arguments, reason) in [
        ("--mu 0.5", "link is needed"),
        ("--link erf", "mu is needed"),
        ("--link erf --mu 0.1,0.2", "scaling takes one mu"),
        (
            "--link erf --mu 0.5 --dim 100",
            "dim has no meaning in scaling: the dimensions are --dims",
        ),
        (
            "--link erf --mu 0.5 --dims log:1e2:1e12:5",
            "dims has 5 distinct dimensions: a law is fitted to at least 6",
        ),
        (
            "--link erf --mu 0.5 --dims 2:4:100",
            "dims has 3 distinct dimensions",
        ),
        (
            "--link erf --mu 0.5 --dims 1,10,100,1e3,1e4,1e5",
            "dims = 1 is not allowed",
        ),
        (
            "--link erf --mu 0.5 --dims -5:9:8",
            "dims = -5 is not allowed",
        ),
        ("--link erf --mu 0.5 --dims many", "is not a finite number"),
        (
            "--link erf --mu 0.5 --dynamics map --lr 0.1 --batch 9",
            "dynamics map has no meaning in scaling",
        ),
        (
            "--link erf --mu 0.5 --alignment0 0.1",
            "alignment0 has no meaning over dimensions",
        ),
        (
            "--link erf --mu 0.5 --u0 0.1 --u0-exponent 2",
            "u0 and u0-exponent cannot be given together",
        ),
        (
            "--link erf --mu 0.5 --u0-exponent 0",
            "u0-exponent = 0 is not allowed",
        ),
        (
            "--link erf --mu 0.5 --u0-exponent nan",
            "u0-exponent = NaN is not allowed",
        ),
        ("--link erf --mu 0.5 --u0-exponent 30", "stays above 1e-290"),
        (
            "--link erf --adapter scratch --u0-exponent 2",
            "u0 has no meaning without a LoRA adapter",
        ),
        ("--link erf --mu 0.5 --atol 0", "atol = 0 is not allowed"),
        ("--link erf --mu 0.5 --out /proc/none", "is not writable"),
    ] {
        let complaint = fails(&format!("scaling {arguments}"), 2);
        assert!(complaint.contains(reason), "{arguments}: {complaint}");
    }
}
