//! The single index, simulated.

use super::batch::test_loss;
use super::full::{Full, VECTORS};
use super::projected::{Projected, axes};
use super::random::Stream;
use super::student::{Footprint, Simulated, Student};
use super::update::Update;
use super::{Method, SimulationError};
use crate::observable::Observed;
use crate::problem::{Momentum, Problem, ProblemError, Sgd, StepSizes};

/// Bytes of one record of one seed.
const RECORD: f64 = 250.0;

impl Simulated for Problem {
    type Seen = Observed;

    fn sgd(&self) -> Result<Sgd, ProblemError> {
        Problem::sgd(self)
    }

    fn sizes(&self) -> Option<&StepSizes> {
        self.scaling().sizes.as_ref()
    }

    fn check(&self, sgd: Sgd) -> Result<(), SimulationError> {
        if self.setup().s0.is_some() && self.setup().alignment0.is_none() {
            let reason = "to simulate SGD, as in --alignment0=0.1";
            return Err(ProblemError::Missing {
                argument: "alignment0 beside s0",
                reason,
            }
            .into());
        }
        let axes = axes(self);
        if sgd.dim < f64::from(axes) {
            let dim = sgd.dim;
            return Err(SimulationError::Dimension { dim, axes });
        }
        Ok(())
    }

    fn student(
        &self,
        sgd: Sgd,
        method: Method,
        seed: u64,
    ) -> Result<Box<dyn Student<Observed>>, SimulationError> {
        let update = Update::new(self, sgd.step);
        Ok(match method {
            Method::Projected => Box::new(Projected::new(self, sgd, update, seed)),
            Method::Full => Box::new(Full::new(self, sgd, update, seed)),
        })
    }

    fn test_loss(&self, seen: &Observed, size: usize, stream: &mut Stream) -> f64 {
        let links = (self.model().teacher(), self.model().student());
        test_loss(links, (seen.m, seen.residual.sqrt()), size, stream) + 0.5 * self.label_noise()
    }

    fn is_finite(seen: &Observed) -> bool {
        seen.is_finite()
    }

    fn footprint(&self) -> Footprint {
        Footprint {
            record: RECORD,
            vectors: VECTORS
                + if self.scaling().momentum == Momentum::None {
                    0.0
                } else {
                    1.0
                },
        }
    }
}
