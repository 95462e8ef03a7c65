//! Laws that hold for every link: Stein, Parseval, the fundamental theorem across breaks.

use crate::support::{Sum, all_links, fineness, phi, rule};
use lorode::expectation::{hermite_coefficients, moment};
use lorode::link::{Form, Link};

/// Rounding of a Gaussian average: several hundred terms of relative error 1e-16 each, the slope of
/// a steep link a few ulps off.
const AVERAGE: f64 = 1e-13;

type Function = fn(&Link, f64) -> f64;

/// Deviations that fourth-order averages of He_30 need: `x^118 phi(x)` is largest at 10.9.
const FAR: f64 = 24.0;

/// `E[f(x)]` by the quadrature of the tests, with the size of its terms.
fn mean(link: &Link, f: impl Fn(&Link, f64) -> f64) -> Sum {
    let breaks: Vec<f64> = link.breaks().iter().map(|b| b.at).collect();
    let mut sum = Sum::default();
    for (x, w) in rule(&breaks, fineness(link).width, FAR) {
        sum.add(w * f(link, x));
    }
    sum
}

/// `int_a^b f(x) dx`, split at the breaks of the link.
fn integral(link: &Link, (a, b): (f64, f64), f: impl Fn(f64) -> f64) -> Sum {
    let mut edges: Vec<f64> = link.breaks().iter().map(|b| b.at).collect();
    edges.extend([a, b]);
    let mut sum = Sum::default();
    let inside = rule(&edges, 0.25, 8.0)
        .into_iter()
        .filter(|(x, _)| (a..b).contains(x));
    for (x, w) in inside {
        sum.add(w / phi(x) * f(x));
    }
    sum
}

#[test]
fn moments_agree_with_a_quadrature_of_another_kind() {
    let functions: [(&str, Function); 6] = [
        ("f", |l, x| l.value(x)),
        ("f^2", |l, x| l.value(x).powi(2)),
        ("f'^2", |l, x| l.derivative(x).powi(2)),
        ("f f' x", |l, x| l.value(x) * l.derivative(x) * x),
        ("f^2 f'^2", |l, x| (l.value(x) * l.derivative(x)).powi(2)),
        ("f x^3", |l, x| l.value(x) * x.powi(3)),
    ];
    for link in all_links() {
        for (name, f) in functions {
            let (ours, own) = (moment(&link, f), mean(&link, f));
            let gap = (ours - own.value).abs();
            assert!(
                gap <= AVERAGE * own.size,
                "E[{name}] of {link}: {ours} against {} ({:.1e})",
                own.value,
                gap / own.size
            );
        }
    }
}

/// `E[x f(x)] = E[f'(x)] + sum_breaks jump phi(at)`.
#[test]
fn stein_holds_with_jumps() {
    for link in all_links() {
        let left = moment(&link, |l, x| x * l.value(x));
        let size = moment(&link, |l, x| (x * l.value(x)).abs());
        let jumps: f64 = link.breaks().iter().map(|b| b.jump * phi(b.at)).sum();
        let right = moment(&link, Link::derivative) + jumps;
        let gap = (left - right).abs();
        assert!(gap <= AVERAGE * size, "{link}: {left} against {right}");
    }
}

/// Stein once more, for the derivative: `E[x f'(x)] = E[f''(x)] + sum_breaks slope_jump phi(at)`
/// where the link is continuous.
#[test]
fn stein_holds_for_the_slope() {
    for link in all_links().iter().filter(|l| !l.has_jump()) {
        let left = moment(link, |l, x| x * l.derivative(x));
        let size = moment(link, |l, x| (x * l.derivative(x)).abs());
        let jumps: f64 = link.breaks().iter().map(|b| b.slope_jump * phi(b.at)).sum();
        let right = moment(link, Link::second_derivative) + jumps;
        let gap = (left - right).abs();
        assert!(
            gap <= AVERAGE * (size + 1e-3),
            "{link}: {left} against {right}"
        );
    }
}

/// `sum_{k<n} a_k^2 k! = E[f^2] - tail(n)` with `0 <= tail(n) <= E[f'^2] / n` where the link is
/// continuous (`sum k a_k^2 k! = E[f'^2]`), and `<= E[f''^2] / (n (n-1))` where its slope is too.
#[test]
fn parseval_up_to_a_bounded_tail() {
    const TERMS: usize = 128;
    for link in all_links() {
        let coefficients = hermite_coefficients(&link, TERMS);
        let power = moment(&link, |l, x| l.value(x).powi(2));
        let (mut seen, mut factorial) = (0.0, 1.0);
        let mut tails = Vec::new();
        for (k, a) in coefficients.iter().enumerate() {
            factorial *= k.max(1) as f64;
            seen += a * a * factorial;
            tails.push(power - seen);
        }
        let rounding = 4.0 * AVERAGE * power;
        for (k, tail) in tails.iter().enumerate() {
            let n = (k + 1) as f64;
            let smooth = link
                .breaks()
                .iter()
                .all(|b| b.jump == 0.0 && b.slope_jump == 0.0);
            let bound = if link.has_jump() {
                power
            } else if smooth && k > 0 {
                moment(&link, |l, x| l.second_derivative(x).powi(2)) / (n * (n - 1.0))
            } else {
                moment(&link, |l, x| l.derivative(x).powi(2)) / n
            };
            assert!(
                (-rounding..=bound + rounding).contains(tail),
                "{link}: the tail beyond {n} terms is {tail:e}, bound {bound:e}"
            );
        }
        if link.has_jump() {
            // Coefficients of a jump: a_k^2 k! ~ k^(-3/2) (every other one), hence tail ~ n^(-1/2).
            let ratio = tails[TERMS - 1] / tails[TERMS / 4 - 1];
            // Elsewhere than at 0 they oscillate besides, a_k^2 k! ~ k^(-3/2) (1 + cos(2 sqrt(k) at)), which moves
            // a tail by at most 1 / (2 at sqrt(n)) of itself.
            let moved = |n: usize| -> f64 {
                let nearest = link.breaks().iter().filter(|b| b.jump != 0.0);
                let at = nearest.map(|b| b.at.abs()).fold(f64::INFINITY, f64::min);
                if at > 0.0 {
                    0.5 / (at * (n as f64).sqrt())
                } else {
                    0.0
                }
            };
            let allowed = 0.02 + 0.5 * (moved(TERMS) + moved(TERMS / 4));
            assert!((ratio - 0.5).abs() < allowed, "{link}: {ratio}");
        }
    }
}

/// `a_k k! = E[f He_k]`, by the recurrence `He_{k+1} = x He_k - k He_{k-1}` and own quadrature.
#[test]
fn hermite_coefficients_are_projections() {
    for link in all_links() {
        let coefficients = hermite_coefficients(&link, 13);
        let mut factorial = 1.0;
        for (k, a) in coefficients.iter().enumerate() {
            factorial *= k.max(1) as f64;
            let own = mean(&link, |l, x| {
                let (mut before, mut here) = (0.0, 1.0);
                for j in 0..k {
                    (before, here) = (here, x * here - j as f64 * before);
                }
                l.value(x) * here
            });
            let gap = (a * factorial - own.value).abs();
            assert!(gap <= AVERAGE * own.size, "{link}, k = {k}: {a}, {gap:e}");
        }
        if let Form::Polynomial(exact) = link.form() {
            for (k, a) in coefficients.iter().enumerate() {
                let expected = exact.get(k).copied().unwrap_or(0.0);
                let size = (moment(&link, |l, x| l.value(x).powi(2)) / factorial_of(k)).sqrt();
                assert!(
                    (a - expected).abs() <= AVERAGE * size,
                    "{link}, k = {k}: {a}"
                );
            }
        }
    }
}

fn factorial_of(k: usize) -> f64 {
    (1..=k).map(|i| i as f64).product()
}

/// Sixth-order central differences, step 2e-3: truncation `h^6 f''''''' / 140` is below 1e-13 of
/// the links' size, rounding `1e-16 |f| / h` is 1e-13 of it.
#[test]
fn derivatives_are_those_of_the_values() {
    const STEP: f64 = 2e-3;
    for link in all_links() {
        for i in 0..81 {
            let x = -4.0 + 0.1 * f64::from(i) + 0.013;
            if link.breaks().iter().any(|b| (b.at - x).abs() < 4.0 * STEP) {
                continue;
            }
            let checks: [(&str, Function, f64); 2] = [
                ("f'", Link::value, link.derivative(x)),
                ("f''", Link::derivative, link.second_derivative(x)),
            ];
            for (name, f, exact) in checks {
                let odd = |j: f64| f(&link, x + j * STEP) - f(&link, x - j * STEP);
                let slope = (45.0 * odd(1.0) - 9.0 * odd(2.0) + odd(3.0)) / (60.0 * STEP);
                let size = f(&link, x).abs() + 10.0 * exact.abs() + 0.1;
                assert!(
                    (slope - exact).abs() <= 1e-11 * size,
                    "{name} of {link} at {x}: {exact} against {slope}"
                );
            }
        }
    }
}

/// `f(b) - f(a) = int f' + sum jumps`, and the same for the slope: a break that is not listed, or
/// one with a wrong jump, breaks it.
#[test]
fn breaks_account_for_every_jump() {
    for link in all_links() {
        for ends in [(-3.1, 4.3), (-6.7, -0.2), (-0.45, 0.55), (0.3, 2.9)] {
            let inside = || {
                link.breaks()
                    .iter()
                    .filter(|b| (ends.0..ends.1).contains(&b.at))
            };
            let jumps: f64 = inside().map(|b| b.jump).sum();
            let slope_jumps: f64 = inside().map(|b| b.slope_jump).sum();
            let slope = integral(&link, ends, |x| link.derivative(x));
            let bend = integral(&link, ends, |x| link.second_derivative(x));
            let rise = link.value(ends.1) - link.value(ends.0);
            let turn = link.derivative(ends.1) - link.derivative(ends.0);
            for (name, change, sum, jumps) in
                [("f", rise, slope, jumps), ("f'", turn, bend, slope_jumps)]
            {
                let size = sum.size + link.value(ends.0).abs() + link.value(ends.1).abs() + 1.0;
                assert!(
                    (change - sum.value - jumps).abs() <= 1e-13 * size,
                    "{name} of {link} over {ends:?}: {change} against {} + {jumps}",
                    sum.value
                );
            }
        }
    }
}

/// At a jump the value is the mean of the two sides; at a kink the slope is.
#[test]
fn values_at_breaks_are_means_of_the_sides() {
    const BESIDE: f64 = 1e-9;
    for link in all_links() {
        for b in link.breaks() {
            let sides = |f: Function| (f(&link, b.at - BESIDE), f(&link, b.at + BESIDE));
            for (f, jump) in [
                (Link::value as Function, b.jump),
                (Link::derivative, b.slope_jump),
            ] {
                let (left, right) = sides(f);
                // The sides move by their slope times the distance, a few 1e-9.
                assert!((right - left - jump).abs() < 1e-8, "{link}: {b:?}");
                assert!(
                    (f(&link, b.at) - 0.5 * (left + right)).abs() < 1e-8,
                    "{link}: {b:?}"
                );
            }
        }
    }
}
