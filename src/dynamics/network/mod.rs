//! Closed ODEs of networks (docs/theory.md, section 5): one file for LoRA, one where all of `W` is trained.
//!
//! States are components in an orthonormal frame of the teachers and the pre-trained weights, and Gram matrices of what
//! lies outside: `Q` is a sum of squares. Units that start equal stay equal: one is integrated for them, with the summed
//! readout. Units that [stand alike](NetworkProblem::alike_units) stay so: rounding would part them.

mod alike;
mod at_weights;
mod ensemble;
mod lora;
mod loss;
mod products;
mod setting;
mod task_loss;
mod whole;

pub use at_weights::{AtWeights, at_weights};
pub use loss::NetworkLoss;
pub use task_loss::TaskLoss;

use nalgebra::DMatrix;

use super::NO_WEIGHTS;
use crate::expectation::PairError;
use crate::observable::network::NetworkObserved;
use crate::problem::network::{NetworkProblem, NetworkStart};

/// An autonomous system of ODEs for the overlaps of a network.
pub trait NetworkSystem: Send + Sync {
    /// The state at time 0; its length is the dimension.
    fn start(&self) -> Vec<f64>;
    /// `rates = d state / dt` with so much of the noise, `nu` times `part`; nothing is allocated.
    fn rates_with(&self, part: f64, state: &[f64], rates: &mut [f64]);
    /// `rates = d state / dt`.
    fn rates(&self, state: &[f64], rates: &mut [f64]) {
        self.rates_with(1.0, state, rates);
    }
    /// One step of SGD of size `eta > 0`, exact for any `eta` when `d -> infinity` at fixed `B/d` (docs/networks.md, "Finite
    /// steps"), the problem having `nu = eta d/B`.
    fn step(&self, state: &[f64], eta: f64, next: &mut [f64]);
    /// The population loss of a state, without label noise.
    fn loss(&self, state: &[f64]) -> f64;
    /// The standard deviation of the noise `N` relative to its largest entry, where it is known by a rule that has one.
    fn noise_error(&self, state: &[f64]) -> Option<f64>;
    /// What is trained, in the frame, of all units: what a stage leaves to the next.
    fn trained(&self, state: &[f64]) -> NetworkStart;
    /// The overlaps of a state.
    fn observe(&self, state: &[f64]) -> NetworkObserved;
    /// The alignment alone, see [`NetworkObserved::cosine`].
    fn cosine(&self, state: &[f64]) -> f64;
}

/// The closed system of a problem.
///
/// # Errors
/// [`PairError`]: links that have no averages, or with `nu > 0` none over four units that are good enough.
pub fn network_system(problem: &NetworkProblem) -> Result<Box<dyn NetworkSystem>, PairError> {
    let setting = setting::Setting::of(problem)?;
    let on_sphere = problem.setup().adapter.facts().on_sphere;
    let allowed = problem.setup().noise_error;
    Ok(match problem.start() {
        NetworkStart::Lora { u, v, rest } => {
            let weights = problem.frame().weights();
            let made = lora::NetworkLora::new(setting, on_sphere, weights, (u, v, rest));
            Box::new(made.fitted(allowed)?)
        }
        NetworkStart::Whole { w, rest } => {
            let made = whole::WholeNetwork::new(setting, on_sphere, w, rest);
            Box::new(made.fitted(allowed)?)
        }
    })
}

/// `(M, Q)` to be told: the overlaps of units without weights are 0.
fn shown((mut m, mut q): (DMatrix<f64>, DMatrix<f64>)) -> (DMatrix<f64>, DMatrix<f64>) {
    let bare: Vec<usize> = (0..q.nrows())
        .filter(|i| q[(*i, *i)] <= NO_WEIGHTS)
        .collect();
    for unit in bare {
        m.row_mut(unit).fill(0.0);
        q.row_mut(unit).fill(0.0);
        q.column_mut(unit).fill(0.0);
    }
    (m, q)
}
