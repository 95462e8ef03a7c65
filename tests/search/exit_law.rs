//! The law of exit times: its own consistency, the flow it stands for, simulated SGD.

use std::f64::consts::FRAC_1_SQRT_2;

use lorode::integrator::Tolerances;
use lorode::link::Link;
use lorode::model::Model;
use lorode::problem::{Adapter, PreTraining, Problem, Scaling, Setup};
use lorode::search::{ExitLaw, SearchPhase};
use lorode::trajectory::{CarriedLaw, Outcome, Until as FlowUntil, carry, run_until};

pub(super) fn link(text: &str) -> Link {
    text.parse().unwrap()
}

pub(super) fn setup(name: &str, mu: f64, angle: f64, dim: f64) -> Setup {
    Setup {
        scaling: Scaling::new(dim, None, None, None).unwrap(),
        ..Setup::new(
            Model::matched(link(name)),
            PreTraining::tilted(mu, angle).unwrap(),
        )
    }
}

/// A problem with all that its law is made of.
pub(super) struct Case {
    problem: Problem,
    phase: SearchPhase,
}

impl Case {
    pub(super) fn new(setup: Setup) -> Self {
        let problem = Problem::new(setup).unwrap();
        let phase = SearchPhase::of(&problem).unwrap();
        Self { problem, phase }
    }

    pub(super) fn tau(&self) -> f64 {
        self.phase.tau.unwrap()
    }

    pub(super) fn linear(&self) -> Option<ExitLaw> {
        ExitLaw::linear(&self.problem, &self.phase)
    }

    pub(super) fn carried(&self, rtol: f64) -> Option<CarriedLaw> {
        let (linear, tolerances) = (self.linear()?, tolerances(rtol));
        Some(carry(&linear, &self.problem, &self.phase, &tolerances).unwrap())
    }

    pub(super) fn law(&self, rtol: f64) -> Option<ExitLaw> {
        self.carried(rtol)?.law
    }
}

pub(super) fn tolerances(rtol: f64) -> Tolerances {
    Tolerances {
        rtol,
        ..Tolerances::default()
    }
}

/// Smooth links, kinks at 0 (growth deviates from an exponential in the first order of the amplitude)
/// and elsewhere.
const LINKS: [&str; 8] = [
    "linear",
    "erf",
    "tanh",
    "he3",
    "he1 + 0.5*he3",
    "x*sigmoid(2*x)",
    "relu",
    "relu(x-0.5)",
];

/// What may differ from the plain problem; each keeps `(u, v) -> (-u, -v)`.
type Change = fn(Setup) -> Setup;
const CHANGES: [(&str, Change); 5] = [
    ("plain", |s| s),
    ("chi", |s| Setup {
        step_ratio: 4.0,
        ..s
    }),
    ("small chi", |s| Setup {
        step_ratio: 1e-3,
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
];

/// The deterministic run starts at `u = 0`, `a = 1/sqrt(d)`: its `p(0) = cos / sqrt(d)` is that many
/// standard deviations of a random direction's. So without noise the law gives its exit time the
/// probability `P(|Z| >= |cos|)`, up to what a start at `1/sqrt(d)` lacks of an infinitesimal one.
#[test]
fn the_exit_of_the_deterministic_run_has_its_place_in_the_law() {
    for name in LINKS {
        for (what, change) in CHANGES {
            for angle in [0.0, 35.0] {
                let case = Case::new(change(setup(name, 0.6, angle, 1e20)));
                let law = case.law(1e-11).unwrap();
                let run = run_until(
                    &case.problem,
                    &Tolerances {
                        atol: Some(1e-24),
                        ..tolerances(1e-11)
                    },
                    FlowUntil::Exit,
                );
                let exit = run.unwrap().exit_time.unwrap();
                let expected = libm::erfc(FRAC_1_SQRT_2 * case.phase.cosine().abs());
                let gap = (law.probability(exit) / expected - 1.0).abs();
                // d ln P / d (t / tau) is about 1.5: ten e-foldings at rtol 1e-11. And what does not grow
                // of the start, 1/sqrt(d), against the alignment that u brings with it.
                let brought = case.phase.on_unstable_direction(1.0).alignment.abs();
                assert!(
                    gap < 2e-9 + 10.0 * 1e-10 / brought,
                    "{name}, {what}, angle {angle}: {gap:.1e}"
                );
            }
        }
    }
}

/// `T(epsilon) + tau ln epsilon` from other amplitudes, in units of tau: the neglected order is the
/// square of the amplitude, its first power for a kink at 0.
#[test]
fn the_amplitude_of_the_run_does_not_matter() {
    for name in LINKS {
        for angle in [0.0, 35.0] {
            let case = Case::new(setup(name, 0.6, angle, 1e6));
            let median = case.law(1e-12).unwrap().quantile(0.5).unwrap();
            for amplitude in [1e-5, 1e-7] {
                let start = case.phase.on_unstable_direction(amplitude);
                let problem = case.problem.clone().started_at(start).unwrap();
                let tight = Tolerances {
                    atol: Some(1e-24),
                    ..tolerances(1e-12)
                };
                let run = run_until(&problem, &tight, FlowUntil::Exit).unwrap();
                let direct = case
                    .linear()
                    .unwrap()
                    .carried(run.exit_time.unwrap(), amplitude);
                let gap = (direct.quantile(0.5).unwrap() - median).abs() / case.tau();
                let order = if name == "relu" && angle == 0.0 {
                    amplitude
                } else {
                    100.0 * amplitude * amplitude
                };
                assert!(
                    gap < 5e-10 + order,
                    "{name}, angle {angle}, amplitude {amplitude:e}: {gap:.1e} tau"
                );
            }
        }
    }
}

/// Up to a small threshold everything is linear, to the order of the threshold.
#[test]
fn the_law_is_the_linear_one_up_to_a_small_threshold() {
    for name in LINKS {
        for (what, change) in CHANGES {
            for threshold in [1e-3, 1e-5, 1e-7] {
                let case = Case::new(change(Setup {
                    threshold,
                    ..setup(name, 0.6, 20.0, 1e24)
                }));
                let (law, linear) = (case.law(1e-10).unwrap(), case.linear().unwrap());
                for p in [0.05, 0.5, 0.95] {
                    let gap = law.quantile(p).unwrap() - linear.quantile(p).unwrap();
                    // u reaches n / (chi A) times the threshold: chi = 1e-3 makes that 1e3.
                    let amplitude =
                        threshold / case.phase.on_unstable_direction(1.0).alignment.abs();
                    assert!(
                        gap.abs() / case.tau() < 10.0 * amplitude + 1e-8,
                        "{name}, {what}, threshold {threshold:e}: {:.1e} tau",
                        gap / case.tau()
                    );
                }
            }
        }
    }
}

#[test]
fn mean_and_quantiles_are_those_of_the_probability() {
    for (name, nu) in [("erf", 0.0), ("he1 + 0.5*he3", 0.1), ("relu", 2.0)] {
        let case = Case::new(Setup {
            scaling: Scaling::new(1e6, None, None, Some(nu)).unwrap(),
            ..setup(name, 0.4, 10.0, 1e6)
        });
        for law in [case.law(1e-8).unwrap(), case.linear().unwrap()] {
            for p in [1e-3, 0.05, 0.5, 0.95, 0.999] {
                let back = law.probability(law.quantile(p).unwrap());
                assert!((back / p - 1.0).abs() < 1e-12, "{name}: {back} {p}");
            }
            // E[t] = integral of P(t_exit > t); starts beyond the threshold have no weight here.
            let (step, tau) = (case.tau() / 200.0, case.tau());
            let times = (0..).map(|i| (f64::from(i) + 0.5) * step);
            let mean: f64 = times
                .take_while(|t| *t < 100.0 * tau)
                .map(|t| step * (1.0 - law.probability(t)))
                .sum();
            let gap = (law.mean().unwrap() - mean).abs() / tau;
            // The midpoint rule's h^2 / 24 times the change of the density.
            assert!(gap < 1e-5, "{name}: {gap:.1e} tau");
        }
    }
}

/// Where starts are beyond the search phase their times are those of the flow: without noise the deterministic
/// run from `u = 0`, `a = 1/sqrt(d)` is at the fraction `P(|Z| >= 1)`.
#[test]
fn starts_beyond_the_search_phase_are_followed() {
    let fraction = libm::erfc(FRAC_1_SQRT_2);
    for (name, mu) in [("relu", 0.005), ("relu", 0.05), ("max(x,0.2*x)", 0.01)] {
        let case = Case::new(setup(name, mu, 0.0, 1000.0));
        let carried = case.carried(1e-10).unwrap();
        let run = run_until(&case.problem, &tolerances(1e-10), FlowUntil::Exit);
        let exit = run.unwrap().exit_time.unwrap();
        let time = carried.quantile(fraction).unwrap().unwrap();
        assert!((time / exit - 1.0).abs() < 1e-8, "{name}: {time} {exit}");
        // Quantiles and mean belong to one law: trapezoids over fractions, their ends left out.
        let at = |i: u32| carried.quantile(f64::from(i) / 200.0).unwrap().unwrap();
        let sum: f64 = (1..200).map(at).sum::<f64>() / 199.0;
        let mean = carried.mean().unwrap().unwrap();
        assert!((mean / sum - 1.0).abs() < 0.01, "{name}: {mean} {sum}");
    }
}

/// A start beyond the threshold has left at time 0.
#[test]
fn times_before_the_start_are_at_the_start() {
    let case = Case::new(Setup {
        threshold: 1e-4,
        ..setup("erf", 0.5, 0.0, 100.0)
    });
    let law = case.law(1e-8).unwrap();
    assert!(law.quantile(0.5) == Some(0.0) && law.mean() == Some(0.0));
    assert!(law.quantile(0.99999).unwrap() > 0.0 && law.probability(0.0) > 0.99);
}

/// Where the flow does not exit there is no time, whatever the linear law says: a run trapped below
/// the critical strength of He3 by a tilt, and label noise that turns the search round (64 seeds
/// of SGD with this problem do not exit either: docs/gallery.md).
#[test]
fn there_is_no_law_where_the_flow_does_not_exit() {
    let noisy = Setup {
        scaling: Scaling::new(1000.0, Some(50.0), Some(0.5), None).unwrap(),
        label_noise: 2.0,
        ..setup("erf", 0.5, 0.0, 1000.0)
    };
    for setup in [setup("he3", 0.4, 70.0, 1000.0), noisy] {
        let case = Case::new(setup);
        let linear = case.linear().unwrap();
        assert!(linear.quantile(0.5).is_some());
        let problem = &case.problem;
        let carried = carry(&linear, problem, &case.phase, &Tolerances::default());
        let carried = carried.unwrap();
        assert!(carried.law.is_none());
        assert_ne!(carried.outcome, Outcome::Learned);
        let run = run_until(problem, &Tolerances::default(), FlowUntil::Exit);
        assert_eq!(run.unwrap().exit_time, None);
    }
    // Nothing grows; growth is not exponential; u0 decides.
    let none = [
        setup("erf", 1.0, 0.0, 1000.0),
        Setup {
            adapter: Adapter::Free,
            weight_decay: 0.01,
            ..setup("erf", 0.5, 0.0, 1000.0)
        },
        Setup {
            u0: 0.1,
            ..setup("erf", 0.5, 0.0, 1000.0)
        },
    ];
    for setup in none {
        assert!(Case::new(setup).linear().is_none());
    }
}
