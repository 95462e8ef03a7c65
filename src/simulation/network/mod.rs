//! Networks, simulated: `K` units, `K*` teacher units, adapters of rank `r` (docs/simulation.md, "Networks").

mod batch;
mod forward;
mod full;
mod projected;
mod rows;
mod staged;
mod start;
mod statistics;
mod test_batch;
mod training;
mod update;
mod wishart;

pub use staged::NetworkSgd;
pub use statistics::NetworkStatistics;

use full::Full;
use projected::Projected;
use start::Start;

use super::ensemble::Ensemble;
use super::random::Stream;
use super::run::{Record, SeedRun};
use super::student::{Footprint, Simulated, Student};
use super::{Method, Simulation, SimulationError};
use crate::observable::NetworkObserved;
use crate::problem::network::NetworkProblem;
use crate::problem::{Momentum, ProblemError, Sgd, StepSizes};

/// A checked simulation of a network.
///
/// Starts: numbers of the adapter that the problem gives are taken exactly; those left out are drawn as SGD does, the
/// rows of `V` uniform on the unit sphere, or so given what is fixed; `U = 0` unless given. Full fine-tuning starts at
/// the weights of the problem, as training from scratch does unless [`NetworkSetup::draws_weights`].
///
/// [`NetworkSetup::draws_weights`]: crate::problem::network::NetworkSetup::draws_weights
pub type NetworkSimulation = Simulation<NetworkProblem>;

/// What was seen of a network at one step.
pub type NetworkRecord = Record<NetworkObserved>;

/// The run of one seed of a network.
pub type NetworkSeedRun = SeedRun<NetworkObserved>;

/// The runs of an ensemble of networks.
pub type NetworkEnsemble = Ensemble<NetworkObserved>;

impl Simulated for NetworkProblem {
    type Seen = NetworkObserved;

    fn sgd(&self) -> Result<Sgd, ProblemError> {
        NetworkProblem::sgd(self)
    }

    fn sizes(&self) -> Option<&StepSizes> {
        self.setup().scaling.sizes.as_ref()
    }

    fn check(&self, sgd: Sgd) -> Result<(), SimulationError> {
        Start::of(self, sgd.dim).map(drop)
    }

    fn student(
        &self,
        sgd: Sgd,
        method: Method,
        seed: u64,
    ) -> Result<Box<dyn Student<NetworkObserved>>, SimulationError> {
        let start = Start::of(self, sgd.dim)?;
        Ok(match method {
            Method::Projected => Box::new(Projected::student(self, sgd, &start, seed)),
            Method::Full => Box::new(Full::student(self, sgd, &start, seed)),
        })
    }

    fn test_loss(&self, seen: &NetworkObserved, size: usize, stream: &mut Stream) -> f64 {
        test_batch::loss(self, seen, size, stream) + 0.5 * self.setup().label_noise
    }

    fn is_finite(seen: &NetworkObserved) -> bool {
        seen.is_finite()
    }

    fn footprint(&self) -> Footprint {
        let (units, stars) = (self.units() as f64, self.teacher_units() as f64);
        let rank = columns(self) as f64;
        let numbers = units * (stars + units + rank + 1.0) + rank * (stars + units + rank);
        let span = self.frame().dim() as f64;
        Footprint {
            // Numbers in the run, set aside, and in a checkpoint, there as text; seven matrices.
            record: 40.0 * numbers + 700.0,
            vectors: 2.0
                + span
                + stars
                + 4.0 * units
                + match self.setup().scaling.momentum {
                    Momentum::None => 2.0 * rank,
                    _ => 4.0 * rank,
                },
        }
    }
}

/// Vectors that are trained: the rows of `V`, or those of `W`.
fn columns(problem: &NetworkProblem) -> usize {
    if problem.setup().adapter.is_lora() {
        problem.setup().rank
    } else {
        problem.units()
    }
}
