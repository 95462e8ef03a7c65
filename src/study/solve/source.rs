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

/// That of weights with an angle. Of LoRA, with `w = w0 + u v`, the overlap is `(kappa + u s)/sqrt(kappa)`. Weights that are
/// all trained stay in the plane of `w0 = rho omega* + tau e` and `omega*` as long as nothing but the gradient moves them,
/// and on their side of `omega*`, since `<w, e>` grows or shrinks by a factor: the overlap is `(m rho + sqrt(q - m^2) tau)/sqrt(kappa)`.
/// Noise and a heavy ball take them out of it, and nothing is known then.
pub(super) fn source(solved: &SolveReport, ended: &Ended) -> Option<SourceTask> {
    let problem = &solved.problem;
    let (weights, start, last) = (problem.pretraining(), problem.start(), &ended.run.last);
    let kappa = weights.kappa();
    solved.options.angle.as_ref().filter(|_| kappa > 0.0)?;
    let (rho, aside, root) = (weights.rho(), weights.orthogonal(), kappa.sqrt());
    let at =
        |overlap: f64, q: f64| Overlaps::from_residual(overlap, (q - overlap * overlap).max(0.0));
    let (before, after) = match (last.u, last.s) {
        (Some(u), Some(s)) => {
            let s0 = rho * start.alignment + aside * start.transverse;
            let q0 = kappa + 2.0 * start.u * s0 + start.u * start.u;
            let along = |u: f64, s: f64| (kappa + u * s) / root;
            (at(along(start.u, s0), q0), at(along(u, s), last.q()))
        }
        _ if problem.scaling().nu > 0.0 => return None,
        _ if problem.scaling().momentum.friction().is_some() => return None,
        _ => {
            let (m, beside) = (last.m, last.residual.sqrt());
            let along = (m * rho + beside * aside) / root;
            let across = (m * aside - beside * rho) / root;
            let after = Overlaps::from_residual(along, across * across);
            (at(root, kappa), after)
        }
    };
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

    /// `dw/dt = omega* - w` leaves `exp(-t)` of what is at a right angle to the target.
    #[test]
    fn full_training_forgets_what_it_is_not_taught() {
        let problem =
            serde_json::json!({"link": "linear", "mu": 0.8, "angle": 90.0, "adapter": "full"});
        let solve = Solve {
            problem: serde_json::from_value(problem).unwrap(),
            ..Solve::default()
        };
        let report = solve.run(&Cancel::default()).unwrap();
        let ended = report.ended.as_ref().unwrap();
        let left = 0.8 * (-ended.run.end).exp();
        let found = source(&report, ended).unwrap();
        assert!(
            (found.overlap.end / left - 1.0).abs() < 1e-6,
            "{:?} {left}",
            found.overlap
        );
        // (1 - 2 <w, w0>/|w0| + q)/2, with <w, omega*> = 1 - exp(-t).
        let learned = 1.0 - left / 0.8;
        let loss = 0.5 * (1.0 - 2.0 * left + learned * learned + left * left);
        assert!((found.loss.end / loss - 1.0).abs() < 1e-6);
    }

    #[test]
    fn it_is_of_adapters_on_tilted_weights() {
        assert!(of(None, "spherical").0.is_none());
        let aligned = of(Some(0.0), "free").0.unwrap();
        assert!((aligned.overlap.end - 1.0).abs() < 1e-3 && aligned.loss.end < aligned.loss.start);
    }
}
