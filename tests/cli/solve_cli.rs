//! What `lorode solve` promises: its keys, its nulls, and the units of times there and in `search`.

use super::written::*;
use serde_json::Value;

#[test]
fn times_come_in_t_steps_or_samples() {
    // nu would follow from lr and batch; compare at equal nu.
    let base = [
        "search", "--link", "erf", "--mu", "0.5", "--lr", "0.2", "--batch", "500", "--dim", "1000",
    ];
    let point = |args: &[&str]| json(args)["curves"][0]["points"][0].clone();
    let t = point(&base);
    for (unit, factor) in [("t", 1.0), ("steps", 5.0), ("samples", 2500.0)] {
        let other = point(&[&base[..], &["--time", unit]].concat());
        for key in [
            "tau",
            "exit_time",
            "exit_linear",
            "exit_mean",
            "exit_median",
            "exit_q05",
            "exit_q95",
            "exit_median_linear",
        ] {
            close(
                number(&other, key),
                factor * number(&t, key),
                &format!("{key} in {unit}"),
            );
        }
        close(
            number(&other, "growth_rate"),
            number(&t, "growth_rate") / factor,
            "rate",
        );
        for key in ["gradient_norm", "curvature"] {
            close(number(&other, key), number(&t, key), key);
        }
    }
}

#[test]
fn solve_converts_every_time_it_reports() {
    let base = [
        "solve", "--link", "erf", "--mu", "0.5", "--lr", "0.2", "--batch", "500", "--points", "20",
    ];
    let t = json(&base);
    let samples = json(&[&base[..], &["--time", "samples"]].concat());
    for key in ["exit_time", "tau", "end_time"] {
        close(number(&samples, key), 2500.0 * number(&t, key), key);
    }
    let times = |v: &Value| -> Vec<f64> {
        let list = v["trajectory"]["t"].as_array().unwrap();
        list.iter().map(|t| t.as_f64().unwrap()).collect()
    };
    for (a, b) in times(&samples).iter().zip(times(&t)).skip(1) {
        close(*a, 2500.0 * b, "t");
    }
    assert_eq!(samples["trajectory"]["m"], t["trajectory"]["m"]);
}

/// `E[He_k'^2] = k k!`, and what it is for links with a closed form.
#[test]
fn hermite_time_multiplies_by_the_mean_squared_slope() {
    let factors = [
        ("linear", 1.0),
        ("he2", 4.0),
        ("he3", 18.0),
        ("he5", 600.0),
        ("relu", 0.5),
        ("erf", 4.0 / (std::f64::consts::PI * 5f64.sqrt())),
    ];
    for (link, factor) in factors {
        let base = ["search", "--link", link, "--mu", "0.6"];
        let point = |args: &[&str]| json(args)["curves"][0]["points"][0].clone();
        let (plain, scaled) = (
            point(&base),
            point(&[&base[..], &["--hermite-time"]].concat()),
        );
        for key in ["tau", "exit_time", "exit_linear", "exit_median"] {
            close(
                number(&scaled, key),
                factor * number(&plain, key),
                &format!("{key} of {link}"),
            );
        }
    }
    // With steps: both factors.
    let base = [
        "solve",
        "--link",
        "he3",
        "--mu",
        "0.6",
        "--lr",
        "0.01",
        "--hermite-time",
        "--points",
        "4",
    ];
    let (plain, steps) = (
        json(&["solve", "--link", "he3", "--mu", "0.6", "--points", "4"]),
        json(&[&base[..], &["--time", "steps"]].concat()),
    );
    close(
        number(&steps, "exit_time"),
        1800.0 * number(&plain, "exit_time"),
        "steps with k k!",
    );
}

#[test]
fn perfect_pretraining_has_learned_before_it_starts() {
    for link in ["tanh", "erf", "relu", "tanh(10*x)"] {
        let solved = json(&["solve", "--link", link, "--mu", "1", "--points", "4"]);
        assert_eq!(solved["outcome"], "learned", "{link}");
        assert!(number(&solved, "end_time").abs() <= 0.0, "{link}");
        let searched = json(&["search", "--link", link, "--mu", "1"]);
        assert_eq!(searched["curves"][0]["points"][0]["outcome"], "learned");
    }
}

#[test]
fn solve_json_has_the_agreed_keys() {
    let json = json(&["solve", "--link", "erf", "--mu", "0.5", "--points", "50"]);
    has_provenance(&json);
    assert_eq!(json["outcome"], "learned");
    // The issue's own number, at its start and threshold.
    let theirs = self::json(&[
        "solve",
        "--link",
        "erf",
        "--mu",
        "0.5",
        "--u0",
        "1e-6",
        "--threshold",
        "0.9",
        "--points",
        "4",
    ]);
    assert!((number(&theirs, "exit_time") / 155.73155238486 - 1.0).abs() < 1e-7);
    let trajectory = &json["trajectory"];
    assert_eq!(
        keys(trajectory),
        ["t", "u", "alignment", "s", "m", "q", "loss"]
    );
    let column = |key: &str| -> Vec<f64> {
        let list = trajectory[key].as_array().unwrap();
        list.iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let (t, u, a, s, m, q) = (
        column("t"),
        column("u"),
        column("alignment"),
        column("s"),
        column("m"),
        column("q"),
    );
    assert!((40..=60).contains(&t.len()), "about 50 points");
    assert!(t.windows(2).all(|w| w[0] < w[1]));
    assert_eq!(t[0].to_bits(), 0f64.to_bits());
    assert!((a[0] - 1.0 / 1000f64.sqrt()).abs() < 1e-15);
    for i in 0..t.len() {
        // m = rho + u a, q = kappa + 2 u s + u^2, s = mu a (theory.md, section 1).
        assert!((m[i] - (0.5 + u[i] * a[i])).abs() < 1e-14);
        assert!((q[i] - (0.25 + 2.0 * u[i] * s[i] + u[i] * u[i])).abs() < 1e-14);
        assert!((s[i] - 0.5 * a[i]).abs() < 1e-14);
    }
    let solver = &json["solver"];
    assert_eq!(
        keys(solver),
        ["method", "steps", "rhs_evaluations", "seconds"]
    );
    assert!(number(solver, "steps") > 0.0);
    assert!(number(solver, "rhs_evaluations") > number(solver, "steps"));
    assert!((0.0..60.0).contains(&number(solver, "seconds")));
}

#[test]
fn solve_has_nulls_without_an_adapter_and_without_an_exit() {
    let full = json(&[
        "solve",
        "--link",
        "erf",
        "--mu",
        "0.3",
        "--adapter",
        "full",
        "--points",
        "10",
    ]);
    let nulls = |v: &Value, key: &str| {
        let list = v["trajectory"][key].as_array().unwrap();
        list.iter().all(Value::is_null)
    };
    assert!(nulls(&full, "u") && nulls(&full, "s"));
    assert!(!nulls(&full, "alignment"));
    let trapped = json(&["solve", "--link", "he3", "--mu", "0.1", "--t-max", "1"]);
    assert!(trapped["exit_time"].is_null());
    assert_eq!(trapped["outcome"], "unfinished");
}

#[test]
fn all_methods_agree_on_the_exit() {
    let exit = |method: &str| {
        let json = json(&[
            "solve", "--link", "erf", "--mu", "0.6", "--method", method, "--points", "4",
        ]);
        number(&json, "exit_time")
    };
    let rk45 = exit("rk45");
    for method in ["implicit", "auto"] {
        assert!((exit(method) / rk45 - 1.0).abs() < 1e-7, "{method}");
    }
}
