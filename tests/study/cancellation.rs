//! Long work of the library ends where its switch is thrown, and says so.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::support::link;
use crate::support::solving::{oscillator, solve, until};
use lorode::integrator::{Method, StepFailure, Tolerances};
use lorode::model::Model;
use lorode::phase::{OptimumGoal, Trials, find_optimum};
use lorode::problem::{Dynamics, PreTraining, Problem, Scaling, Setup};
use lorode::simulation::{Method as Simulated, Schedule, Settings, Simulation, Until};
use lorode::study::derive::Derive;
use lorode::study::simulate::Simulate;
use lorode::study::{Study, Work};
use lorode::trajectory::{self, FlowError};
use lorode::watch::{Cancel, Watch};

/// Throws its switch once so much is done.
struct Limited {
    cancel: Cancel,
    done: AtomicU64,
    last: u64,
}

impl Limited {
    fn new(last: u64) -> Self {
        Self {
            cancel: Cancel::new(),
            done: AtomicU64::new(0),
            last,
        }
    }
}

impl Watch for Limited {
    fn advance(&self, units: u64) {
        if self.done.fetch_add(units, Ordering::Relaxed) + units >= self.last {
            self.cancel.set();
        }
    }

    fn cancel(&self) -> Cancel {
        self.cancel
    }
}

/// No right-hand side is evaluated after the switch is thrown, wherever in a step that is; what was
/// accepted before is kept.
#[test]
fn an_integration_ends_at_the_next_right_hand_side() {
    for method in [Method::Rk45, Method::Implicit, Method::Auto] {
        for last in 1..60 {
            let tolerances = Tolerances {
                method,
                cancel: Cancel::new(),
                ..Tolerances::default()
            };
            let count = Cell::new(0);
            let rates = |y: &[f64], out: &mut [f64]| {
                count.set(count.get() + 1);
                if count.get() == last {
                    tolerances.cancel.set();
                }
                oscillator(y, out);
            };
            let error = solve(2, &rates, &[0.0, 1.0], until(1e6), &tolerances, &[]).unwrap_err();
            assert_eq!(error.failure, StepFailure::Cancelled, "{method:?} {last}");
            assert_eq!(count.get(), last, "{method:?}");
            let path = &error.partial.path;
            let (t, states) = (path.times(), path.states());
            assert!(t.last().is_some_and(|t| *t < 1e6) && t.len() == states.len());
            // On the circle, as far as the tolerance of 1e-8 a step goes.
            for y in states {
                assert!((y[0].hypot(y[1]) - 1.0).abs() < 1e-6, "{method:?} {y:?}");
            }
        }
    }
}

fn erf(dynamics: Dynamics) -> Problem {
    let erf = link("erf");
    Problem::new(Setup {
        dynamics,
        scaling: Scaling::new(1000.0, Some(50.0), Some(0.02), None).unwrap(),
        ..Setup::new(Model::matched(erf), PreTraining::aligned(0.5).unwrap())
    })
    .unwrap()
}

#[test]
fn the_finite_step_map_ends() {
    let problem = erf(Dynamics::Map);
    let tolerances = Tolerances {
        cancel: Cancel::new(),
        ..Tolerances::default()
    };
    tolerances.cancel.set();
    let run = trajectory::solve(&problem, &tolerances);
    assert!(matches!(run, Err(FlowError::Cancelled)));
    let record = trajectory::record(&problem, &tolerances, &[0.0, 1.0]);
    assert!(matches!(record, Err(FlowError::Cancelled)));
}

/// Seeds that were ended early go on to what they would have been.
#[test]
fn seeds_end_within_a_step_and_can_be_gone_on_with() {
    let settings = Settings {
        method: Simulated::Projected,
        steps: 300,
        until: Until::Steps,
        schedule: Schedule::Logarithmic(10),
        seeds: "6".parse().unwrap(),
        test_batch: 1,
    };
    let simulation = Simulation::new(erf(Dynamics::Flow), settings).unwrap();
    let whole = simulation.run(&Cancel::default(), None).unwrap();
    let part = simulation.run(&Limited::new(450), None).unwrap();
    assert!(!part.is_finished && part.runs.len() < 6);
    let rest = simulation.run(&Cancel::default(), Some(part.checkpoint));
    assert_eq!(rest.unwrap().runs, whole.runs);
    let none = Cancel::new();
    none.set();
    assert!(simulation.run(&none, None).unwrap().runs.is_empty());
}

#[test]
fn an_optimum_keeps_the_strengths_it_has_looked_at() {
    let problem = erf(Dynamics::Flow);
    let family = |mu: f64| {
        Problem::new(Setup {
            pretraining: PreTraining::aligned(mu)?,
            ..problem.setup().clone()
        })
    };
    let (watch, curve) = (Limited::new(5), Trials::default());
    let watched: (&dyn Watch, _) = (&watch, &curve);
    let found = find_optimum(&family, OptimumGoal::Exit, None, watched, None);
    assert!(matches!(found, Err(FlowError::Integration(_))));
    let tried = curve.all();
    assert_eq!(tried.len(), 5);
    assert!(tried.iter().all(|trial| trial.time.is_some()));
}

/// The lowest loss of two links is looked for when the work begins to go on, not when it is begun; the answer is
/// the same.
#[test]
fn a_simulation_up_to_learned_ends_before_it_knows_what_that_is() {
    let mut simulate = Simulate::default();
    simulate.problem.teacher = vec!["tanh".into()];
    simulate.problem.student = vec!["erf".into()];
    simulate.problem.mu = Some("0.5".parse().unwrap());
    simulate.problem.lr = Some("0.2".parse().unwrap());
    simulate.problem.batch = Some("500".parse().unwrap());
    (simulate.until, simulate.sampling.steps) = (Until::Learned, Some(20));
    let thrown = Cancel::new();
    thrown.set();
    let work = simulate.begin().unwrap();
    work.advance(&thrown).unwrap();
    assert!(work.report().is_none());
    work.advance(&Cancel::default()).unwrap();
    assert_eq!(work.report().unwrap().ensemble.runs.len(), 64);
}

#[test]
fn a_derivation_ends() {
    let mut derive = Derive::default();
    derive.problem.link = vec!["tanh(3*x)".into()];
    let thrown = Cancel::new();
    thrown.set();
    let ended = derive.run(&thrown).unwrap_err();
    assert!(ended.to_string().starts_with("interrupted"), "{ended}");
    assert!(derive.run(&Cancel::new()).is_ok());
}
