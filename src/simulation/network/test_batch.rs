//! The loss of a network, estimated on a fresh test batch.

use nalgebra::DMatrix;

use super::super::random::Stream;
use super::super::vector::dot;
use super::forward::Forward;
use super::wishart::factor;
use crate::observable::NetworkObserved;
use crate::problem::network::NetworkProblem;
use pulp::Arch;

/// Samples looked at together.
const CHUNK: usize = 512;

/// Mean of `(y - yhat)^2 / 2` without label noise, at the given overlaps: the pre-activations have their Gram matrix as
/// covariance.
pub(super) fn loss(
    problem: &NetworkProblem,
    seen: &NetworkObserved,
    size: usize,
    stream: &mut Stream,
) -> f64 {
    let (units, stars) = seen.m.shape();
    let frame = problem.frame();
    let mut gram = DMatrix::zeros(stars + units, stars + units);
    let teachers = frame.teachers() * frame.teachers().transpose();
    gram.view_mut((0, 0), (stars, stars)).copy_from(&teachers);
    gram.view_mut((stars, 0), (units, stars)).copy_from(&seen.m);
    gram.view_mut((stars, stars), (units, units))
        .copy_from(&seen.q);
    let vectors = factor(&gram).transpose();
    let weights = vectors.columns(stars, units).into_owned();
    let mut forward = Forward::new(problem, vectors.columns(0, stars).into_owned(), 0.0);
    let (mut total, mut left) = (0.0, size);
    while left > 0 {
        let count = left.min(CHUNK);
        left -= count;
        forward.draw(count, (&weights, &seen.readout), stream);
        total += dot(Arch::new(), forward.error(), forward.error());
    }
    0.5 * total / size as f64
}
