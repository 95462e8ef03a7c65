//! What `lorode kernel` promises: its keys, its formats, its borders.

use super::said::refused;
use super::written::*;

const KERNEL: [&str; 6] = [
    "alpha",
    "beta",
    "noise_kernel",
    "loss",
    "error_estimate",
    "method",
];

#[test]
fn kernel_json_has_the_agreed_keys_first() {
    let json = json(&[
        "kernel",
        "--teacher",
        "he3",
        "--student",
        "linear",
        "--m",
        "0.4388",
        "--q",
        "0.279",
        "--noise",
        "0.1",
    ]);
    assert_eq!(keys(&json)[..6], KERNEL);
    has_provenance(&json);
    // From tests/reference/values.json: alpha = 0, beta = -1, N = 6 + q + Delta, loss half of it.
    assert!(number(&json, "alpha").abs() < 1e-14);
    close(number(&json, "beta"), -1.0, "beta");
    close(number(&json, "noise_kernel"), 6.379, "N");
    close(number(&json, "loss"), 3.1895, "loss");
    let error = number(&json, "error_estimate");
    assert!((0.0..1e-10).contains(&error), "{error}");
    assert!(json["method"].is_string());
}

#[test]
fn kernel_formats_say_the_same() {
    let args = [
        "kernel",
        "--link",
        "x*sigmoid(x)",
        "--m",
        "-0.3",
        "--q",
        "0.7",
        "--noise",
        "0.25",
    ];
    let json = json(&args);
    let csv = columns(&stdout(&[&args[..], &["--format", "csv"]].concat()));
    let arrays = npz(&stdout(&[&args[..], &["--format", "npz"]].concat()));
    for name in &KERNEL[..5] {
        let value = number(&json, name);
        assert_eq!(csv[*name].len(), 1);
        let field: f64 = csv[*name][0].parse().unwrap();
        close(value, field, name);
        assert_eq!(arrays[*name].numbers()[0].to_bits(), field.to_bits());
    }
    assert_eq!(csv["teacher"][0], "x*sigmoid(x)");
    assert_eq!(csv["version"][0], env!("CARGO_PKG_VERSION"));
    assert_eq!(
        csv["method"][0],
        arrays["method"].words()[0],
        "words survive numpy's fixed width"
    );
    let human = text(stdout(&args));
    assert!(human.contains("alpha") && human.contains('±'));
}

#[test]
fn kernel_on_the_boundary_and_beyond_any_usual_scale() {
    // m^2 = q exactly, both signs, tiny and large: finite, and an error estimate that says so.
    for link in ["erf", "relu", "he3", "tanh", "abs(x)"] {
        for (m, q) in [
            ("0.5", "0.25"),
            ("-0.5", "0.25"),
            ("1", "1"),
            ("1e-8", "1e-16"),
            ("0", "1e-12"),
            ("3", "9"),
            ("0", "25"),
        ] {
            let json = json(&["kernel", "--link", link, "--m", m, "--q", q]);
            for name in &KERNEL[..4] {
                assert!(
                    number(&json, name).is_finite(),
                    "{name} of {link} at {m}, {q}"
                );
            }
            let size = number(&json, "alpha").abs() + number(&json, "beta").abs();
            let error = number(&json, "error_estimate");
            assert!(
                error >= 0.0 && error < 1e-10 * (1.0 + size),
                "{link} at {m}, {q}: {error}"
            );
            // A loss is not negative; at m = q = 1 it is 0 and the gradient vanishes.
            assert!(number(&json, "loss") > -1e-13 * (1.0 + size));
            if m == "1" {
                let gradient = number(&json, "alpha") + number(&json, "beta");
                assert!(gradient.abs() < 1e-12 * size, "{link}: {gradient}");
                assert!(number(&json, "loss").abs() < 1e-12 * size);
            }
        }
    }
}

/// He3 of variances v1, v2: `F = 6 m^3 + 9 m (v1 - 1)(v2 - 1)`, so that `E[He3^2] = 6 v^3 + 9 v (v - 1)^2`.
#[test]
fn kernel_of_a_teacher_of_another_variance() {
    let (m, v1, q) = (-0.6_f64, 2.5_f64, 0.7_f64);
    let args = "kernel --link he3 --m -0.6 --q 0.7 --teacher-variance 2.5 --noise 0.1";
    let args: Vec<&str> = args.split(' ').collect();
    let json = json(&args);
    let square = |v: f64| 6.0 * v.powi(3) + 9.0 * v * (v - 1.0).powi(2);
    let product = 6.0 * m.powi(3) + 9.0 * m * (v1 - 1.0) * (q - 1.0);
    close(
        number(&json, "alpha"),
        18.0 * m * m + 9.0 * (v1 - 1.0) * (q - 1.0),
        "alpha",
    );
    // beta = 2 dF/dq - S', S = E[He3^2].
    let own = 18.0 * q * q + 9.0 * (q - 1.0).powi(2) + 18.0 * q * (q - 1.0);
    close(number(&json, "beta"), 18.0 * m * (v1 - 1.0) - own, "beta");
    let loss = 0.5 * (square(v1) + square(q) + 0.1) - product;
    close(number(&json, "loss"), loss, "loss");
    close(number(&json, "teacher_variance"), v1, "teacher_variance");
    let again = json["command"].as_str().unwrap();
    assert!(again.ends_with("--teacher-variance 2.5"), "{again}");
    let csv = columns(&stdout(&[&args[..], &["--format", "csv"]].concat()));
    assert_eq!(csv["teacher_variance"][0], "2.5");
    assert_eq!(csv["m"][0], "-0.6");
    assert!(text(stdout(&args)).contains("teacher of variance 2.5"));
    for (variance, said) in [
        ("0", "teacher-variance = 0 is not allowed"),
        ("-1", "teacher-variance = -1 is not allowed"),
        ("nan", "teacher-variance = NaN is not allowed"),
        (
            "0.5",
            "m = -0.6 is not allowed with q = 0.7 and teacher-variance = 0.5",
        ),
    ] {
        let mut other = args.clone();
        other[8] = variance;
        refused(&other, &[said]);
    }
}

/// Half a unit of the last digit shown is at least the error, unless one digit is shown; 0 where none holds.
#[test]
fn no_more_digits_than_hold() {
    for link in ["tanh", "1/(1+1e10*(x-0.3)^2)"] {
        let human = text(stdout(&[
            "kernel", "--link", link, "--m", "0.5", "--q", "0.5",
        ]));
        let averages: Vec<&str> = human.lines().filter(|line| line.contains('±')).collect();
        assert_eq!(averages.len(), 4, "{human}");
        for line in averages {
            let (shown, error) = line.split_once(" ± ").unwrap();
            let shown = shown.split_whitespace().last().unwrap();
            let error: f64 = error.parse().unwrap();
            let (mantissa, exponent) = shown.split_once('e').unwrap_or((shown, "0"));
            let decimals = mantissa.split_once('.').map_or(0, |(_, after)| after.len());
            let last = 10f64.powi(exponent.parse::<i32>().unwrap() - decimals as i32);
            assert!(decimals == 0 || 0.5 * last >= 0.95 * error, "{line}");
            assert!(
                shown == "0" || shown.parse::<f64>().unwrap().abs() > error,
                "{line}"
            );
        }
    }
}
