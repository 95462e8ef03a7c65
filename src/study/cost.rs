//! What averages cost: how those of a pair are taken, and what a right-hand side and a first run take here.

use std::hint::black_box;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::dynamics::closed_system;
use crate::dynamics::network::network_system;
use crate::expectation::Way;
use crate::integrator::Tolerances;
use crate::model::Model;
use crate::problem::network::NetworkProblem;
use crate::problem::{Problem, ProblemError};
use crate::trajectory::network::follow_network;
use crate::trajectory::{Wanted, solve};
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
        let run = |tolerances: &Tolerances| drop(solve(problem, tolerances));
        let measured = first_run(run, progress).and_then(|run| {
            let system = closed_system(problem);
            let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
            Some((right_hand_side(&system.start(), rates, progress)?, run))
        });
        Self {
            way: way(problem.model()),
            measured,
        }
    }

    /// The same of a network.
    ///
    /// # Errors
    /// Links that have no averages.
    pub(crate) fn of_network(
        problem: &NetworkProblem,
        progress: &dyn Watch,
    ) -> Result<Self, ProblemError> {
        let system = network_system(problem)?;
        let run =
            |tolerances: &Tolerances| drop(follow_network(problem, Wanted::Nothing, tolerances));
        let measured = first_run(run, progress).and_then(|run| {
            let rates = |state: &[f64], out: &mut [f64]| system.rates(state, out);
            Some((right_hand_side(&system.start(), rates, progress)?, run))
        });
        Ok(Self {
            way: problem.model().network()?.way(),
            measured,
        })
    }
}

/// How the averages of a model are taken, which costs no time.
pub(crate) fn way(model: &Model) -> Way {
    Way::of(model.teacher(), model.student())
}

/// Says of every model whose first run may take seconds that it may, and why.
pub(crate) fn announce(models: &[Model], progress: &dyn Watch) {
    let links = |m: &Model| (m.teacher().clone(), m.student().clone());
    for (i, model) in models.iter().enumerate() {
        let said = models[..i].iter().any(|other| links(other) == links(model));
        let (teacher, student) = (model.teacher(), model.student());
        if !said && way(model).takes_seconds(teacher, student) {
            progress.message(&format!(
                "lorode: {}: both links bend sharply or in many places; the first run makes patches of their averages, which may take \
                 seconds, and later ones take what it made",
                model.label(),
            ));
        }
    }
}

/// Seconds of a run from the start, however it ended; `Some(None)` where it did not end in time, `None` where there is
/// no clock or no thread.
fn first_run(run: impl Fn(&Tolerances) + Send, progress: &dyn Watch) -> Option<Option<f64>> {
    let begun = progress.clock()?;
    let tolerances = Tolerances {
        cancel: Cancel::new(),
        ..Tolerances::default()
    };
    let settings = &tolerances;
    let finished = thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let run = move || {
            run(settings);
            let _nobody_waits = tell.send(());
        };
        thread::Builder::new().spawn_scoped(scope, run).ok()?;
        let finished = told.recv_timeout(PATIENCE).is_ok();
        tolerances.cancel.set();
        Some(finished)
    })?;
    let seconds = progress.clock()? - begun;
    Some(finished.then_some(seconds))
}

/// Seconds of one right-hand side at the start.
fn right_hand_side(
    state: &[f64],
    system: impl Fn(&[f64], &mut [f64]),
    progress: &dyn Watch,
) -> Option<f64> {
    let mut rates = vec![0.0; state.len()];
    system(state, &mut rates);
    let begun = progress.clock()?;
    let (mut count, mut batch) = (0.0, 1_u32);
    loop {
        for _ in 0..batch {
            system(black_box(state), &mut rates);
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
        let rates = match rates {
            ..1e-5 => format!("{:.0} ns", rates * 1e9),
            _ => format!("{:.0} µs", rates * 1e6),
        };
        write!(f, ": a right-hand side takes {rates} here, ")?;
        match run {
            Some(run) => write!(f, "a first run {:.1} ms", run * 1e3),
            None => write!(f, "a first run more than {} ms", PATIENCE.as_millis()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Default)]
    struct Listener(Mutex<Vec<String>>);

    impl Watch for Listener {
        fn message(&self, line: &str) {
            self.0.lock().unwrap().push(line.to_owned());
        }
    }

    fn said(links: &[&str]) -> Vec<String> {
        let models = links
            .iter()
            .map(|link| Model::matched(link.parse().unwrap()));
        let listener = Listener::default();
        announce(&models.collect::<Vec<_>>(), &listener);
        listener.0.into_inner().unwrap()
    }

    #[test]
    fn slow_averages_are_told_once_before_the_work() {
        let slow = said(&[
            "tanh",
            "relu(sin(x))",
            "hardtanh",
            "abs(x-0.3)^1.5",
            "relu(sin(x))",
        ]);
        assert_eq!(slow.len(), 2, "{slow:?}");
        assert!(
            slow[0].starts_with("lorode: relu(sin(x)): both links bend"),
            "{slow:?}"
        );
        assert!(slow[1].starts_with("lorode: abs(x-0.3)^1.5: "), "{slow:?}");
        assert!(
            said(&[
                "tanh(10*x)",
                "abs(x)^1.5",
                "elu",
                "max(x,0.1*x)+0.2*sin(x)",
                "relu(x-0.5)"
            ])
            .is_empty()
        );
    }
}
