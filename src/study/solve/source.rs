//! The task that a tilted student was pre-trained on: how well it is known at the start, and at the end.

use serde::Serialize;

use super::{Ended, SolveReport};
use crate::dynamics::CleanLoss;
use crate::expectation::Overlaps;

/// A number at the start of the run and at its end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Change {
    pub(super) start: f64,
    pub(super) end: f64,
}

/// What is known of the task with the direction of `w0` and the labels of the target's link (docs/stages.md).
pub(super) struct SourceTask {
    /// `<w, w0>/|w0|`.
    pub(super) overlap: Change,
    /// Population loss on it, label noise included.
    pub(super) loss: Change,
}

/// That of a LoRA adapter on weights with an angle: with `w = w0 + u v` the overlap is `(kappa + u s)/sqrt(kappa)`, and
/// what `w` has at a right angle is `q` without its square. Weights that are all trained have no such closed form.
pub(super) fn source(solved: &SolveReport, ended: &Ended) -> Option<SourceTask> {
    let problem = &solved.problem;
    let (weights, start, last) = (problem.pretraining(), problem.start(), &ended.run.last);
    let kappa = weights.kappa();
    solved.options.angle.as_ref().filter(|_| kappa > 0.0)?;
    let at = |u: f64, s: f64, q: f64| {
        let residual = q - kappa - 2.0 * u * s - u * u * s * s / kappa;
        Overlaps::from_residual((kappa + u * s) / kappa.sqrt(), residual)
    };
    let s0 = weights.rho() * start.alignment + weights.orthogonal() * start.transverse;
    let q0 = kappa + 2.0 * start.u * s0 + start.u * start.u;
    let (before, after) = (at(start.u, s0, q0), at(last.u?, last.s?, last.q()));
    let clean = CleanLoss::new(problem.model());
    let loss = |at: &Overlaps| clean.at(at) + 0.5 * problem.label_noise();
    Some(SourceTask {
        overlap: Change {
            start: before.m,
            end: after.m,
        },
        loss: Change {
            start: loss(&before),
            end: loss(&after),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::study::solve::Solve;
    use crate::study::{Report, Study};
    use crate::watch::Cancel;

    fn of(angle: Option<f64>, adapter: &str) -> (Option<SourceTask>, SolveReport) {
        let problem =
            serde_json::json!({"link": "erf", "mu": 0.8, "angle": angle, "adapter": adapter});
        let solve = Solve {
            problem: serde_json::from_value(problem).unwrap(),
            ..Solve::default()
        };
        let report = solve.run(&Cancel::default()).unwrap();
        let found = source(&report, report.ended.as_ref().unwrap());
        (found, report)
    }

    /// The numbers of the full-dimensional run that the formulas were tried on.
    #[test]
    fn what_is_learned_is_paid_by_what_was_known() {
        let (found, report) = of(Some(60.0), "spherical");
        let found = found.unwrap();
        assert!(
            (found.overlap.start - 0.8).abs() < 1e-15 && (found.overlap.end - 0.49897).abs() < 5e-4
        );
        assert!(
            (found.loss.start - 0.00293).abs() < 5e-6 && (found.loss.end - 0.24800).abs() < 5e-4
        );
        assert!(
            report.summary().contains("\nsource      "),
            "{}",
            report.summary()
        );
    }

    #[test]
    fn it_is_of_adapters_on_tilted_weights() {
        assert!(of(None, "spherical").0.is_none());
        assert!(of(Some(60.0), "full").0.is_none());
        let aligned = of(Some(0.0), "free").0.unwrap();
        assert!((aligned.overlap.end - 1.0).abs() < 1e-3 && aligned.loss.end < aligned.loss.start);
    }
}
