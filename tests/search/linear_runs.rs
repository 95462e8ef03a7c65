//! The linear search phase against a simulation written here and the full ODE from a tiny start.

use super::search_reference::*;
use lorode::integrator::Tolerances;
use lorode::problem::{Adapter, PreTraining, Problem, Scaling, Setup};
use lorode::search::{ExitLaw, SearchPhase};
use lorode::trajectory::solve;

/// Uniform and normal numbers, good enough for quantiles; independent of the program.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        ((z >> 11) as f64 + 0.5) / (1u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.uniform()).cos()
    }
}

/// A linear search phase as the simulation sees it.
struct Linear {
    a: f64,
    b: f64,
    chi: f64,
    /// `nu N / d`: variance of u's kicks per unit of time.
    kicks: f64,
    /// Cosine between gradient and `omega*`.
    cosine: f64,
    dim: f64,
    threshold: f64,
}

impl Linear {
    /// One run of `du = (B u + A p) dt + kicks`, `dp = chi A u dt`, by Heun's method.
    fn exit(&self, random: &mut Random, step: f64) -> f64 {
        let (mut u, mut p) = (0.0, random.normal() / self.dim.sqrt());
        let kick = (self.kicks * step).sqrt();
        let mut t = 0.0;
        loop {
            let noise = if kick > 0.0 {
                kick * random.normal()
            } else {
                0.0
            };
            let (du, dp) = (self.b * u + self.a * p, self.chi * self.a * u);
            let (v, r) = (u + step * du + noise, p + step * dp);
            let (dv, dr) = (self.b * v + self.a * r, self.chi * self.a * v);
            let before = p.abs();
            u += 0.5 * step * (du + dv) + noise;
            p += 0.5 * step * (dp + dr);
            let goal = self.threshold / self.cosine.abs();
            if p.abs() >= goal {
                // Growth is exponential within the step.
                return t + step * (goal / before).ln() / (p.abs() / before).ln();
            }
            t += step;
        }
    }
}

const RUNS: usize = 6_000;

/// Quantiles and mean of the law against simulated runs, in units of tau, within four standard
/// errors of the sample (the density of log|X| at its quantiles gives them).
fn law_against_runs(linear: &Linear, law: &ExitLaw, tau: f64, what: &str) {
    let mut random = Random(20_261_124);
    let step = tau / 60.0;
    let step = step.min(0.2 / linear.b.abs());
    let mut exits: Vec<f64> = (0..RUNS).map(|_| linear.exit(&mut random, step)).collect();
    exits.sort_by(f64::total_cmp);
    // Standard error of a quantile of -log|Z|: sqrt(p (1-p) / n) / density.
    for (p, z) in [(0.05, 1.959_964_f64), (0.5, 0.674_490), (0.95, 0.062_707)] {
        let density = z * 2.0 * (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let error = (p * (1.0 - p) / RUNS as f64).sqrt() / density;
        let simulated = exits[(p * RUNS as f64) as usize];
        let predicted = law.quantile(p).unwrap();
        let gap = (simulated - predicted).abs() / tau;
        assert!(
            gap < 4.0 * error,
            "{what}: the {p} quantile is {simulated} simulated, {predicted} predicted: \
             {gap:.4} tau apart, standard error {error:.4}"
        );
        assert!((law.probability(predicted) - p).abs() < 1e-12);
    }
    let mean = exits.iter().sum::<f64>() / RUNS as f64;
    // log|Z| has standard deviation pi / sqrt(8).
    let error = std::f64::consts::PI / 8f64.sqrt() / (RUNS as f64).sqrt();
    let gap = (mean - law.mean().unwrap()).abs() / tau;
    assert!(gap < 4.0 * error, "{what}: mean off by {gap:.4} tau");
}

#[test]
fn the_exit_law_is_that_of_simulated_linear_runs() {
    // A, B, N from the reference, so that nothing of the program enters the simulation.
    let entries = reference("search");
    let entry = |name: &str, tilted: bool| {
        entries
            .iter()
            .find(|e| {
                word(e, "student") == name
                    && word(e, "teacher") == name
                    && (number(e, "angle_deg") != 0.0) == tilted
            })
            .unwrap_or_else(|| panic!("no {name} (tilted: {tilted}) in the reference"))
    };
    // nu N against A^2 from nothing to as strong as the start itself.
    let cases = [
        (entry("erf", false), 0.0, 0.0, 1.0, 1e6),
        (entry("linear", true), 0.0, 0.0, 1.0, 1e10),
        (entry("erf", false), 8.0, 0.0, 1.0, 1e6),
        (entry("tanh", false), 1.0, 0.5, 1.0, 1e6),
        (entry("relu", false), 2.0, 0.2, 3.0, 1e6),
    ];
    for (entry, nu, noise, chi, dim) in cases {
        let (mu, angle) = (number(entry, "mu"), number(entry, "angle_deg"));
        let name = word(entry, "student");
        let (a, b, n) = (
            number(entry, "gradient_norm"),
            number(entry, "B"),
            number(entry, "N"),
        );
        let pretraining = PreTraining::tilted(mu, angle).unwrap();
        let scaling = Scaling::new(dim, None, None, Some(nu)).unwrap();
        let (problem, phase) = phase(Setup {
            scaling,
            label_noise: noise,
            step_ratio: chi,
            threshold: 0.3,
            ..setup(name, pretraining)
        });
        let law = ExitLaw::linear(&problem, &phase).unwrap();
        // E[sigma'^2] at q = mu^2, what label noise multiplies, by the test's own average.
        let slope2 = match name {
            "relu" => 0.5,
            _ => gaussian_average(|x| link(name).derivative(mu * x).powi(2)),
        };
        let cosine = {
            // Gradient direction from A^2 = (alpha + B rho)^2 + (B orthogonal)^2.
            let across = b * pretraining.orthogonal();
            (1.0 - (across / a).powi(2)).sqrt()
        };
        let linear = Linear {
            a,
            b,
            chi,
            kicks: nu * (n + noise * slope2) / dim,
            cosine,
            dim,
            threshold: 0.3,
        };
        let what =
            format!("{name} mu = {mu} angle = {angle} nu = {nu} Delta = {noise} chi = {chi}");
        law_against_runs(&linear, &law, phase.tau.unwrap(), &what);
    }
}

/// From a tiny start to a small threshold everything is linear: the full ODE must agree with the
/// estimate to the size of the threshold (its first neglected order), in units of tau.
#[test]
fn the_linear_estimate_is_the_ode_from_a_tiny_start() {
    const THRESHOLD: f64 = 1e-4;
    type Change = fn(Setup) -> Setup;
    let changes: [(&str, Change); 5] = [
        ("plain", |s| s),
        ("chi", |s| Setup {
            step_ratio: 4.0,
            ..s
        }),
        ("decay", |s| Setup {
            weight_decay: 0.02,
            ..s
        }),
        ("free", |s| Setup {
            adapter: Adapter::Free,
            ..s
        }),
        ("u0", |s| Setup { u0: 1e-8, ..s }),
    ];
    for name in [
        "linear",
        "erf",
        "relu",
        "tanh",
        "he2",
        "he3",
        "x*sigmoid(x)",
    ] {
        for angle in [0.0, 35.0] {
            for (what, change) in changes {
                let pretraining = PreTraining::tilted(0.6, angle).unwrap();
                let problem = Problem::new(change(Setup {
                    alignment0: Some(1e-9),
                    threshold: THRESHOLD,
                    ..setup(name, pretraining)
                }))
                .unwrap();
                let phase = SearchPhase::of(&problem).unwrap();
                let estimate = phase.exit_linear(&problem).unwrap();
                let tight = Tolerances {
                    rtol: 1e-11,
                    atol: Some(1e-20),
                    ..Tolerances::default()
                };
                let run = solve(&problem, &tight).unwrap();
                let exit = run
                    .exit_time
                    .unwrap_or_else(|| panic!("{name} {angle} {what}"));
                let gap = (exit - estimate).abs() / phase.tau.unwrap();
                assert!(
                    gap < 100.0 * THRESHOLD,
                    "{name}, angle {angle}, {what}: ODE {exit}, estimate {estimate}, {gap:.1e} tau"
                );
            }
        }
    }
}
