//! What drives the search phase: gradient, curvature and loss at the pre-trained weights.

use nalgebra::DMatrix;

use super::products::add_product;
use super::setting::{Setting, by_rows};
use crate::expectation::PairError;
use crate::problem::network::NetworkProblem;

/// Gradient, curvature and loss at the pre-trained weights.
#[derive(Clone, Debug, PartialEq)]
pub struct AtWeights {
    /// `G0 = alpha T + beta W0` in the frame, `K x D`.
    pub gradient: DMatrix<f64>,
    /// `beta`, `K x K` and symmetric.
    pub curvature: DMatrix<f64>,
    /// The population loss, without label noise.
    pub loss: f64,
}

/// [`AtWeights`] of a problem; `nu` does not count.
///
/// # Errors
/// [`PairError`]: links that have no averages.
pub fn at_weights(problem: &NetworkProblem) -> Result<AtWeights, PairError> {
    let setting = Setting::of_units(problem, &(0..problem.units()).collect::<Vec<_>>())?;
    let (units, stars, dim) = (setting.units(), setting.stars(), setting.dim);
    let w0 = by_rows(problem.frame().weights());
    let mut room = setting.room(dim, 0);
    room.w.copy_from_slice(&w0);
    setting.fill(&mut room, dim, |_, _, _, _| 0.0);
    let readouts = setting.readouts(&setting.readout);
    setting.slopes(&mut room, readouts);
    let mut gradient = vec![0.0; units * dim];
    add_product(
        &room.slopes.alpha,
        &setting.teachers,
        stars,
        dim,
        &mut gradient,
    );
    add_product(&room.slopes.beta, &w0, units, dim, &mut gradient);
    Ok(AtWeights {
        gradient: DMatrix::from_row_slice(units, dim, &gradient),
        curvature: DMatrix::from_row_slice(units, units, &room.slopes.beta),
        loss: setting.loss(&room, readouts),
    })
}
