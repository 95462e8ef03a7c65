//! What `lorode kernel` promises: its keys, its formats, its borders.

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
