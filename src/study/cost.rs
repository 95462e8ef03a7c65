//! What averages cost: how those of a pair are taken, and what a right-hand side and a first run take here.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::dynamics::closed_system;
use crate::expectation::{Overlaps, Route, Way};
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::problem::Problem;
use crate::trajectory::solve;
use crate::watch::{Cancel, Watch};

/// A first run is waited for this long.
const PATIENCE: Duration = Duration::from_secs(1);
/// Right-hand sides are repeated until this many seconds have gone.
const LONG_ENOUGH: f64 = 2e-3;

/// How the averages of a pair are taken, and what that costs on this machine.
pub(crate) struct Cost {
    way: Way,
    /// Seconds of a right-hand side where a run starts, after what makes it fast was made, and of a first run with
    /// all that is made for it; `None` where it takes more than [`PATIENCE`].
    measured: Option<(f64, Option<f64>)>,
}

impl Cost {
    /// Measured where `progress` has a clock: by a run, as far as it comes within a second, and some right-hand sides.
    pub(crate) fn of(problem: &Problem, progress: &dyn Watch) -> Self {
        let measured = progress.clock().and_then(|begun| {
            let finished = first_run(problem)?;
            let run = progress.clock()? - begun;
            Some((right_hand_side(problem, progress)?, finished.then_some(run)))
        });
        Self {
            way: way(problem.model()),
            measured,
        }
    }
}

/// How the averages of a model are taken, which costs no time.
pub(crate) fn way(model: &Model) -> Way {
    Way::of(model.teacher(), model.student())
}

/// Averages that are taken exactly for the patches of a first run, about: some hundreds to some thousands.
const SAMPLES: f64 = 400.0;
/// Seconds of work that nothing is said of beforehand.
const SILENT: f64 = 1.0;

/// Says of every model whose first run will take more than a second, as far as one average tells, that it will and why;
/// nothing where `progress` has no clock.
pub(crate) fn announce(models: &[Model], progress: &dyn Watch) {
    for (i, model) in models.iter().enumerate() {
        let links = |m: &Model| (m.teacher().clone(), m.student().clone());
        if models[..i].iter().any(|other| links(other) == links(model)) {
            continue;
        }
        let Way::Patches(route) = way(model) else {
            continue;
        };
        // Closed forms are sampled in microseconds.
        let sampled = route != Route::PiecewisePolynomial;
        match sampled.then(|| seconds(model, progress)).flatten() {
            Some(each) if each * SAMPLES > SILENT => progress.message(&format!(
                "lorode: {}: averages by {route} take {:.1} ms each, and the first run needs some hundreds of them; later ones take \
                 what it made",
                model.label(),
                each * 1e3
            )),
            _ => {}
        }
    }
}

/// Of one average at a place that runs pass, nearly aligned.
fn seconds(model: &Model, progress: &dyn Watch) -> Option<f64> {
    let (kernel, at) = (model.exact(), Overlaps::from_residual(0.5, 0.005));
    let begun = progress.clock()?;
    black_box(kernel.drift(&at));
    Some(progress.clock()? - begun)
}

/// Whether a run from the start came to its end in time, however it ended; `None` where there are no threads.
fn first_run(problem: &Problem) -> Option<bool> {
    let tolerances = Tolerances {
        cancel: Cancel::new(),
        ..Tolerances::default()
    };
    let settings = &tolerances;
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let run = move || {
            let _any_end = solve(problem, settings);
            let _nobody_waits = tell.send(());
        };
        thread::Builder::new().spawn_scoped(scope, run).ok()?;
        let finished = told.recv_timeout(PATIENCE).is_ok();
        tolerances.cancel.set();
        Some(finished)
    })
}

/// Seconds of one right-hand side at the start.
fn right_hand_side(problem: &Problem, progress: &dyn Watch) -> Option<f64> {
    let system = closed_system(problem);
    let state = system.start();
    let mut rates = vec![0.0; state.len()];
    system.rates(&state, &mut rates);
    let begun = progress.clock()?;
    let (mut count, mut batch) = (0.0, 1_u32);
    loop {
        for _ in 0..batch {
            system.rates(black_box(&state), &mut rates);
        }
        count += f64::from(batch);
        let gone = progress.clock()? - begun;
        if gone > LONG_ENOUGH {
            return Some(gone / count);
        }
        batch = batch.saturating_mul(2);
    }
}

/// One sentence.
impl std::fmt::Display for Cost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.way)?;
        let Some((rates, run)) = self.measured else {
            return Ok(());
        };
        match run {
            Some(run) => write!(
                f,
                ": a right-hand side takes {:.0} ns here, a first run {:.1} ms",
                rates * 1e9,
                run * 1e3
            ),
            None => write!(
                f,
                ": a right-hand side takes {:.0} ns here, a first run more than {} ms",
                rates * 1e9,
                PATIENCE.as_millis()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// A clock that goes on by so many seconds whenever it is looked at.
    struct Clock {
        step: f64,
        looks: AtomicU32,
        said: Mutex<Vec<String>>,
    }

    impl Watch for Clock {
        fn message(&self, line: &str) {
            self.said.lock().unwrap().push(line.to_owned());
        }

        fn clock(&self) -> Option<f64> {
            let looks = self.looks.fetch_add(1, Ordering::Relaxed);
            Some(self.step * f64::from(looks))
        }
    }

    fn said(links: &[&str], step: f64) -> Vec<String> {
        let models = links
            .iter()
            .map(|link| Model::matched(link.parse().unwrap()));
        let clock = Clock {
            step,
            looks: AtomicU32::new(0),
            said: Mutex::default(),
        };
        announce(&models.collect::<Vec<_>>(), &clock);
        clock.said.into_inner().unwrap()
    }

    #[test]
    fn slow_averages_are_told_once_before_the_work() {
        let slow = said(&["tanh", "erf", "hardtanh", "tanh"], 0.02);
        assert_eq!(slow.len(), 1, "{slow:?}");
        assert!(slow[0].starts_with("lorode: tanh: averages by hermite-series take 20.0 ms each"));
        assert!(said(&["tanh", "relu"], 1e-4).is_empty());
    }
}
