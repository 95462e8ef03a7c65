//! Pre-training that is nearly perfect.

use crate::search_reference::{close, gaussian_average, lorode, number, tau};

/// Near perfect pre-training `A = C (1-mu)` with `C = E[x^2 sigma'^2]` and `B = -E[sigma'^2]`,
/// so `tau (1-mu)^2 -> E[sigma'^2] / E[x^2 sigma'^2]^2`.
#[test]
fn the_divergence_near_one_has_the_constant_of_the_theory() {
    type Slope = fn(f64) -> f64;
    let slopes: [(&str, Slope); 4] = [
        ("erf", |x| std::f64::consts::FRAC_2_SQRT_PI * (-x * x).exp()),
        ("sigmoid", |x| 0.25 / (0.5 * x).cosh().powi(2)),
        ("tanh", |x| 1.0 / x.cosh().powi(2)),
        ("he3", |x| 3.0 * (x * x - 1.0)),
    ];
    for (name, slope) in slopes {
        let b = gaussian_average(|x| slope(x).powi(2));
        let c = gaussian_average(|x| (x * slope(x)).powi(2));
        let constant = b / (c * c);
        let mut last = f64::INFINITY;
        for exponent in 1..=6 {
            let gap = 10f64.powi(-exponent);
            let mu = 1.0 - gap;
            let error = (tau(name, mu) * (1.0 - mu).powi(2) / constant - 1.0).abs();
            if exponent >= 2 {
                // First order in the gap.
                assert!(
                    error < 30.0 * gap,
                    "{name} at mu = {mu}: off by {error:.1e}"
                );
                assert!(error < last, "{name}: no closer at mu = {mu}");
            }
            last = error;
        }
    }
}

/// `A` of equal links by the gap that was given, which the double nearest to `1 - gap` lacks: Hermite polynomials by exact
/// fractions in Python, `abs(x-0.5)^1.5`, whose cusps make it no power series of the gap, by mpmath. Runs from there end,
/// and exits go like `1/gap^2`.
#[test]
fn the_gap_that_is_given_counts() {
    for (name, gap, right) in [
        ("he4", "1e-8", 6.719_999_611_200_009_5e-6),
        ("he5", "1e-6", 5.399_956_800_157_2e-3),
        ("he5", "1e-12", 5.399_999_999_956_8e-9),
        ("he5", "1e-16", 5.399_999_999_999_996e-13),
        ("he7", "1e-10", 4.586_399_994_284_64e-5),
        ("he10", "1e-12", 6.894_719_999_867_731e-4),
        ("abs(x-0.5)^1.5", "1e-6", 3.599_375_805_352_4e-6),
    ] {
        let what = if name.contains("abs") {
            "tau"
        } else {
            "tau,exit_time"
        };
        let json = lorode(&["search", "--link", name, "--gap", gap, "--what", what]);
        let point = &json["curves"][0]["points"][0];
        let (found, error) = (
            number(point, "gradient_norm"),
            number(point, "gradient_error"),
        );
        let off = (found - right).abs();
        // The reference has 14 digits.
        assert!(
            off <= error + 1e-14 * right,
            "{name} at {gap}: {found:e}, off by {off:.1e} of {error:.1e}"
        );
        assert!(error <= 1e-9 * right, "{name} at {gap}: {error:.1e}");
        if name == "he5" {
            // To first order in the gap, with the value of the smallest that learns in the longest time.
            let scaled = number(point, "exit_time") * gap.parse::<f64>().unwrap().powi(2);
            close(scaled, 1.317_558_462e-4, 1e-5, &format!("exit at {gap}"));
        } else if what != "tau" {
            assert_eq!(point["outcome"], "learned", "{name} at {gap}");
        }
    }
}

#[test]
fn the_divergence_is_seen_on_the_command_line() {
    let json = lorode(&["search", "--link", "erf", "--mu", "gap:0.9:0.999999:11"]);
    let points = json["curves"][0]["points"].as_array().unwrap();
    let scaled: Vec<f64> = points
        .iter()
        .map(|p| number(p, "tau") * (1.0 - number(p, "mu")).powi(2))
        .collect();
    assert_eq!(scaled.len(), 11);
    // Slope -2 over the last decade, to the first-order correction there.
    close(scaled[10], scaled[8], 1e-4, "tau (1-mu)^2");
    // All of them are found, and the measured exit keeps the same power.
    let exits =
        |i: usize| number(&points[i], "exit_time") * (1.0 - number(&points[i], "mu")).powi(2);
    close(exits(10), exits(8), 1e-4, "exit (1-mu)^2");
}
