//! Growth rates of linear systems, without cancellation.

/// The growth rate of what rolls with a friction where it would grow at `rate` in gradient flow; not by cancellation.
pub(super) fn rolling(friction: Option<f64>, rate: f64) -> f64 {
    match friction {
        Some(gamma) if rate > 0.0 => 2.0 * rate / (gamma + (gamma * gamma + 4.0 * rate).sqrt()),
        // What does not grow falls back as fast as friction lets it, at most at half of it.
        Some(gamma) => 0.5 * (-gamma + (gamma * gamma + 4.0 * rate).max(0.0).sqrt()),
        None => rate,
    }
}

/// What the rate of gradient flow changes by for a change of that of what rolls.
pub(super) fn slope(friction: Option<f64>, growth: f64) -> f64 {
    friction.map_or(1.0, |gamma| (gamma + 2.0 * growth).max(f64::MIN_POSITIVE))
}

/// Eigenvalues of `[[b, a], [c, 0]]` with `a c = coupling^2`, larger first, neither by cancellation and
/// nothing squared.
pub(super) fn eigenvalues(b: f64, coupling: f64) -> (f64, f64) {
    let root = b.hypot(2.0 * coupling);
    if b < 0.0 {
        let minus = 0.5 * (b - root);
        (-(coupling / minus) * coupling, minus)
    } else {
        let plus = 0.5 * (b + root);
        let minus = if plus == 0.0 {
            0.0
        } else {
            -(coupling / plus) * coupling
        };
        (plus, minus)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The linear map of SGD with momentum `theta = 1 - gamma sqrt(eta)` around a point where gradient flow grows at
    /// `rate`: `(x, b) -> (x + b+, b+)`, `b+ = theta b + eta rate x`, whose larger eigenvalue is `1 + growth sqrt(eta)`.
    #[test]
    fn a_ball_grows_as_its_steps_do() {
        for (gamma, rate) in [(0.0, 0.02), (0.3, 0.02), (2.0, 1e-4), (0.5, 3.0)] {
            let growth = rolling(Some(gamma), rate);
            assert!((growth * growth + gamma * growth - rate).abs() < 1e-15 * rate.max(1.0));
            let h = 1e-3;
            let (theta, eta) = (1.0 - gamma * h, h * h);
            // Trace 1 + theta + eta rate, determinant theta.
            let half = 0.5 * (1.0 + theta + eta * rate);
            let largest = half + (half * half - theta).sqrt();
            let found = (largest - 1.0) / h;
            assert!(
                (found - growth).abs() < 2.0 * h * (1.0 + rate),
                "{gamma} {rate}: {found} {growth}"
            );
            let (up, down) = (
                rolling(Some(gamma), 1.001 * rate),
                rolling(Some(gamma), 0.999 * rate),
            );
            let by = 0.002 * rate / slope(Some(gamma), growth);
            assert!(((up - down) / by - 1.0).abs() < 1e-5);
        }
        assert!((rolling(Some(0.4), -0.03) + 0.1).abs() < 1e-15);
        assert!((rolling(Some(0.4), -1.0) + 0.2).abs() < 1e-15, "it swings");
    }

    #[test]
    fn eigenvalues_solve_the_characteristic_equation_without_cancellation() {
        // Near mu = 1: B = -1, A = 1e-9; lambda_+ = A^2 to first order, lost by the naive form.
        let (plus, minus) = eigenvalues(-1.0, 1e-9);
        assert!((plus / 1e-18 - 1.0).abs() < 1e-15);
        assert!((minus + 1.0).abs() < 1e-15);
        // Nothing underflows: the same at any scale.
        let (plus, minus) = eigenvalues(-1e-200, 1e-209);
        assert!((plus / 1e-218 - 1.0).abs() < 1e-15);
        assert!((minus / 1e-200 + 1.0).abs() < 1e-15);
        for (b, a) in [(2.0, 1.7), (-2.0, 1.7), (0.0, 1.0), (5.0, 0.0), (-5.0, 0.0)] {
            let (plus, minus) = eigenvalues(b, a);
            assert!((plus + minus - b).abs() < 1e-14);
            assert!((plus * minus + a * a).abs() < 1e-14);
        }
    }
}
